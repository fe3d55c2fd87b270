/* The home page's words: order, search, dates, states, and the address of several together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as home from '../../../dashboard/page/static/js/experiments.js';

const NOW = new Date(2026, 10, 21, 0, 30);
const secondsAgo = (days, hour) => new Date(2026, 10, 21 - days, hour, 2).getTime() / 1000;

test('live experiments come first, then the newest', () => {
  const list = [
    { name: 'old', updated_s: 1 },
    { name: 'new', updated_s: 9 },
    { name: 'live', live: true, updated_s: 0 },
  ];
  assert.deepEqual(
    home.inOrder(list).map(({ name }) => name),
    ['live', 'new', 'old'],
  );
});

test('yesterday is the day before, not the last 24 hours', () => {
  assert.equal(home.when(secondsAgo(0, 0), NOW), 'today 00:02');
  assert.equal(home.when(secondsAgo(1, 23), NOW), 'yesterday 23:02');
  assert.equal(home.when(secondsAgo(3, 9), NOW), 'Wed 09:02');
  assert.equal(home.when(secondsAgo(30, 9), NOW), '22 Oct 2026');
});

test('the search takes names, settings and values', () => {
  const each = {
    name: 'mnist-mlp',
    settings: { lr: [0.01, 0.1], activation: ['relu'] },
    note: 'second try',
  };
  assert.ok(home.matches(each, 'MLP lr=0.1'));
  assert.ok(home.matches(each, 'second relu'));
  assert.ok(!home.matches(each, 'mlp tanh'));
  assert.ok(home.matches(each, ''));
});

test('states are counted in words, and one word does for an experiment that is done', () => {
  const text = (runs, states) =>
    home
      .stateParts(runs, states)
      .map((part) => part.text)
      .join(' · ');
  assert.equal(text(18, { done: 18 }), '18 runs, done');
  assert.equal(text(3, { done: 2, running: 1 }), '3 runs · 1 running · 2 done');
  assert.equal(text(1, { lost: 1 }), '1 run · 1 lost');
});

test('several experiments share one address', () => {
  assert.equal(home.togetherAddress(['a_compare', 'b_x_compare']), '/env/a~b_x_compare');
});

test('a sparkline spans its box, and one value makes none', () => {
  assert.equal(home.sparkPath([0, 1], 10, 4), 'M0 4L10 0');
  assert.equal(home.sparkPath([0.5, null, 0.5], 10, 4), 'M0 2L10 2');
  assert.equal(home.sparkPath([1], 10, 4), '');
});
