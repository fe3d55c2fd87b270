/* What the columns of the leaderboard are worth and say. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { columnsOf } from '../../../dashboard/page/static/js/columns.js';
import { plusMinus } from '../../../dashboard/page/static/js/numbers.js';
import { differencesFrom } from '../../../dashboard/page/static/js/results.js';
import { modelOf } from './support/invented.mjs';

const SEEDS = { activation: ['relu', 'tanh'], seed: [0, 1] };

function column(model, key) {
  const match = columnsOf(model).find((entry) => entry.key === key);
  assert.ok(match, `no column ${key}`);
  return match;
}

function said(model, key, runs, context = {}) {
  const { text, small = '' } = column(model, key).cell(runs, context);
  return text + small;
}

test('every setting that varies has a column, the seed only where nothing else varies', () => {
  const settings = (model) =>
    columnsOf(model)
      .map(({ key }) => key)
      .filter((key) => key.startsWith('setting:'));
  assert.deepEqual(settings(modelOf(SEEDS)), ['setting:activation']);
  assert.deepEqual(settings(modelOf({ seed: [0, 1] })), ['setting:seed']);
  assert.deepEqual(settings(modelOf({ lr: [1] })), ['setting:name']);
});

test('the result is the mean of the seeds with its spread and their count', () => {
  const model = modelOf(SEEDS, (run, i) => (run.result = [0.9, 0.92, 0.5, null][i]));
  const { key, value } = column(model, 'result');
  assert.equal(said(model, key, model.groups[0]), '0.9100 ± 0.0141 (2)');
  assert.equal(plusMinus(0.8985, 0.00099), '± 0.0010');
  assert.equal(plusMinus(0.8985, 0.00001), '± 1.00e-5');
  assert.equal(plusMinus(0.8985, 0), '± 0.0000');
  assert.equal(said(model, key, model.groups[1]), '0.5000');
  assert.equal(value(model.groups[1]), 0.5);
  assert.equal(value([model.runs[3]]), null);
});

test('titles and explanations come with the model, milestones name their mark', () => {
  const model = modelOf(SEEDS);
  assert.equal(column(model, 'speed').title, 'images/s');
  assert.equal(column(model, 'speed').help, 'How fast.');
  assert.equal(column(model, 'reached:0.9').title, 'steps to 90 %');
});

test('a milestone is the mean step and time of the seeds that reached it', () => {
  const model = modelOf(
    SEEDS,
    (run, i) => (run.reached = [{ 0.9: [300, 2] }, { 0.9: [600, 4] }, { 0.9: [1200, 65] }, {}][i]),
  );
  assert.equal(said(model, 'reached:0.9', model.groups[0]), '450 · 3.0 s');
  assert.equal(said(model, 'reached:0.9', model.groups[1]), '1,200 · 1 min 05 s 1/2');
  assert.equal(said(model, 'reached:0.9', [model.runs[3]]), '–');
});

test('a bad state has a sign beside its colour, and says how many it befell', () => {
  const model = modelOf(SEEDS, (run, i) =>
    Object.assign(run, {
      state: ['diverged', 'done', 'failed', 'failed'][i],
      error: i ? '' : 'NaN',
    }),
  );
  assert.equal(said(model, 'state', model.groups[0]), '✕ diverged 1/2');
  assert.equal(said(model, 'state', model.groups[1]), '! failed');
  assert.equal(column(model, 'state').cell(model.groups[0]).title, 'NaN');
});

test('a training row says how far it is, and a silent one that nothing comes', () => {
  const model = modelOf(SEEDS, (run, i) =>
    Object.assign(run, {
      state: ['running', 'done', 'running', 'queued'][i],
      progress: [0.5, 1, 0.2, 0][i],
      silent_s: i === 2 ? 90 : 0,
    }),
  );
  const cell = column(model, 'state').cell(model.groups[0]);
  assert.equal(cell.text, 'running 1/2 75 %');
  assert.equal(cell.share, 0.75);
  assert.equal(said(model, 'state', model.groups[1]), '! silent 1 min 30 s');
});

test('the commonest verdict speaks for a row, bad ones with a sign', () => {
  const bad = { kind: 'symmetric', text: 'symmetric (fc1)', evidence: 'All alike.', tone: 'bad' };
  const model = modelOf({ seed: [0, 1, 2] }, (run, i) => i && (run.verdict = bad));
  assert.equal(said(model, 'verdict', model.runs), '✕ symmetric 2/3');
  assert.equal(said(model, 'verdict', [model.runs[1]]), '✕ symmetric (fc1)');
  assert.equal(column(model, 'verdict').cell(model.runs).title, 'All alike.');
});

test('a difference is taken from the same seed at the last step in common', () => {
  const model = modelOf(SEEDS);
  const curve = (x, y) => ({ x, y });
  const curves = new Map([
    ['relu-0', curve([0, 100, 200], [0.1, 0.5, 0.9])],
    ['relu-1', curve([0, 100], [0.1, 0.7])],
    ['tanh-0', curve([0, 100, 150], [0.1, 0.6, 0.95])],
    ['tanh-1', curve([0, 100, 200], [0.1, 0.6, 0.9])],
  ]);
  const delta = differencesFrom(model, curves, 'relu-0');
  const near = (value, target) =>
    assert.ok(Math.abs(value - target) < 1e-12, `${value} is not ${target}`);
  near(delta([model.runs[2]]), 0.1);
  near(delta([model.runs[3]]), -0.1);
  near(delta(model.groups[1]), 0);
  assert.equal(differencesFrom(model, undefined, 'relu-0')(model.groups[1]), null);
  const context = { delta, baseline: 'relu-0' };
  assert.equal(said(model, 'delta', model.groups[0], context), 'baseline');
  assert.equal(said(model, 'delta', [model.runs[3]], context), '−0.1000');
});

test('the time is what is left of the slowest run, or else what the training took', () => {
  const model = modelOf(SEEDS, (run, i) => (run.eta_s = [5, 61, null, null][i]));
  assert.equal(said(model, 'eta', model.groups[0]), '1 min 01 s left');
  assert.equal(said(model, 'eta', model.groups[1]), '2 min 00 s');
});

test('what was published stands beside what was measured', () => {
  const [accuracy, loss, train] = modelOf(SEEDS).measures;
  const measures = [{ ...accuracy, published: 0.779 }, loss, { ...train, published: 0.469 }];
  const model = modelOf(SEEDS, undefined, { measures });
  const keys = columnsOf(model).map(({ key }) => key);
  assert.equal(keys.indexOf('published:test_accuracy'), keys.indexOf('result') + 1);
  assert.equal(keys.indexOf('published:train_loss'), keys.indexOf('measure:train_loss') + 1);
  assert.ok(!keys.includes('published:test_loss'));
  assert.equal(said(model, 'published:train_loss', model.groups[0]), '0.4690');
});

test('of a metric that should fall, less is better: in the order, in Δ and in its colour', () => {
  const metric = { name: 'fid', text: 'fid', goal: 'min', share: false };
  const [, ...others] = modelOf(SEEDS).measures;
  const measures = [{ name: 'fid', title: 'fid', help: '', goal: 'min' }, ...others];
  const more = { metric, measures, milestones: [20] };
  const model = modelOf(SEEDS, (run, i) => (run.result = [30, 32, 12.5, 12][i]), more);
  for (const key of ['result', 'delta', 'best']) assert.equal(column(model, key).first, 'up');
  const delta = (value) =>
    column(model, 'delta').cell(model.groups[1], { delta: () => value, baseline: 'relu-0' });
  assert.deepEqual([delta(-18.75).text, delta(-18.75).tone], ['−18.7500', 'good']);
  assert.deepEqual([delta(0.25).text, delta(0.25).tone], ['+0.2500', 'bad']);
  assert.equal(delta(0).tone, '');
  assert.equal(column(model, 'reached:20').mark, '20');
});
