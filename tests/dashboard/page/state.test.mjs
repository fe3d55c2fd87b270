/* What a person chose: in the address, in the browser's storage, or nowhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromAddress, ranges, State, toAddress } from '../../../dashboard/page/static/js/state.js';

function place(search = '', storage = {}) {
  const window = {
    location: { pathname: '/env/e_compare', search, hash: '' },
    storage: { ...storage },
  };
  window.history = {
    state: null,
    replaceState: (_state, _title, address) => (window.address = address),
  };
  window.localStorage = {
    getItem: (key) => window.storage[key] ?? null,
    setItem: (key, value) => (window.storage[key] = value),
  };
  return window;
}

const CHOICES = {
  x: 'epoch',
  smooth: 0.6,
  y: 'error',
  loss: 'linear',
  range: [1, 2.5],
  off: { activation: ['"sigmoid"'] },
  q: 'lr=0.1 -zeros',
  only: [1, 2, 3, 7],
  sort: { column: 'speed', down: true },
  baseline: 'relu-s0',
};

test('a view that was chosen comes out of its address as it went in', () => {
  const values = fromAddress(`?${toAddress(CHOICES)}`);
  for (const [key, value] of Object.entries(CHOICES)) assert.deepEqual(values[key], value, key);
});

test('the view as it opens needs no address', () => {
  assert.equal(toAddress(fromAddress('')), '');
});

test('whatever stands in an address, what is odd in it counts as not said', () => {
  const odd = '?x=parsec&smooth=lots&range=[1]&off=7&only=a-b&not=1-99999999&sort={}&y=&loss=log10';
  assert.deepEqual(fromAddress(odd), { ...fromAddress(''), not: fromAddress('').not });
});

test('smoothing stays within its bounds', () => {
  assert.equal(fromAddress('?smooth=7').smooth, 0.99);
  assert.equal(fromAddress('?smooth=-1').smooth, 0);
});

test('run numbers are written short', () => {
  assert.equal(ranges([7, 1, 2, 3, 3]), '1-3.7');
  assert.deepEqual(fromAddress('?only=1-3.7').only, [1, 2, 3, 7]);
  assert.deepEqual(fromAddress('?only=').only, []);
});

test('listeners hear once, and only of what really changed', () => {
  const state = new State(place());
  const calls = [];
  state.on(['x', 'smooth'], (keys) => calls.push([...keys]));
  state.set({ x: 'epoch', smooth: 0 });
  state.set({ x: 'epoch' });
  state.set({ q: 'relu' });
  assert.deepEqual(calls, [['x']]);
});

test('who no longer listens hears nothing', () => {
  const state = new State(place());
  const end = state.on(null, () => assert.fail('heard'));
  end();
  state.set({ x: 'epoch' });
});

test('a choice goes into the address, the theme into the storage, hovering nowhere', () => {
  const window = place();
  const state = new State(window);
  state.set({ x: 'seconds' });
  assert.equal(window.address, '/env/e_compare?x=seconds');
  state.set({ theme: 'dark' });
  assert.equal(window.storage['trainboard.theme'], '"dark"');
  window.address = null;
  state.set({ hover: new Set(['relu']), cursor: 3 });
  assert.equal(window.address, null);
});

test('what was stored comes back, and what is broken in the storage does not matter', () => {
  assert.equal(new State(place('', { 'trainboard.theme': '"dark"' })).get('theme'), 'dark');
  assert.equal(new State(place('', { 'trainboard.theme': '{' })).get('theme'), 'system');
});

test('a browser that forbids storing still shows the page', () => {
  const window = place();
  window.localStorage = {
    getItem() {
      throw new Error('forbidden');
    },
    setItem() {
      throw new Error('forbidden');
    },
  };
  const state = new State(window);
  state.set({ theme: 'dark' });
  assert.equal(state.get('theme'), 'dark');
});

test('a reset leaves nothing of the view, and the theme alone', () => {
  const state = new State(place('?x=epoch&q=relu&only=3'));
  state.set({ theme: 'dark' });
  state.reset();
  assert.equal(state.addressOf('/here'), '/here');
  assert.equal(state.get('theme'), 'dark');
});
