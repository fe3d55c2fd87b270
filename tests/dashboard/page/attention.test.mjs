/* How often a page asks for a frame, by the share of its time that the last ones took. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextPause } from '../../../dashboard/page/static/js/attention.js';
import { idsInSight } from '../../../dashboard/page/static/js/in-sight.js';

test('a page that draws within its share asks for all frames', () => {
  assert.equal(nextPause(0, 0.02), 0);
  assert.equal(nextPause(0, 0.1), 0);
});

test('a page that needs longer asks for fewer, until its share is kept', () => {
  const cost = 0.12; // seconds a frame
  let everyS = 0;
  for (let i = 0; i < 5; i += 1) everyS = nextPause(everyS, cost / Math.max(everyS, 0.5));
  assert.ok(Math.abs(everyS - 1.2) < 0.05, `${everyS}`);
});

test('it recovers when frames are cheap again', () => {
  let everyS = 8;
  for (let i = 0; i < 5; i += 1) everyS = nextPause(everyS, 0.001);
  assert.equal(everyS, 0);
});

test('it never waits longer than ten seconds, however long a frame takes', () => {
  let everyS = 0;
  for (let i = 0; i < 9; i += 1) everyS = nextPause(everyS, 1);
  assert.equal(everyS, 10);
});

const plot = (id, y, series, isSeen) => ({
  id,
  isSeen,
  packet: { id, type: 'plot', content: { data: [{ meta: { series } }], layout: { meta: { y } } } },
});
const app = { model: { kind: 'compare', metric: { name: 'test_accuracy' } } };
const answer = { id: 'answer', isSeen: false, packet: { id: 'answer', type: 'text' } };
const table = { id: 'leaderboard', isSeen: true, packet: { id: 'leaderboard', type: 'text' } };

test('in sight are windows on the screen and what brings the model, not what is drawn from it', () => {
  const panes = [answer, table, plot('a', 'loss', 'l', true), plot('b', 'loss', 'l', false)];
  assert.deepEqual(idsInSight(panes, app, false), ['a', 'answer']);
  assert.deepEqual(idsInSight(panes, app, true), ['answer']);
});

test('a difference is drawn from the curves of another window, which is then in sight too', () => {
  const accuracy = plot('test_accuracy', 'accuracy', 'test_accuracy', false);
  const panes = [plot('delta', 'difference', undefined, true), accuracy];
  assert.deepEqual(idsInSight(panes, app, false), ['delta', 'test_accuracy']);
});
