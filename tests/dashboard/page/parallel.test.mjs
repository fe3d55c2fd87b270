/* Where runs stand on the axes of the parallel coordinates, and which a brush leaves. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  axesOf,
  brushed,
  RESULT,
  stretchOf,
} from '../../../dashboard/page/static/js/parallel-axes.js';
import { modelOf } from './support/invented.mjs';

const model = modelOf(
  { activation: ['relu', 'tanh'], lr: [0.001, 0.01, 1], seed: [0, 1] },
  (run, i) => (run.result = i / 20),
);
const axes = axesOf(model, model.groups);
const lr = axes[1];
const result = axes[2];

test('there is an axis for each setting but the seed, the result last', () => {
  assert.deepEqual(
    axes.map(({ key }) => key),
    ['activation', 'lr', RESULT],
  );
});

test('numbers that span more than two decades stand on a log scale, others evenly by size', () => {
  assert.deepEqual(
    lr.ticks.map(({ place }) => Number(place.toFixed(6))),
    [0, 0.333333, 1],
  );
  const even = axesOf(modelOf({ depth: [1, 2, 5] }), [])[0];
  assert.deepEqual(
    even.ticks.map(({ place }) => place),
    [0, 0.25, 1],
  );
});

test('a group stands at its mean result', () => {
  assert.deepEqual(
    model.groups.map((runs) => Number(result.place(runs).toFixed(6))),
    [0, 0.2, 0.4, 0.6, 0.8, 1],
  );
});

test('a brush leaves the groups within it, several those within all', () => {
  const numbers = (brushes) =>
    brushed(model.groups, axes, brushes)
      .flat()
      .map((run) => run.number);
  assert.deepEqual(numbers({ [RESULT]: [0.7, 1] }), [9, 10, 11, 12]);
  assert.deepEqual(numbers({ [RESULT]: [0.3, 1], activation: [0, 0.5] }), [5, 6]);
  assert.deepEqual(numbers({ lr: stretchOf(lr, lr.ticks[1]) }), [3, 4, 9, 10]);
  assert.deepEqual(
    numbers({ [RESULT]: stretchOf(result, result.ticks[3]) }),
    [9, 10, 11, 12],
    'from the third quarter up',
  );
});

test('the best stands at the top, be it the highest or the lowest', () => {
  const metric = { name: 'fid', text: 'fid', goal: 'min' };
  const byFid = modelOf({ lr: [1, 2, 3] }, (run, i) => (run.result = 10 * i), { metric });
  const last = axesOf(byFid, byFid.groups).at(-1);
  assert.deepEqual(
    byFid.groups.map((runs) => last.place(runs)),
    [1, 0.5, 0],
  );
  assert.deepEqual([last.ticks[0].text, last.ticks.at(-1).text], ['20.0000', '0.0000']);
});
