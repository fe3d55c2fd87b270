/* What stands in the cells of the grid. Pure; drawing is grid-cell.js's.
 *
 * ± is over seeds and nothing else: where more settings vary than a grid has sides, a cell shows the
 * best choice of them and says which it is. */

import { fixed, percent, plusMinus, result } from './numbers.js';
import { settingOf, spread, underWay, valuesOf } from './results.js';
import { isShort, isWrong, LOUDEST_FIRST, STATES } from './states.js';

const SMALL_PX = 62;
const NARROW_PX = 84;
/** States that a cell names where it has no better news. */
const QUIET = LOUDEST_FIRST.filter((state) => ['', 'warn'].includes(STATES[state].tone));

/** {rows, columns, others}: the settings of a model's grid, and those that vary beside them. */
export function sidesOf(model) {
  const byKey = new Map(model.settings.map((setting) => [setting.key, setting]));
  const keys = (model.grid ?? []).filter((key) => byKey.has(key));
  const columns = byKey.get(keys.at(-1)) ?? null;
  const rows = keys.length > 1 ? byKey.get(keys[0]) : null;
  const others = model.settings.filter(({ key }) => key !== 'seed' && !keys.includes(key));
  return { rows, columns, others };
}

/**
 * The cells of a grid by the places of row and column: Map 'row,column' -> runs.
 * Runs with a value that no side knows are left out.
 */
export function crossings(runs, rows, columns) {
  const cells = new Map();
  const placesOf = (side) =>
    side && new Map(side.values.map(({ value }, i) => [JSON.stringify(value), i]));
  const [rowPlaces, columnPlaces] = [placesOf(rows), placesOf(columns)];
  const place = (places, side, run) =>
    side ? places.get(JSON.stringify(settingOf(run, side.key) ?? null)) : 0;
  for (const run of runs) {
    const [row, column] = [place(rowPlaces, rows, run), place(columnPlaces, columns, run)];
    if (row === undefined || column === undefined) continue;
    const key = `${row},${column}`;
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key).push(run);
  }
  return cells;
}

/**
 * What a cell comes to: {runs, mean, std, n, at: settings' values of the best choice or '', bad,
 * share, state}. others: the settings that vary within it beside the seed; goal: of the metric.
 */
export function cellOf(runs, others, goal = 'max') {
  const groups = new Map();
  for (const run of runs) {
    if (!groups.has(run.group)) groups.set(run.group, []);
    groups.get(run.group).push(run);
  }
  const well = (members) =>
    valuesOf(
      members.filter((run) => !isWrong(run)),
      'result',
    );
  const choices = [...groups.values()]
    .map((members) => ({ members, ...spread(well(members)) }))
    .filter(({ n }) => n);
  const sign = goal === 'max' ? 1 : -1;
  const best = choices.reduce((a, b) => (a && sign * a.mean >= sign * b.mean ? a : b), null);
  return {
    runs,
    mean: best?.mean ?? null,
    std: best?.std ?? null,
    n: best?.n ?? 0,
    at:
      best && groups.size > 1
        ? others.map((setting) => textOf(setting, best.members[0])).join(' · ')
        : '',
    bad: runs.filter(isWrong),
    share: underWay(runs),
    state: QUIET.find((state) => runs.some((run) => run.state === state)) ?? '',
  };
}

function textOf(setting, run) {
  const value = settingOf(run, setting.key);
  const entry = setting.values.find(
    (other) => JSON.stringify(other.value) === JSON.stringify(value ?? null),
  );
  return entry?.text ?? String(value);
}

/** A result in a narrow cell: two digits. */
function brief(value) {
  const size = Math.abs(value);
  if (size >= 0.01 && size < 10) return fixed(value, 2).replace(/^0/, '');
  return String(Number(value.toPrecision(2)));
}

/** The lines a cell so wide shows: [main, detail, state]; '' where there is nothing to say. */
export function linesOf(cell, widthPx) {
  if (isSmall(widthPx)) return [cell.mean === null ? signOf(cell) : brief(cell.mean), '', ''];
  const main = cell.mean === null ? '' : result(cell.mean);
  return [main, detailOf(cell, widthPx), stateLine(cell, main)];
}

/** Whether there is room for two digits only. */
export const isSmall = (widthPx) => widthPx < SMALL_PX;

/** Whether ± is said without the number of seeds, which stands in the tooltip. */
export const isNarrow = (widthPx) => widthPx < NARROW_PX;

function detailOf({ at, mean, std, n }, widthPx) {
  if (at) return `at ${at}`;
  if (std === null) return '';
  return `${plusMinus(mean, std)}${isNarrow(widthPx) ? '' : ` (${n})`}`;
}

function signOf({ bad, share, state }) {
  if (bad.length) return bad.some((run) => run.state === 'failed') ? '!' : '✕';
  return share !== null ? percent(share).replace(' ', '') : state ? '…' : '';
}

function stateLine(cell, main) {
  const { bad, runs, share, state } = cell;
  if (bad.length) {
    const kinds = new Set(bad.map((run) => run.state));
    if (bad.length < runs.length) return `${signOf(cell)} ${bad.length} of ${runs.length}`;
    return `${signOf(cell)} ${kinds.size === 1 ? [...kinds][0] : 'bad'}`;
  }
  if (share !== null) return percent(share);
  return main && !runs.every(isShort) ? '' : state;
}

/** The cell in a sentence, for its tooltip and for who cannot see it. text: the metric's name. */
export function sentenceOf(cell, place, text) {
  const { mean, std, n, at, bad, runs, share, state } = cell;
  const parts = [];
  if (mean !== null)
    parts.push(
      `${text} ${result(mean)}${std === null ? '' : ` ${plusMinus(mean, std)} over ${n} seeds`}${at ? ` at ${at}, the best of it` : ''}`,
    );
  if (bad.length)
    parts.push(
      `${bad.length} of ${runs.length} ${[...new Set(bad.map((run) => run.state))].join(' or ')}`,
    );
  if (share !== null) parts.push(`${percent(share)} done`);
  if (!parts.length) parts.push(state || 'no result');
  return `${place}: ${parts.join(', ')}`;
}
