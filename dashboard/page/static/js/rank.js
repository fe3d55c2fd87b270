/* In which order the leaderboard's rows stand. Pure.
 *
 * A row: {key, runs}. What is not known stands last, whichever way a column is sorted. */

import { allBad, meanOf } from './results.js';

/** The rows' order where nothing was chosen: the best first, then without result, then gone wrong. */
export function byResult(rows, goal = 'max') {
  const sign = goal === 'max' ? -1 : 1;
  const place = ({ runs }) => (allBad(runs) ? 2 : meanOf(runs, 'result') === null ? 1 : 0);
  return sortedBy(rows, (row) => [place(row), sign * (meanOf(row.runs, 'result') ?? 0)]);
}

/** The rows sorted by a column's value; ties keep the order of the plan. */
export function byColumn(rows, column, down, context) {
  const sign = down ? -1 : 1;
  const withValue = [];
  const without = [];
  for (const row of rows) {
    const value = column.value(row.runs, context);
    (value === null || value === undefined ? without : withValue).push([row, value]);
  }
  withValue.sort(([, a], [, b]) => sign * compare(a, b));
  return [...withValue, ...without].map(([row]) => row);
}

/** Numbers before words, numbers by size, words as a person counts. */
function compare(a, b) {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a.localeCompare(b, 'en', { numeric: true });
}

function sortedBy(rows, keysOf) {
  return rows
    .map((row) => [row, keysOf(row)])
    .sort(([, a], [, b]) => {
      const i = a.findIndex((value, place) => value !== b[place]);
      return i < 0 ? 0 : a[i] - b[i];
    })
    .map(([row]) => row);
}

/** What is sorted by after a click on a column's head: its better end first, then the other. */
export function nextSort(sort, column) {
  if (sort?.column === column.key) return { column: column.key, down: !sort.down };
  return { column: column.key, down: column.first === 'down' };
}

/** The keys in the order that is held: those there already stay, new ones follow, gone ones go. */
export function heldOrder(current, next) {
  const still = new Set(next);
  const before = new Set(current);
  return [...current.filter((key) => still.has(key)), ...next.filter((key) => !before.has(key))];
}

/** The keys from one row to another, both included, whichever comes first. */
export function between(keys, one, other) {
  const [from, to] = [keys.indexOf(one), keys.indexOf(other)].sort((a, b) => a - b);
  return from < 0 ? [other] : keys.slice(from, to + 1);
}
