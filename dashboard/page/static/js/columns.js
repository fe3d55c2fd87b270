/* COLUMNS of the leaderboard: for each what it is worth (to sort by), what it says, how wide it is.
 *
 * Pure: a column is a function of the runs of a row, which differ in nothing but their seed. How a
 * state, a verdict or a time are worded is column-cells.js's, how a cell is drawn board-rows.js's; the
 * titles and their explanations come with the model. */

import { bestCell, speedOf, stateCell, timeCell, timeOf, verdictCell } from './column-cells.js';
import { hasPlaces } from './intervals.js';
import { duration, NOTHING, percent, plusMinus, result, whole } from './numbers.js';
import { meanOf, settingOf, spread, stateOf, valuesOf } from './results.js';
import { deltaColumn, PLACE, seedsColumn } from './seed-columns.js';
import { ranges } from './state.js';

const SETTING = 'setting:';
const MOST_SETTING_CH = 18;

/**
 * The columns of a model's leaderboard, in order: {key, kind, title, help, width (in characters),
 * right, first ('down' or 'up': the better end, which the first click puts on top), fixed (cannot be
 * hidden), value(runs, context), cell(runs, context) -> {text, small?, tone?, title?, share?},
 * exports?: [[title, value(runs, context)]]}.
 * context: {delta(runs), paired(runs), baseline: run name, scale: of the dots, model}.
 */
export function columnsOf(model) {
  const keys = settingKeys(model);
  return [
    { key: 'number', kind: 'text', title: 'run', width: 6, fixed: true, first: 'up', ...NUMBER },
    ...keys.map((key, i) => settingColumn(model, key, i === 0)),
    ...(hasPlaces(model) ? [PLACE] : []),
    ...results(model),
    ...(model.milestones ?? []).map((mark) => milestoneColumn(mark, model.metric)),
    ...LAST,
  ].map((column) => withWords(column, model.columns?.[column.words ?? column.key]));
}

/** The settings that have a column: those that vary, but the seed only where nothing else does. */
function settingKeys(model) {
  const keys = model.settings.map((setting) => setting.key);
  const others = keys.filter((key) => key !== 'seed');
  return others.length ? others : keys.length ? keys : [null];
}

function withWords(column, words) {
  const title = (words?.title ?? column.title ?? column.key).replace('{mark}', column.mark ?? '');
  return {
    help: words?.help ?? '',
    right: column.kind === 'number',
    first: 'down',
    ...column,
    title,
  };
}

const NUMBER = {
  value: (runs) => runs[0].number,
  cell: (runs) => ({
    text: ranges(runs.map((run) => run.number))
      .replaceAll('.', ', ')
      .replaceAll('-', '–'),
  }),
};

/** The runs' value of one setting as the model words it; the run's name where none varies. */
function settingColumn(model, key, first) {
  const setting = model.settings.find((entry) => entry.key === key);
  const texts = new Map(
    (setting?.values ?? []).map((entry) => [JSON.stringify(entry.value), entry.text]),
  );
  const textOf = (run) =>
    key === null ? run.name : (texts.get(JSON.stringify(settingOf(run, key) ?? null)) ?? NOTHING);
  const title = setting?.text ?? 'run';
  const longest = Math.max(
    title.length + 2,
    ...[...texts.values()].map((text) => text.length),
    key === null ? 16 : 5,
  );
  return {
    key: `${SETTING}${key ?? 'name'}`,
    kind: first ? 'name' : 'text',
    fixed: first,
    title,
    help: setting ? `What the run was given as ${setting.key}.` : 'The name of the run.',
    first: 'up',
    width: Math.min(MOST_SETTING_CH, longest) + 1,
    value: (runs) => sortable(key === null ? runs[0].name : settingOf(runs[0], key)),
    cell: (runs) => ({ text: textOf(runs[0]), title: textOf(runs[0]) }),
  };
}

function sortable(value) {
  if (value === null || value === undefined) return null;
  return typeof value === 'number' ? value : String(value);
}

/** The metric with its difference, state, verdict and best; then the other results. */
function results({ metric, measures, groups }) {
  const several = groups.some((group) => group.length > 1);
  const [main, ...others] = measures;
  const first = metric.goal === 'min' ? 'up' : 'down';
  return [
    resultColumn(metric, several, first),
    ...publishedColumns(main),
    ...(several ? [seedsColumn(first)] : []),
    deltaColumn(metric, first, several),
    ...JUDGED,
    {
      key: 'best',
      kind: 'number',
      first,
      width: 12,
      value: (runs) => meanOf(runs, 'best'),
      cell: bestCell,
    },
    ...others.flatMap((each, i) => [measureColumn(each, i + 1), ...publishedColumns(each)]),
  ];
}

function resultColumn(metric, several, first) {
  return {
    key: 'result',
    kind: 'number',
    fixed: true,
    first,
    width: Math.max(several ? 18 : 9, 3 + Math.min(MOST_SETTING_CH, metric.text.length)),
    value: (runs) => meanOf(runs, 'result'),
    cell(runs) {
      const { mean, std, n } = spread(valuesOf(runs, 'result'));
      return {
        text: result(mean),
        small: std === null ? '' : ` ${plusMinus(mean, std)} (${n})`,
        tone: 'main',
      };
    },
    exports: [
      [metric.text, (runs) => meanOf(runs, 'result')],
      ['std over seeds', (runs) => spread(valuesOf(runs, 'result')).std],
      ['seeds', (runs) => valuesOf(runs, 'result').length],
    ],
  };
}

const JUDGED = [
  {
    key: 'state',
    kind: 'state',
    width: 13,
    first: 'up',
    value: (runs) => stateOf(runs).state,
    cell: stateCell,
  },
  {
    key: 'verdict',
    kind: 'verdict',
    width: 19,
    first: 'up',
    value: (runs) => verdictCell(runs).text,
    cell: verdictCell,
  },
];

/** Another result than the metric; place: in every run's `measured`. */
function measureColumn({ name, title, help, goal }, place) {
  const mean = (runs) =>
    spread(runs.map((run) => run.measured[place]).filter(Number.isFinite)).mean;
  return {
    key: `measure:${name}`,
    title,
    help,
    kind: 'number',
    first: goal === 'max' ? 'down' : 'up',
    width: Math.max(10, 2 + Math.min(MOST_SETTING_CH, title.length)),
    value: mean,
    cell: (runs) => ({ text: result(mean(runs)) }),
  };
}

/** What was published of a result, if anything was. */
function publishedColumns({ name, title, published }) {
  if (!Number.isFinite(published)) return [];
  return [
    {
      key: `published:${name}`,
      title: 'published',
      kind: 'number',
      width: 11,
      help: `What the source of the recipe published as its ${title}.`,
      value: () => published,
      cell: () => ({ text: result(published) }),
      exports: [[`published ${title}`, () => published]],
    },
  ];
}

/** The step at which a milestone was reached, as a mean of the seeds that did. */
function milestoneColumn(mark, metric) {
  const hits = (runs) => runs.map((run) => run.reached?.[mark]).filter(Boolean);
  const mean = (runs, place) =>
    spread(
      hits(runs)
        .map((hit) => hit[place])
        .filter(Number.isFinite),
    ).mean;
  return {
    key: `reached:${mark}`,
    words: 'reached',
    mark: metric.share ? percent(mark) : String(mark),
    kind: 'number',
    first: 'up',
    width: 15,
    value: (runs) => mean(runs, 0),
    cell(runs) {
      const count = hits(runs).length;
      if (!count) return { text: NOTHING };
      const some = count < runs.length ? ` ${count}/${runs.length}` : '';
      return { text: whole(mean(runs, 0)), small: ` · ${duration(mean(runs, 1))}${some}` };
    },
  };
}

const LAST = [
  {
    key: 'speed',
    kind: 'number',
    width: 10,
    value: (runs) => speedOf(runs),
    cell: (runs) => ({ text: whole(speedOf(runs)) }),
  },
  {
    key: 'eta',
    kind: 'number',
    first: 'up',
    width: 13,
    value: (runs) => timeOf(runs).seconds,
    cell: timeCell,
  },
];
