/* Which runs are seen: chips, ticks and the search in one rule. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as selection from '../../../dashboard/page/static/js/selection.js';

const RUNS = ['relu', 'sigmoid', 'tanh']
  .flatMap((activation) => [0, 1].map((seed) => ({ activation, seed })))
  .map((config, i) => ({
    number: i + 1,
    name: `${config.activation}-${config.seed}`,
    config,
    state: 'done',
  }));
const NOTHING = { off: {}, q: '', only: null, not: [] };

const numbers = (choices, runs = RUNS) =>
  selection.seen(runs, { ...NOTHING, ...choices }).map((run) => run.number);

test('without a choice every run is seen', () => {
  assert.deepEqual(numbers({}), [1, 2, 3, 4, 5, 6]);
});

test('a chip hides its value and shows it again', () => {
  const off = selection.toggleValue({}, 'activation', 'sigmoid');
  assert.deepEqual(numbers({ off }), [1, 2, 5, 6]);
  assert.deepEqual(selection.toggleValue(off, 'activation', 'sigmoid'), {});
});

test('chips of two settings join', () => {
  let off = selection.toggleValue({}, 'activation', 'sigmoid');
  off = selection.toggleValue(off, 'seed', 1);
  assert.deepEqual(numbers({ off }), [1, 5]);
});

test('one value alone, and all again at the second time', () => {
  const values = ['relu', 'sigmoid', 'tanh'].map((value) => ({ value }));
  const setting = { key: 'activation', values };
  const off = selection.isolateValue({}, setting, 'tanh');
  assert.deepEqual(numbers({ off }), [5, 6]);
  assert.deepEqual(selection.isolateValue(off, setting, 'tanh'), {});
});

test('a chip tells a number from its text', () => {
  const off = selection.toggleValue({}, 'seed', '1');
  assert.deepEqual(numbers({ off }), [1, 2, 3, 4, 5, 6]);
});

test('only runs 3 and 5 takes three clicks: all off, one, the other', () => {
  let ticks = selection.tickAll(false);
  assert.deepEqual(numbers(ticks), []);
  ticks = selection.toggleTick(ticks, [3], true);
  ticks = selection.toggleTick(ticks, [5], true);
  assert.deepEqual(numbers(ticks), [3, 5]);
  assert.deepEqual(numbers(selection.tickAll(true)), [1, 2, 3, 4, 5, 6]);
});

test('a run that comes later is seen, unless only some were asked for', () => {
  const later = [...RUNS, { number: 7, name: 'new', config: {}, state: 'queued' }];
  const without = selection.toggleTick({ only: null, not: [] }, [1], false);
  assert.deepEqual(numbers(without, later), [2, 3, 4, 5, 6, 7]);
  assert.deepEqual(numbers(selection.onlyThese({ only: null }, [2]), later), [2]);
});

test('only these, and all again at the second time', () => {
  const only = selection.onlyThese({ only: null }, [4, 2]);
  assert.deepEqual(numbers(only), [2, 4]);
  assert.deepEqual(selection.onlyThese(only, [2, 4]), { only: null, not: [] });
});

test('a tick says what it is, whatever the chips say', () => {
  assert.equal(selection.isTicked({ only: null, not: [3] }, 3), false);
  assert.equal(selection.isTicked({ only: null, not: [3] }, 4), true);
  assert.equal(selection.isTicked({ only: [4], not: [] }, 3), false);
});
