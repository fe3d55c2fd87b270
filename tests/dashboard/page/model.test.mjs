/* What came over the socket, as the rest of the page reads it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as model from '../../../dashboard/page/static/js/model.js';

const escaped = (value) =>
  JSON.stringify(value)
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll("'", '&#x27;');

const RUNS = [
  {
    name: 'a',
    group: 0,
    clock: [
      [10, 1],
      [20, 3],
    ],
    steps_per_epoch: 5,
  },
  { name: 'b', group: 1, clock: [], steps_per_epoch: 0 },
  { name: 'c', group: 0, clock: [[10, 2]], steps_per_epoch: 5 },
];

function answer(runs = RUNS) {
  const html = `<div class='tb-model' data-model='${escaped({ kind: 'compare', runs })}'><p>x</p></div>`;
  return {
    id: 'answer',
    type: 'text',
    content: `<div class="tb-window mathjax_ignore" data-about="${escaped({ says: 'it\'s "<b>"' })}">${html}</div>`,
  };
}

test('a window says what it is', () => {
  assert.deepEqual(model.aboutOf(answer()), { says: 'it\'s "<b>"' });
  assert.deepEqual(
    model.aboutOf({ type: 'plot', content: { layout: { meta: { about: { order: 3 } } } } }),
    { order: 3 },
  );
  assert.deepEqual(model.aboutOf({ type: 'text', content: 'a stock text' }), {});
  assert.deepEqual(model.aboutOf({ type: 'plot', content: { data: [] } }), {});
});

test('the model comes with its runs by name and in groups', () => {
  const result = model.modelOf(answer());
  assert.equal(result.byName('c').group, 0);
  assert.deepEqual(
    result.groups.map((group) => group.map((run) => run.name)),
    [['a', 'c'], ['b']],
  );
});

test('a text of somebody else that looks like a model is none', () => {
  assert.equal(
    model.modelOf({ id: 'answer', type: 'text', content: "<div class='tb-model' data-model='{'>" }),
    null,
  );
  assert.equal(model.modelOf({ type: 'plot', content: {} }), null);
});

test('curves are found by series and run, bands unfolded', () => {
  const trace = (role, more) => ({ meta: { run: 'a', role, series: 'loss' }, ...more });
  const data = [
    trace('line', { x: [1, 2], y: [3, 4] }),
    trace('band', { x: [1, 2, 2, 1], y: [0, 1, 9, 8] }),
    trace('mark', { x: [2], y: [4], name: 'diverged' }),
    { x: [1], y: [1], meta: { role: 'group' } },
    { x: [1], y: [1] },
  ];
  const curves = new Map();
  model.collectCurves(curves, { type: 'plot', content: { data } });
  assert.deepEqual(curves.get('loss').get('a'), {
    x: [1, 2],
    y: [3, 4],
    band: { x: [1, 2], low: [0, 1], high: [8, 9] },
    mark: { x: 2, y: 4, text: 'diverged' },
  });
  assert.deepEqual([...curves.keys()], ['loss']);
});

for (const [step, seconds] of [
  [0, 0],
  [5, 0.5],
  [10, 1],
  [15, 2],
  [20, 3],
  [99, 3],
]) {
  test(`at step ${step} the run had trained ${seconds} s`, () => {
    assert.equal(model.secondsAt(RUNS[0], step), seconds);
  });
}

test('an axis that is not known of a run has no place for it', () => {
  assert.equal(model.toAxis(RUNS[0], 10, 'step'), 10);
  assert.equal(model.toAxis(RUNS[0], 10, 'epoch'), 2);
  const fork = { ...RUNS[0], epoch_shift: -1.5 };
  assert.equal(model.toAxis(fork, 10, 'epoch'), 0.5);
  assert.equal(model.toAxis(RUNS[1], 10, 'epoch'), null);
  assert.equal(model.toAxis(RUNS[1], 10, 'seconds'), null);
});

test('a text that was escaped for Plotly is read as it was written', () => {
  const name = '<a href="x"> & $x$ %{y} &lt;';
  const plotlys = name
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('$', '&#36;')
    .replaceAll('%{', '&#37;{');
  assert.equal(model.unescaped(plotlys), name);
});

test('a curve over epochs is kept over steps, as all others', () => {
  const meta = { run: 'r', role: 'line', series: 'by epoch/loss', steps: 300 };
  const content = { data: [{ meta, x: [0, 0.5, 1], y: [3, 2, 1] }] };
  const curves = new Map();
  model.collectCurves(curves, { type: 'plot', content });
  assert.deepEqual(curves.get('by epoch/loss').get('r'), { x: [0, 150, 300], y: [3, 2, 1] });
});
