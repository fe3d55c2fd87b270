/* One table of the grid: a row for each value of one setting, a column for each of another.
 *
 * Which tables there are is grid.js's, what a cell shows grid-cell.js's. A value at a side is a button. */

import { crossings, isNarrow, isSmall } from './cells.js';
import { h, setText } from './dom.js';
import { gridCell } from './grid-cell.js';
import { settingOf, valuesOf } from './results.js';
import { isOff, isolateValue, toggleValue } from './selection.js';
import { placesOf } from './shade.js';

const HEAD_PX = 92;

/** {element, show(model, others), mark(hover)}. only: {setting, value, text} of its runs, or null. */
export function gridTable(app, { rows, columns }, room, only) {
  const { headPx, cellPx } = widthsOf(rows, columns, room);
  const rowEntries = rows ? rows.values : [null];
  const cells = rowEntries.map((row) =>
    columns.values.map((column) => gridCell(app, row, column, cellPx)),
  );
  const across = columns.values.map((value) => headButton(app, columns, value));
  const down = rows ? rows.values.map((value) => headButton(app, rows, value)) : [];
  const element = h(
    'table',
    {
      class: ['grid-table', isSmall(cellPx) && 'small', isNarrow(cellPx) && 'narrow']
        .filter(Boolean)
        .join(' '),
    },
    captionOf(rows, columns, only, app.model.metric),
    h('colgroup', {}, rows ? h('col', { style: { width: `${headPx}px` } }) : null),
    h('thead', {}, topRow(rows, columns, across)),
    h('tbody', {}, ...cells.map((line, i) => bodyRow(down[i], line))),
  );
  element.style.setProperty('--rows', rowEntries.length);
  element.style.setProperty('--cell-most', `${cellPx}px`);
  return {
    element,
    show(model, others) {
      const runsByCell = crossings(runsOf(model, only), rows, columns);
      const placeOf = placesOf(model.metric, valuesOf(model.runs, 'result'));
      cells.forEach((line, i) =>
        line.forEach((cell, j) => cell.show(runsByCell.get(`${i},${j}`) ?? [], others, placeOf)),
      );
      for (const head of [...across, ...down]) head.show();
    },
    mark: (hover) => cells.flat().forEach((cell) => cell.mark(hover)),
  };
}

/** The widths in px of the heads at the left, and of a cell, in a room of so many px. */
function widthsOf(rows, columns, room) {
  const longest = rows ? Math.max(...rows.values.map(({ text }) => text.length)) : 0;
  const headPx = rows ? Math.min(HEAD_PX, 26 + longest * 7, room / 3) : 0;
  return { headPx, cellPx: (room - headPx) / columns.values.length };
}

function captionOf(rows, columns, only, metric) {
  return h(
    'caption',
    { class: only ? 'grid-caption' : 'unseen' },
    only
      ? `${only.setting.text} ${only.text}`
      : `${metric.text} by ${rows ? `${rows.text} and ` : ''}${columns.text}`,
  );
}

function topRow(rows, columns, heads) {
  return h(
    'tr',
    {},
    rows ? h('td', { class: 'corner', title: `${rows.text} by ${columns.text}` }) : null,
    ...heads.map((head) => h('th', { scope: 'col' }, head.element)),
  );
}

function bodyRow(head, cells) {
  return h(
    'tr',
    {},
    head ? h('th', { scope: 'row' }, head.element) : null,
    ...cells.map((cell) => cell.element),
  );
}

function runsOf(model, only) {
  if (!only) return model.runs;
  const valueKey = JSON.stringify(only.value);
  return model.runs.filter((run) => JSON.stringify(settingOf(run, only.setting.key)) === valueKey);
}

/** A value at the side: a click leaves it alone; the small button hides it, or shows it again. */
function headButton(app, setting, { value, text }) {
  const { state } = app;
  const isolate = () => state.set({ off: isolateValue(state.get('off'), setting, value) });
  const hide = () => state.set({ off: toggleValue(state.get('off'), setting.key, value) });
  const main = h(
    'button',
    {
      type: 'button',
      class: 'grid-value',
      title: `only ${setting.text} ${text}`,
      onclick: isolate,
    },
    ...withBreaks(text),
  );
  const small = h('button', { type: 'button', class: 'grid-hide', onclick: hide });
  const element = h('span', { class: 'grid-head' }, main, small);
  return {
    element,
    show() {
      const off = isOff(state.get('off'), setting.key, value);
      element.classList.toggle('off', off);
      setText(small, off ? '+' : '−');
      small.title = `${off ? 'show' : 'hide'} ${setting.text} ${text}`;
      small.setAttribute('aria-label', small.title);
    },
  };
}

/** A long name may break within. */
function withBreaks(text) {
  return text.split(/(?<=[_:=,])/).flatMap((piece, i) => (i ? [h('wbr'), piece] : [piece]));
}
