/* Which panels and lines a plot shows, and what they are made of: facets.js and curves.js. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actsOn, commonText, overSeeds } from '../../../dashboard/page/static/js/curves.js';
import { MOST_PANELS, panelsOf, unsplit } from '../../../dashboard/page/static/js/facets.js';

const run = (name, group, seed, more = {}) => ({
  name,
  group,
  number: group * 2 + seed + 1,
  label: `${name} · seed ${seed}`,
  state: 'done',
  steps_per_epoch: 100,
  config: { activation: name.split('-')[0], seed },
  clock: [
    [0, 0],
    [200, 10],
  ],
  ...more,
});

const RUNS = [
  run('relu-s0', 0, 0),
  run('relu-s1', 0, 1),
  run('tanh-s0', 1, 0),
  run('tanh-s1', 1, 1),
];
RUNS.forEach((one) => (one.label = `${one.config.activation} · seed ${one.config.seed}`));

const SETTINGS = [
  {
    key: 'activation',
    values: [
      { value: 'relu', text: 'relu' },
      { value: 'tanh', text: 'tanh' },
    ],
  },
];

function view(more = {}) {
  const byRun = new Map(
    RUNS.map(({ name }, i) => [name, { x: [0, 100, 200], y: [0, 0.1 * (i + 1), 0.2 * (i + 1)] }]),
  );
  const model = {
    runs: RUNS,
    byName: (name) => RUNS.find((one) => one.name === name),
    settings: SETTINGS,
    metric: { name: 'test_accuracy', goal: 'max' },
    baseline: 'relu-s0',
  };
  return {
    model,
    runs: RUNS,
    curves: new Map([['test_accuracy', byRun]]),
    x: 'step',
    smooth: 0,
    facet: '',
    baseline: '',
    look: () => ({ colour: '#0072B2', dash: 'solid', marker: 'circle', grey: false }),
    ...more,
  };
}

const packet = (y = 'accuracy') => ({
  content: {
    layout: { meta: { x: 'step', y } },
    data: RUNS.map(({ name }) => ({
      meta: { run: name, role: 'line', series: 'test_accuracy' },
      name,
    })),
  },
});

const near = (list, target) =>
  list.forEach((value, i) =>
    assert.ok(Math.abs(value - target[i]) < 1e-9, `${list} is not ${target}`),
  );

test('seeds are one line: their mean with the band of their extremes', () => {
  const [{ lines }] = panelsOf(packet(), view());
  assert.deepEqual(
    lines.map(({ text, seeds, names }) => [text, seeds, names.length]),
    [
      ['relu', 2, 2],
      ['tanh', 2, 2],
    ],
  );
  near(lines[0].y, [0, 0.15, 0.3]);
  near(lines[0].band.low, [0, 0.1, 0.2]);
  near(lines[0].band.high, [0, 0.2, 0.4]);
});

test('a hidden seed leaves the mean', () => {
  const [{ lines }] = panelsOf(packet(), view({ runs: RUNS.slice(1) }));
  assert.deepEqual([lines[0].text, lines[0].seeds, lines[0].band], ['relu · seed 1', 1, null]);
});

test('curves of different steps are joined at those of the longer, over those that came so far', () => {
  const mean = overSeeds([
    { x: [0, 10, 20, 30], y: [0, 1, 2, 3] },
    { x: [0, 20], y: [2, 4] },
  ]);
  near(mean.x, [0, 10, 20, 30]);
  near(mean.y, [1, 2, 3, 3]);
  near(mean.low, [0, 1, 2, 3]);
});

test('a seed that has just begun, with a point at every step, does not end the line of the others', () => {
  const start = { x: [0, 1, 2, 3, 4], y: [8, 6, 4, 2, 0] };
  const mean = overSeeds([start, { x: [2, 20, 40], y: [2, 1, 1] }]);
  near(mean.x, [2, 20, 40]);
  near(mean.y, [3, 1, 1]);
});

test("x is in epochs or in the run's own seconds", () => {
  near(panelsOf(packet(), view({ x: 'epoch' }))[0].lines[0].x, [0, 1, 2]);
  near(panelsOf(packet(), view({ x: 'seconds' }))[0].lines[0].x, [0, 5, 10]);
});

test('differences are taken seed from seed, from the baseline that a person chose', () => {
  const [{ lines }] = panelsOf(packet('difference'), view());
  assert.deepEqual(
    lines.map(({ text }) => text),
    ['tanh'],
  );
  near(lines[0].y, [0, 0.2, 0.4]); // 3 - 1 and 4 - 2 tenths, and twice that
  near(lines[0].band.low, [0, 0.2, 0.4]);
  const [other] = panelsOf(packet('difference'), view({ baseline: 'tanh-s1' }));
  assert.deepEqual(
    other.lines.map(({ text }) => text),
    ['relu'],
  );
});

test('smoothing leaves the line as it was behind it', () => {
  const [{ lines }] = panelsOf(packet(), view({ smooth: 0.99 }));
  near(lines[0].faint.y, [0, 0.15, 0.3]);
  assert.ok(lines[0].y[2] < 0.3 && lines[0].y[2] > 0.15);
});

const several = (names) => ({
  content: {
    layout: {
      meta: { x: 'step', y: 'number', panels: names.map((series) => ({ title: series, series })) },
    },
    data: [],
  },
});

test('a window of several series is split into a row a series and a panel a value', () => {
  const byActivation = view({ facet: 'activation' });
  byActivation.curves.set('norm', byActivation.curves.get('test_accuracy'));
  const panels = panelsOf(several(['norm', 'other']), byActivation);
  assert.deepEqual(
    panels.map(({ title, together, lines }) => [title, together, lines.map(({ text }) => text)]),
    [
      ['norm · relu', 'norm', ['relu']],
      ['norm · tanh', 'norm', ['tanh']],
      ['other · relu', 'other', []],
      ['other · tanh', 'other', []],
    ],
  );
});

test('a window that would be split into too many panels is not, and says so', () => {
  const names = Array.from({ length: MOST_PANELS / 2 + 1 }, (_, i) => `layer${i}`);
  const [byActivation, whole] = [view({ facet: 'activation' }), view()];
  assert.equal(panelsOf(several(names), byActivation).length, names.length);
  assert.match(unsplit(several(names), byActivation), /^not split by activation: 38 plots/);
  assert.equal(unsplit(several(names), whole), '');
  assert.equal(unsplit(several(names.slice(1)), byActivation), '');
});

test('a panel may hold several series, and rings of what theory expects of them', () => {
  const whole = view({ x: 'epoch' });
  whole.curves.set('norm', whole.curves.get('test_accuracy'));
  const packet = several(['a']);
  const series = [
    ['norm', 'fc1'],
    ['none', 'fc2'],
  ];
  packet.content.layout.meta.panels = [
    { title: 'spread', kind: 'decades', series, rings: { norm: 0.5, none: 0.2 } },
    { title: 'dead', kind: 'share', series },
  ];
  const [spread, dead] = panelsOf(packet, { ...whole, runs: RUNS.slice(0, 1) });
  assert.deepEqual([spread.kind, dead.kind], ['decades', 'share']);
  assert.deepEqual(
    spread.lines.map(({ series: of, ring }) => [of, ring]),
    [['norm', { x: 0, y: 0.5 }]],
  );
  assert.equal(dead.lines[0].ring, undefined);
});

test('a facet is a panel a value', () => {
  const panels = panelsOf(packet(), view({ facet: 'activation' }));
  assert.deepEqual(
    panels.map(({ title, lines }) => [title, lines.map(({ text }) => text)]),
    [
      ['relu', ['relu']],
      ['tanh', ['tanh']],
    ],
  );
});

test('a run that ended badly has a cross at its end', () => {
  const runs = [RUNS[0], { ...RUNS[2], state: 'diverged' }];
  const [{ lines }] = panelsOf(packet(), view({ runs }));
  assert.deepEqual(
    lines.map(({ marks }) => marks.length),
    [0, 1],
  );
  near([lines[1].marks[0].x, lines[1].marks[0].y], [200, 0.6]);
});

test('values that are no numbers are left out', () => {
  const odd = view();
  odd.curves.get('test_accuracy').set('relu-s0', { x: [0, 1, 2], y: [1, null, NaN] });
  assert.deepEqual(panelsOf(packet(), { ...odd, runs: [RUNS[0]] })[0].lines[0].x, [0]);
});

test('a group is called by what its runs share', () => {
  assert.equal(commonText(['relu · lr 0.1 · seed 0', 'relu · lr 0.1 · seed 1']), 'relu · lr 0.1');
  assert.equal(commonText(['a', 'b']), 'a');
});

test('where somebody acted on a run its curve has a sign, at the step and on the line', () => {
  const points = { x: [0, 10, 20], y: [3, 2, 1] };
  const run = {
    rates: [
      [15, 0.01],
      [90, 1],
    ],
    fork: ['parent', 10],
    steps_per_epoch: 10,
  };
  const marks = actsOn(run, points, 'step');
  assert.deepEqual(
    marks.map(({ x, y, symbol }) => [x, y, symbol]),
    [
      [15, 1.5, 'triangle-right'],
      [10, 2, 'diamond-open'],
    ],
  );
  assert.equal(marks[0].text, 'learning rate 0.01 from step 16 on');
  assert.deepEqual(actsOn(run, points, 'epoch')[0].x, 1.5);
  assert.deepEqual(actsOn({}, points, 'step'), []);
  assert.deepEqual(actsOn(run, { x: [], y: [] }, 'step'), []);
});
