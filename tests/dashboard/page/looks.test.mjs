/* Colour, dash and marker of a run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodings, greyed, looksOf } from '../../../dashboard/page/static/js/looks.js';

const setting = (key, ...values) => ({
  key,
  values: values.map((value, i) => ({
    value,
    text: String(value),
    colour: i + 1,
    dash: i,
    marker: i,
  })),
});
const SETTINGS = [
  setting('activation', 'relu', 'tanh'),
  setting('init', 'a', 'b'),
  setting('lr', 0.1, 0.01),
  setting('seed', 0, 1),
];
const MODEL = {
  settings: SETTINGS,
  looks: {
    light: ['l0', 'l1', 'l2'],
    dark: ['d0', 'd1', 'd2'],
    dashes: ['solid', 'dash'],
    markers: ['circle', 'square'],
  },
};
const run = (config, number = 1) => ({ name: `run ${number}`, number, config });

test('the first three settings that differ are told by colour, dash and filling; never the seed', () => {
  assert.deepEqual(encodings(SETTINGS, { colour: '', dash: '' }), {
    colour: 'activation',
    dash: 'init',
    filling: 'lr',
  });
});

test('a person decides which setting is the colour; the others move up', () => {
  assert.deepEqual(encodings(SETTINGS, { colour: 'lr', dash: '' }), {
    colour: 'lr',
    dash: 'activation',
    filling: 'init',
  });
  assert.equal(encodings(SETTINGS, { colour: 'gone', dash: 'activation' }).dash, 'init');
});

test('where nothing but the seed differs, the seed has the colours', () => {
  assert.equal(encodings([SETTINGS[3]], { colour: '', dash: '' }).colour, 'seed');
});

test('a run looks as its values say, in light and in dark', () => {
  const config = { activation: 'tanh', init: 'b', lr: 0.1, seed: 0 };
  const light = looksOf(MODEL, { colour: '', dash: '' }, false)(run(config));
  assert.deepEqual(light, { colour: 'l2', dash: 'dash', marker: 'square', grey: false });
  assert.equal(looksOf(MODEL, { colour: '', dash: '' }, true)(run(config)).colour, 'd2');
});

test('no two runs differ by their colour alone', () => {
  const look = looksOf(MODEL, { colour: '', dash: '' }, false);
  const looks = ['relu', 'tanh'].flatMap((activation) =>
    ['a', 'b'].flatMap((init) => [0.1, 0.01].map((lr) => look(run({ activation, init, lr })))),
  );
  assert.equal(new Set(looks.map(({ dash, marker }) => `${dash} ${marker}`)).size, 8);
});

test('runs of a record in which nothing differs are told apart by their number', () => {
  const look = looksOf({ ...MODEL, settings: [] }, { colour: '', dash: '' }, false);
  assert.notEqual(look(run({}, 1)).colour, look(run({}, 2)).colour);
});

test('with many groups the best eight and the baseline keep their colours', () => {
  const groups = Array.from({ length: 20 }, (_, i) => [{ name: `g${i}`, result: i / 20 }]);
  const grey = greyed(groups, 'max', 'g0');
  assert.equal(grey.size, 11);
  assert.ok(!grey.has('g19'));
  assert.ok(!grey.has('g0'));
  assert.ok(grey.has('g5'));
  assert.equal(greyed(groups.slice(0, 12), 'max', 'g0').size, 0);
  const greyByLoss = greyed(groups, 'min', 'g19');
  assert.ok(!greyByLoss.has('g1'));
  assert.ok(greyByLoss.has('g18'));
});
