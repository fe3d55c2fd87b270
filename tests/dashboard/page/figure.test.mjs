/* Traces and layouts for Plotly, and plots that come as they are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe } from '../../../dashboard/page/static/js/describe.js';
import { figureOf } from '../../../dashboard/page/static/js/figure.js';
import { arrangement, fitted, placeOf } from '../../../dashboard/page/static/js/panels.js';
import { stockFigure } from '../../../dashboard/page/static/js/stock.js';

const look = (grey = false) => ({ colour: '#0072B2', dash: 'dot', marker: 'square', grey });
const line = (key, more = {}) => ({
  key,
  series: 'a',
  names: [key],
  numbers: [1],
  text: key,
  look: look(),
  x: [0, 1, 2],
  y: [0.5, 0.6, 0.7],
  faint: null,
  band: null,
  bandShown: false,
  marks: [],
  seeds: 1,
  ...more,
});
const CHOICE = { x: 'step', y: 'auto', loss: 'log', range: null };
const view = (more = {}) => ({
  width: 600,
  height: 340,
  dark: false,
  zooms: new Map(),
  run: false,
  touch: false,
  ...more,
});
const roles = (traces) => traces.map(({ meta }) => meta.role);

test('grey lines are one trace below all, bands and faint lines below the lines, crosses above', () => {
  const band = { x: [0, 1], low: [0.4, 0.5], high: [0.6, 0.7] };
  const lines = [
    line('a', {
      band,
      bandShown: true,
      faint: { x: [0, 1], y: [0.4, 0.6] },
      marks: [{ x: 2, y: 9, text: '' }],
    }),
    line('b', { look: look(true) }),
    line('c', { look: look(true) }),
  ];
  const { traces } = figureOf([{ title: '', kind: 'accuracy', lines }], CHOICE, view());
  assert.deepEqual(roles(traces), ['grey', 'band', 'faint', 'line', 'mark']);
  assert.deepEqual(traces[0].x, [0, 1, 2, null, 0, 1, 2, null]);
  assert.ok(traces[0].line.width < traces[3].line.width && traces[0].line.color !== '#0072B2');
  assert.deepEqual(
    [traces[3].line.dash, traces[3].marker.symbol, traces[3].mode],
    ['dot', 'square', 'lines+markers'],
  );
  assert.ok(traces[4].y[0] <= 1, 'the cross stays within the plot');
});

test('a line of many points has few markers, by which it is told without colour', () => {
  const x = Array.from({ length: 60 }, (_, i) => i);
  const { traces } = figureOf(
    [{ title: '', kind: 'loss', lines: [line('a', { x, y: x.map((i) => i + 1) })] }],
    CHOICE,
    view(),
  );
  assert.equal(traces[0].mode, 'lines+markers');
  assert.ok(traces[0].marker.maxdisplayed <= 8);
});

test("only a run's own page has a legend, and only of several lines", () => {
  const panels = (names) => [{ title: '', kind: 'number', lines: names.map((name) => line(name)) }];
  assert.equal(figureOf(panels(['a', 'b']), CHOICE, view()).layout.showlegend, false);
  assert.equal(figureOf(panels(['a', 'b']), CHOICE, view({ run: true })).layout.showlegend, true);
  assert.equal(figureOf(panels(['a']), CHOICE, view({ run: true })).layout.showlegend, false);
});

test('small multiples are 160 pixels wide or more, in as many rows as that takes', () => {
  for (const width of [390, 700, 1350]) {
    const grid = arrangement(11, width, 340, false);
    const inner = { width: width - 60, height: grid.height - 48 };
    const places = Array.from({ length: 11 }, (_, i) => placeOf(i, 11, grid, inner, false));
    assert.ok(
      places.every(({ widthPx, heightPx }) => widthPx >= 160 && heightPx > 80),
      `${width}`,
    );
    assert.ok(places.every(({ x, y }) => x[0] >= 0 && x[1] <= 1 && y[0] >= -1e-9 && y[1] <= 1));
  }
  assert.equal(fitted('conv1.weight.gradient', 80).length, 12);
});

test('each series has a row of its own with one y axis, however narrow the window', () => {
  const panels = ['norm', 'bias'].flatMap((together, i) =>
    ['relu', 'tanh', 'gelu'].map((value) => ({
      title: `${together} · ${value}`,
      kind: 'number',
      lines: [line(value, { y: [i * 10, i * 10 + 1, i * 10 + 2] })],
      together,
    })),
  );
  for (const [width, columns] of [
    [700, 3],
    [480, 2],
    [260, 1],
  ]) {
    const { layout } = figureOf(panels, CHOICE, view({ width }));
    assert.deepEqual(
      [layout.yaxis2.matches, layout.yaxis3.matches, layout.yaxis4.matches],
      ['y', 'y', undefined],
    );
    assert.deepEqual([layout.yaxis5.matches, layout.yaxis6.matches], ['y4', 'y4']);
    assert.ok(layout.yaxis4.range[0] > layout.yaxis.range[1], `${width}: a range for each series`);
    const lefts = new Set(Array.from(panels, (_, i) => layout[`xaxis${i ? i + 1 : ''}`].domain[0]));
    assert.equal(lefts.size, columns);
    assert.equal(layout.xaxis4.domain[0], 0);
    assert.ok(layout.yaxis4.domain[1] < layout.yaxis3.domain[0], 'rows do not overlap');
    assert.equal(layout.xaxis6.showticklabels, true);
    assert.equal(layout.yaxis4.showticklabels, true);
  }
});

test('lines that look alike in several panels are one entry of the legend', () => {
  const panels = ['a', 'b'].map((title) => ({
    title,
    kind: 'share',
    lines: [line('fc1'), line('fc2')],
  }));
  const { traces } = figureOf(panels, CHOICE, view({ run: true }));
  assert.deepEqual(
    traces.map(({ showlegend }) => showlegend),
    [true, true, false, false],
  );
});

test('whatever a series is called, Plotly can look for its trace when it goes', () => {
  const lines = ['0-grad/layer1', '0-grad_layer1', '0-"a b"'].map((key) => line(key));
  const { traces } = figureOf([{ title: '', kind: 'number', lines }], CHOICE, view());
  const uids = traces.map(({ uid }) => uid);
  assert.ok(
    uids.every((uid) => /^[\w-]+$/.test(uid)),
    `${uids}`,
  );
  assert.equal(new Set(uids).size, lines.length);
});

test('what theory expects is a ring of the colour of its line', () => {
  const lines = [line('fc1', { ring: { x: 0, y: 0.3 } }), line('fc2')];
  const { traces } = figureOf([{ title: '', kind: 'decades', lines }], CHOICE, view());
  const ring = traces.find(({ meta }) => meta.role === 'ring');
  assert.deepEqual([ring.x, ring.y, ring.marker.color], [[0], [0.3], ['#0072B2']]);
});

test('panels of one series share their y axis; all share x', () => {
  const panels = ['relu', 'tanh'].map((title) => ({
    title,
    kind: 'accuracy',
    lines: [line(title)],
    together: 'a',
  }));
  const { layout } = figureOf(panels, { ...CHOICE, range: [0.5, 2] }, view());
  assert.deepEqual(
    [layout.xaxis2.matches, layout.yaxis2.matches, layout.yaxis2.showticklabels],
    ['x', 'y', false],
  );
  assert.deepEqual(
    [layout.xaxis.range, layout.xaxis2.range],
    [
      [0.5, 2],
      [0.5, 2],
    ],
  );
  assert.deepEqual(
    layout.annotations.map(({ text }) => text),
    ['<b>relu</b>', '<b>tanh</b>'],
  );
});

test("nobody's text becomes a link", () => {
  const panels = ['<a href="x">', 'b'].map((title) => ({
    title,
    kind: 'number',
    lines: [line(title, { series: title })],
  }));
  assert.ok(
    !JSON.stringify(figureOf(panels, CHOICE, view())).includes('<a href'.replace('<', '<b><')),
  );
  assert.equal(
    figureOf(panels, CHOICE, view()).layout.annotations[0].text,
    '<b>&lt;a href="x"&gt;</b>',
  );
});

const stock = (more = {}) => ({
  width: 500,
  height: 300,
  dark: true,
  looks: null,
  isVisible: () => true,
  menus: new Map(),
  ...more,
});

test('a stock plot is dark on a dark page, and keeps what it says itself', () => {
  const { layout } = stockFigure(
    { data: [{ y: [1] }], layout: { plot_bgcolor: '#123456', xaxis: { gridcolor: 'red' } } },
    stock(),
  );
  assert.deepEqual(
    [layout.plot_bgcolor, layout.xaxis.gridcolor, layout.paper_bgcolor],
    ['#123456', 'red', '#171D25'],
  );
  assert.deepEqual([layout.width, layout.uirevision], [500, 'kept']);
});

test('a pressed button stays pressed', () => {
  const buttons = [
    [{ visible: [true, false] }],
    [{ visible: [false, true] }, { 'yaxis.type': 'log' }],
  ].map((args) => ({ method: 'update', args }));
  const content = { data: [{}, {}], layout: { updatemenus: [{ buttons }] } };
  const { traces, layout } = stockFigure(content, stock({ menus: new Map([[0, 1]]) }));
  assert.deepEqual(
    [traces.map(({ visible }) => visible), layout.yaxis.type, layout.updatemenus[0].active],
    [[false, true], 'log', 1],
  );
  assert.deepEqual(content.data, [{}, {}], 'what came is not changed');
});

test('a heat map keeps the rows of the runs that are seen', () => {
  const content = {
    data: [{ type: 'heatmap', y: ['a', 'b'], z: [[1], [2]], text: [['1'], ['2']], x: ['l'] }],
    layout: { meta: { rows: ['ra', 'rb'] } },
  };
  const [trace] = stockFigure(content, stock({ isVisible: (name) => name === 'rb' })).traces;
  assert.deepEqual([trace.y, trace.z, trace.text, trace.x], [['b'], [[2]], [['2']], ['l']]);
});

test('a plot says its conclusion', () => {
  const lines = [line('relu', { y: [1, 0.12] }), line('tanh', { y: [1, 0.3] })];
  assert.equal(
    describe('train loss', [{ title: '', kind: 'loss', lines }]),
    'train loss of 2 runs: lowest relu 0.1200, highest tanh 0.3000 at the last point',
  );
  assert.match(describe('x', [{ title: '', kind: 'loss', lines: [] }]), /no points/);
});
