/* Intervals, shared places and dots of seeds, as the leaderboard says them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { columnsOf } from '../../../dashboard/page/static/js/columns.js';
import {
  dotsOf,
  intervalOf,
  intervalText,
  placeOf,
  scaleOf,
} from '../../../dashboard/page/static/js/intervals.js';
import { pairedFrom } from '../../../dashboard/page/static/js/results.js';
import { modelOf } from './support/invented.mjs';

const STANDING = { t: [12.7062, 4.30265, 3.18245, 2.77645], floor: 0, groups: [] };
const SEEDS = { activation: ['relu', 'tanh'], seed: [0, 1] };

test('an interval is the one of a paired t-test', () => {
  const { low, high, better, n } = intervalOf([0.006, 0.0055, 0.0065, 0.0058, 0.0056], STANDING);
  assert.ok(Math.abs(low - 0.005388) < 1e-5, low); // scipy.stats.ttest_1samp
  assert.ok(Math.abs(high - 0.006372) < 1e-5, high);
  assert.deepEqual([better, n], [5, 5]);
});

test('where less is better a lower one counts as better', () => {
  assert.equal(intervalOf([-0.1, -0.2, 0.3], STANDING, 'min').better, 2);
  assert.equal(intervalOf([-0.1, -0.2, 0.3], STANDING, 'max').better, 1);
});

test('one seed has no interval, and equal differences are not taken for certain', () => {
  assert.equal(intervalOf([0.1], STANDING), null);
  assert.equal(intervalText(null), '');
  const { low } = intervalOf([0.005, 0.005], { ...STANDING, floor: 0.005 ** 2 / 6 });
  assert.ok(low < 0);
});

test('an interval that includes 0 says that it may be chance', () => {
  assert.match(intervalText(intervalOf([0.01, -0.02, 0.015], STANDING)), /may be chance/);
  assert.doesNotMatch(intervalText(intervalOf([0.01, 0.0102, 0.0101], STANDING)), /chance/);
});

test('a difference has a colour only where its seeds do not say that it may be chance', () => {
  const model = modelOf(SEEDS, undefined, { standing: STANDING });
  const { cell } = columnsOf(model).find(({ key }) => key === 'delta');
  const toneOf = (values) =>
    cell(model.groups[1], { delta: () => 0.01, paired: () => values, baseline: 'relu-0', model })
      .tone;
  assert.equal(toneOf([0.01, 0.0101]), 'good');
  assert.equal(toneOf([0.02, 0.0]), '');
  assert.equal(toneOf([0.01]), 'good');
});

test('places that are shared are a range, and a lone seed of several has none', () => {
  const groups = [{ rank: [1, 3], delta: 0 }, null];
  const model = modelOf(SEEDS, undefined, { standing: { ...STANDING, groups } });
  assert.equal(placeOf(model.groups[0], model).text, '1–3');
  assert.equal(placeOf([model.runs[0]], model).text, '–');
  assert.equal(placeOf(model.groups[1], model).text, '–');
});

test('the leaderboard has places and dots where there are seeds, and only there', () => {
  const keys = (settings, standing) =>
    columnsOf(modelOf(settings, undefined, { standing })).map(({ key }) => key);
  assert.ok(['rank', 'seeds'].every((key) => keys(SEEDS, STANDING).includes(key)));
  assert.ok(!keys({ activation: ['relu', 'tanh'] }, STANDING).includes('rank'));
});

test('only seeds that the baseline has are paired', () => {
  const model = modelOf(SEEDS);
  model.runs[3].config = { activation: 'tanh', seed: 7 };
  const curves = new Map(model.runs.map((run, i) => [run.name, { x: [1], y: [i / 10] }]));
  const differences = pairedFrom(model, curves, 'relu-0')(model.groups[1]);
  assert.deepEqual(differences, [0.2]);
});

test('dots lie on one scale; a far-off one is hollow at its edge', () => {
  const scale = scaleOf([0.93, 0.94, 0.95, 0.94, 0.93, 0.1]);
  assert.deepEqual(scale, [0.93, 0.95]);
  const { dots, text } = dotsOf([0.1, 0.95], scale);
  assert.deepEqual(dots, [
    { at: 0, out: true },
    { at: 1, out: false },
  ]);
  assert.match(text, /^2 seeds: 0\.1000, 0\.9500$/);
  assert.deepEqual(scaleOf([]), [0, 1]);
  assert.equal(dotsOf([0.5], [0.5, 0.5]).dots[0].at, 0.5);
});
