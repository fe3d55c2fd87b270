// past.js and matrix.js: where the time cursor can stand, and what is known there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceOf } from '../../../dashboard/page/static/js/matrix.js';
import { evaluations, modelAt } from '../../../dashboard/page/static/js/past.js';

const curves = new Map([
  ['train_loss', new Map([['a', { x: Array.from({ length: 900 }, (_, i) => i), y: [] }]])],
  [
    'test_accuracy',
    new Map([
      ['a', { x: [0, 10, 20], y: [0.1, 0.5, NaN] }],
      ['b', { x: [0, 15], y: [0.2, 0.7] }],
    ]),
  ],
]);
const model = { metric: { name: 'test_accuracy' }, runs: [{ name: 'a' }, { name: 'b' }] };
const at = (step) => modelAt({ model, curves, state: new Map([['at', step]]) });
const results = (step) => at(step).runs.map((run) => run.result);

test('the cursor stands at every evaluation of any run, and at no single step', () => {
  assert.deepEqual(evaluations(curves, 'test_accuracy'), [0, 10, 15, 20]);
  assert.deepEqual(evaluations(curves, 'train_loss'), [0, 10, 15, 20]);
  assert.deepEqual(evaluations(new Map(), 'test_accuracy'), []);
});

test('a run has the value of its last evaluation by then', () => {
  assert.deepEqual(results(0), [0.1, 0.2]);
  assert.deepEqual(results(14), [0.5, 0.2]);
  assert.deepEqual(results(99), [0.5, 0.7]);
});

test('at the newest the model is what came', () => {
  assert.equal(at(null), model);
});

test('the difference of two matrices is cell by cell', () => {
  assert.deepEqual(
    differenceOf(
      [
        [3, 1],
        [0, 4],
      ],
      [
        [2, 2],
        [0, 4],
      ],
    ),
    [
      [1, -1],
      [0, 0],
    ],
  );
});
