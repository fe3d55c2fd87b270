/* What the arrows do in a plot that has the focus. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movedBy, stepOf } from '../../../dashboard/page/static/js/plot-keys.js';

const axis = { from: 0, to: 310, step: 100 };

test('an arrow leads to the next epoch, and never beyond the axis', () => {
  assert.equal(movedBy('ArrowLeft', { ...axis, at: 310 }), 300);
  assert.equal(movedBy('ArrowLeft', { ...axis, at: 300 }), 200);
  assert.equal(movedBy('ArrowRight', { ...axis, at: 200 }), 300);
  assert.equal(movedBy('ArrowRight', { ...axis, at: 300 }), 310);
  assert.equal(movedBy('ArrowLeft', { ...axis, at: 0 }), 0);
  assert.equal(movedBy('Home', { ...axis, at: 250 }), 0);
  assert.equal(movedBy('End', { ...axis, at: 250 }), 310);
});

test('a key that moves nothing is left to the page', () => {
  assert.equal(movedBy('t', { ...axis, at: 250 }), null);
});

test('an arrow goes an epoch where there are few, else a fortieth of what is seen', () => {
  assert.equal(stepOf('step', 100, 300), 100);
  assert.equal(stepOf('epoch', 100, 3), 1);
  assert.equal(stepOf('step', 100, 40_000), 1000);
  assert.equal(stepOf('seconds', 100, 80), 2);
  assert.equal(stepOf('step', null, 80), 2);
});
