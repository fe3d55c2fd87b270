/* The cells of the accuracy grid, and their colours. */
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
  accuracyColour,
  contrast,
  inkOn,
  placeOf,
} from '../../../dashboard/page/static/js/shade.js';
import { modelOf } from './support/invented.mjs';

const GRID = { activation: ['relu', 'tanh'], init: ['a', 'b', 'c'], lr: [0.1, 1], seed: [0, 1] };
const change = (changes) => (run, i) => Object.assign(run, changes[i]);

function lines(changes, settings = { activation: ['relu'], seed: [0, 1] }, small = false) {
  const model = modelOf(settings, change(changes));
  const { others } = sidesOf({ ...model, grid: ['activation'] });
  return linesOf(cellOf(model.runs, others), small).filter(Boolean);
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
  assert.deepEqual(lines([{ accuracy: 0.9 }, { accuracy: 0.92 }]), ['0.9100', '± 0.0141']);
});

test('where another setting varies a cell shows the best choice and which it is', () => {
  const changes = [0.5, 0.6, 0.9, 0.92, 0.1, 0.1].map((accuracy) => ({ accuracy }));
  assert.deepEqual(lines(changes, { activation: ['relu'], lr: [0.01, 0.1, 1], seed: [0, 1] }), [
    '0.9100',
    'at 0.1',
  ]);
});

test('states are said in words and signs', () => {
  assert.deepEqual(
    lines([
      { accuracy: null, state: 'queued' },
      { accuracy: null, state: 'queued' },
    ]),
    ['queued'],
  );
  assert.deepEqual(
    lines([
      { accuracy: null, state: 'diverged' },
      { accuracy: null, state: 'diverged' },
    ]),
    ['✕ diverged'],
  );
  assert.deepEqual(lines([{ accuracy: 0.5, state: 'failed' }, { accuracy: 0.9 }]), [
    '0.9000',
    '! 1 of 2',
  ]);
  assert.deepEqual(lines([{ accuracy: 0.5, state: 'running', progress: 0.5 }, { accuracy: 0.5 }]), [
    '0.5000',
    '± 0.0000',
    '75 %',
  ]);
});

test('a run that went wrong does not count for the accuracy', () => {
  assert.deepEqual(lines([{ accuracy: 0.99, state: 'diverged' }, { accuracy: 0.9 }])[0], '0.9000');
});

test('a small cell says two digits, or a sign', () => {
  assert.deepEqual(lines([{ accuracy: 0.9 }, { accuracy: 0.92 }], undefined, true), ['.91']);
  assert.deepEqual(
    lines(
      [
        { accuracy: null, state: 'failed' },
        { accuracy: null, state: 'failed' },
      ],
      undefined,
      true,
    ),
    ['!'],
  );
});

test('a cell has a sentence for who cannot see it', () => {
  const model = modelOf(
    { activation: ['relu'], seed: [0, 1] },
    change([{ accuracy: 0.9 }, { accuracy: 0.92 }]),
  );
  assert.equal(
    sentenceOf(cellOf(model.runs, []), 'relu, zeros'),
    'relu, zeros: test accuracy 0.9100 ± 0.0141 over 2 seeds',
  );
});

test('equal ratios of errors are equal steps of colour', () => {
  const step = placeOf(0.9) - placeOf(0.8);
  assert.ok(Math.abs(placeOf(0.99) - placeOf(0.98) - step) < 1e-12);
  assert.equal(accuracyColour(0.999), accuracyColour(0.995));
});

test('words can be read on every ground, in light and in dark', () => {
  for (const dark of [false, true]) {
    for (let accuracy = 0; accuracy <= 1; accuracy += 0.005) {
      const ground = accuracyColour(accuracy, dark);
      assert.ok(contrast(inkOn(ground), ground) >= 4.5, `${accuracy} ${ground}`);
    }
  }
});
