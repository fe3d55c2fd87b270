/* The cells of the grid, and their colours. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  cellOf,
  crossings,
  linesOf,
  sentenceOf,
  sidesOf,
} from '../../../dashboard/page/static/js/cells.js';
import {
  contrast,
  inkOn,
  placesOf,
  resultColour,
} from '../../../dashboard/page/static/js/shade.js';
import { modelOf } from './support/invented.mjs';

const GRID = { activation: ['relu', 'tanh'], init: ['a', 'b', 'c'], lr: [0.1, 1], seed: [0, 1] };
const change = (changes) => (run, i) => Object.assign(run, changes[i]);

function lines(changes, settings = { activation: ['relu'], seed: [0, 1] }, widthPx = 100) {
  const model = modelOf(settings, change(changes));
  const { others } = sidesOf({ ...model, grid: ['activation'] });
  return linesOf(cellOf(model.runs, others), widthPx).filter(Boolean);
}

test('the sides are the settings of the grid, the rest but the seed varies within the cells', () => {
  const { rows, columns, others } = sidesOf(modelOf(GRID));
  assert.deepEqual(
    [rows.key, columns.key, others.map(({ key }) => key)],
    ['activation', 'init', ['lr']],
  );
  const one = sidesOf(modelOf({ activation: ['relu', 'tanh'] }));
  assert.deepEqual([one.rows, one.columns.key], [null, 'activation']);
});

test('a cell holds the runs with its two values', () => {
  const model = modelOf(GRID);
  const { rows, columns } = sidesOf(model);
  const cells = crossings(model.runs, rows, columns);
  assert.equal(cells.size, 6);
  assert.deepEqual(
    cells.get('1,2').map(({ name }) => name),
    ['tanh-c-0.1-0', 'tanh-c-0.1-1', 'tanh-c-1-0', 'tanh-c-1-1'],
  );
});

test('± is over seeds only', () => {
  assert.deepEqual(lines([{ result: 0.9 }, { result: 0.92 }]), ['0.9100', '± 0.0141 (2)']);
});

test('a narrow cell leaves the number of seeds to its tooltip, and ± has the digits of the mean', () => {
  const close = [{ result: 0.9001 }, { result: 0.9002 }];
  assert.deepEqual(lines(close, undefined, 70), ['0.9002', '± 0.0001']);
  assert.deepEqual(lines(close), ['0.9002', '± 0.0001 (2)']);
});

test('where another setting varies a cell shows the best choice and which it is', () => {
  const changes = [0.5, 0.6, 0.9, 0.92, 0.1, 0.1].map((result) => ({ result }));
  assert.deepEqual(lines(changes, { activation: ['relu'], lr: [0.01, 0.1, 1], seed: [0, 1] }), [
    '0.9100',
    'at 0.1',
  ]);
});

test('states are said in words and signs', () => {
  assert.deepEqual(
    lines([
      { result: null, state: 'queued' },
      { result: null, state: 'queued' },
    ]),
    ['queued'],
  );
  assert.deepEqual(
    lines([
      { result: null, state: 'diverged' },
      { result: null, state: 'diverged' },
    ]),
    ['✕ diverged'],
  );
  assert.deepEqual(lines([{ result: 0.5, state: 'failed' }, { result: 0.9 }]), [
    '0.9000',
    '! 1 of 2',
  ]);
  assert.deepEqual(lines([{ result: 0.5, state: 'running', progress: 0.5 }, { result: 0.5 }]), [
    '0.5000',
    '± 0.0000 (2)',
    '75 %',
  ]);
});

test('a result of runs that were not trained through says so', () => {
  const prunedRun = { result: 0.5, state: 'pruned' };
  assert.deepEqual(lines([prunedRun, prunedRun]), ['0.5000', '± 0.0000 (2)', 'pruned']);
  assert.deepEqual(lines([prunedRun, { result: 0.9 }]).at(-1), '± 0.2828 (2)');
  const skippedRun = { result: null, state: 'pruned' };
  assert.deepEqual(lines([skippedRun, skippedRun]), ['pruned']);
});

test('a run that went wrong does not count for the accuracy', () => {
  assert.deepEqual(lines([{ result: 0.99, state: 'diverged' }, { result: 0.9 }])[0], '0.9000');
});

test('a small cell says two digits, or a sign', () => {
  assert.deepEqual(lines([{ result: 0.9 }, { result: 0.92 }], undefined, 40), ['.91']);
  assert.deepEqual(
    lines(
      [
        { result: null, state: 'failed' },
        { result: null, state: 'failed' },
      ],
      undefined,
      40,
    ),
    ['!'],
  );
});

test('a cell has a sentence for who cannot see it', () => {
  const model = modelOf(
    { activation: ['relu'], seed: [0, 1] },
    change([{ result: 0.9 }, { result: 0.92 }]),
  );
  assert.equal(
    sentenceOf(cellOf(model.runs, []), 'relu, zeros', 'test accuracy'),
    'relu, zeros: test accuracy 0.9100 ± 0.0141 over 2 seeds',
  );
});

test('the best choice within a cell is the lowest where the metric should fall', () => {
  const model = modelOf({ lr: [1, 2, 3] }, change([{ result: 5 }, { result: 3 }, { result: 4 }]));
  const { mean, at } = cellOf(model.runs, model.settings, 'min');
  assert.deepEqual([mean, at], [3, '2']);
  assert.equal(cellOf(model.runs, model.settings, 'max').mean, 5);
});

test('equal ratios of errors are equal steps of colour', () => {
  const place = placesOf({ goal: 'max', share: true }, []);
  assert.ok(Math.abs(place(0.99) - place(0.98) - (place(0.9) - place(0.8))) < 1e-12);
  assert.equal(resultColour(place(0.999)), resultColour(place(0.995)));
});

test('the best of another metric is darkest, be it the highest or the lowest', () => {
  const results = [12, 30, 20];
  const ends = ({ goal }) => [12, 30].map(placesOf({ goal, share: false }, results));
  assert.deepEqual(ends({ goal: 'max' }), [0, 1]);
  assert.deepEqual(ends({ goal: 'min' }), [1, 0]);
  const wide = placesOf({ goal: 'min', share: false }, [1e-4, 1e4]);
  assert.ok(Math.abs(wide(1) - 0.5) < 1e-12);
});

test('words can be read on every ground, in light and in dark', () => {
  for (const dark of [false, true]) {
    for (let place = 0; place <= 1; place += 0.005) {
      const ground = resultColour(place, dark);
      assert.ok(contrast(inkOn(ground), ground) >= 4.5, `${place} ${ground}`);
    }
  }
});
