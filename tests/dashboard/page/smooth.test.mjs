/* Smoothing weighs by the distance on the x axis. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smoothed } from '../../../dashboard/page/static/js/smooth.js';

const wave = (n) => Array.from({ length: n }, (_, i) => (i % 2 ? 1 : 0));
const steps = (n, end = 100) => Array.from({ length: n }, (_, i) => (i * end) / (n - 1));

test('no smoothing leaves the values', () => {
  const y = [3, 1, 2];
  assert.equal(smoothed([0, 1, 2], y, 0, 2), y);
});

test('a constant stays what it is, from its first point on', () => {
  for (const value of smoothed(steps(50), Array(50).fill(0.7), 0.9, 100))
    assert.ok(Math.abs(value - 0.7) < 1e-12);
});

test('the more smoothing, the less a line swings', () => {
  const swing = (strength) => {
    const y = smoothed(steps(1000), wave(1000), strength, 100).slice(-2);
    return Math.abs(y[0] - y[1]);
  };
  assert.ok(swing(0.5) < 1 && swing(0.9) < swing(0.5) && swing(0.99) < swing(0.9));
});

test('a line with ten times the points is smoothed as far along the axis', () => {
  const step = (n) => steps(n).map((x) => (x < 50 ? 0 : 1));
  const at = (n) => smoothed(steps(n), step(n), 0.99, 100)[Math.round((n - 1) * 0.6)];
  assert.ok(Math.abs(at(101) - at(1001)) < 0.05);
});

test('what is no number stays so and weighs nothing', () => {
  const y = smoothed([0, 1, 2, 3], [1, null, NaN, 1], 0.9, 3);
  assert.deepEqual([y[0], y[1], y[3]], [1, null, 1]);
  assert.ok(Number.isNaN(y[2]));
});
