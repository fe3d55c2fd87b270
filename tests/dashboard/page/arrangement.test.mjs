/* A person's own order of windows: moved, hidden, and kept when other windows come. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { moved, ordered, withHidden } from '../../../dashboard/page/static/js/arrangement.js';

const panes = (...ids) => ids.map((id, order) => ({ id, order }));
const names = (list) => list.map(({ id }) => id).join('');

test('without a choice windows stand as they were designed', () => {
  assert.equal(names(ordered(panes('a', 'b', 'c').reverse())), 'abc');
});

test('a chosen order holds, and a window that comes later stands after the one it was designed after', () => {
  assert.equal(names(ordered(panes('a', 'b', 'c', 'd'), ['d', 'b', 'a'])), 'dbca');
});

test('a window of the chosen order that is not there is no trouble', () => {
  assert.equal(names(ordered(panes('a', 'b'), ['gone', 'b', 'a'])), 'ba');
});

test('a move goes past the next window that is seen in the same section', () => {
  assert.deepEqual(moved(['a', 'hidden', 'b', 'c'], ['a', 'b', 'c'], 'a', 1), [
    'hidden',
    'b',
    'a',
    'c',
  ]);
  assert.deepEqual(moved(['a', 'hidden', 'b', 'c'], ['a', 'b', 'c'], 'b', -1), [
    'b',
    'a',
    'hidden',
    'c',
  ]);
});

test('the first window cannot go further to the front', () => {
  assert.deepEqual(moved(['a', 'b'], ['a', 'b'], 'a', -1), ['a', 'b']);
});

test('a hidden window is listed once and comes back whole', () => {
  const once = withHidden(withHidden({ order: ['b', 'a'] }, 'a', true), 'a', true);
  assert.deepEqual(once, { order: ['b', 'a'], hidden: ['a'] });
  assert.deepEqual(withHidden(once, 'a', false), { order: ['b', 'a'], hidden: [] });
});
