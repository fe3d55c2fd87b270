/* The grid: a table of the results over two settings, from the model.
 *
 * What a cell says is cells.js's, its colour shade.js's. A cell keeps showing its runs, pale, while
 * they are not seen elsewhere, so that a click can bring them back. */

import { cellOf, crossings, linesOf, sentenceOf, sidesOf } from './cells.js';
import { h, setText } from './dom.js';
import { settingOf, valuesOf } from './results.js';
import { isOff, isolateValue, onlyThese, toggleValue } from './selection.js';
import { inkOn, placesOf, resultColour } from './shade.js';

const SHOWS = ['model', 'theme', 'off', 'q', 'only', 'not', 'facet'];
const SMALL_PX = 62; // a narrower cell says its result in two digits
const MOST_EACH = 6; // values of a third setting that get a grid each
const HEAD_PX = 92;

export function create(app) {
  const element = h('div', { class: 'grid-view' });
  const note = h('p', { class: 'grid-note', hidden: true });
  const tables = h('div', { class: 'grid-tables' });
  element.append(note, tables);
  const toggle = h('button', { type: 'button', class: 'tool', hidden: true });
  let each = null; // one grid for each value of the third setting; null: as the page's facet says
  let shownKey = '';
  let parts = [];
  let width = 0;

  toggle.addEventListener('click', () => {
    each = !isEach();
    draw();
  });
  new ResizeObserver(([entry]) => {
    const now = Math.round(entry.contentRect.width);
    if (now === width) return;
    width = now;
    draw();
  }).observe(element);

  const third = ({ others }) =>
    others.length === 1 && others[0].values.length <= MOST_EACH ? others[0] : null;
  const isEach = () => each ?? app.state.get('facet') === third(sidesOf(app.model))?.key;

  function draw() {
    if (app.model?.kind !== 'compare') return;
    const sides = sidesOf(app.model);
    if (!sides.columns) return say('A single run: nothing to cross.');
    const facet = third(sides);
    toggle.hidden = !facet;
    const apart = facet && isEach() ? facet : null;
    setText(
      toggle,
      apart ? `best over ${facet.text}` : facet ? `one grid for each ${facet.text}` : '',
    );
    say(
      !apart && sides.others.length
        ? `best over ${sides.others.map(({ text }) => text).join(', ')}`
        : '',
    );
    build(sides, apart);
    for (const part of parts) part.show(app.model, apart ? [] : sides.others);
    mark();
  }

  function say(text) {
    note.hidden = !text;
    setText(note, text);
  }

  function build(sides, apart) {
    const key = JSON.stringify([sides.rows, sides.columns, apart, width, app.model.metric.text]);
    if (key === shownKey) return;
    shownKey = key;
    const values = apart ? apart.values : [null];
    element.classList.toggle('apart', Boolean(apart));
    const room = apart
      ? Math.max(220, width / Math.min(values.length, Math.max(1, Math.floor(width / 240))))
      : width;
    parts = values.map((value) =>
      gridTable(app, sides, room, value && { setting: apart, ...value }),
    );
    tables.replaceChildren(...parts.map((part) => part.element));
  }

  function mark() {
    const hover = app.state.get('hover');
    for (const part of parts) part.mark(hover);
  }

  return {
    element,
    tools: [toggle],
    update(packet, why) {
      if (packet || SHOWS.some((key) => why.has(key))) draw();
      else if (why.has('hover')) mark();
    },
  };
}

/** One table. only: {setting, value, text} of the runs it is about, or null. */
function gridTable(app, { rows, columns }, room, only) {
  const rowEntries = rows ? rows.values : [null];
  const longest = rows ? Math.max(...rows.values.map(({ text }) => text.length)) : 0;
  const headPx = rows ? Math.min(HEAD_PX, 34 + longest * 7, room / 3) : 0;
  const cellPx = (room - headPx) / columns.values.length;
  const small = cellPx < SMALL_PX;
  const cells = rowEntries.map((row) =>
    columns.values.map((column) => gridCell(app, row, column, small)),
  );
  const heads = [
    ...columns.values.map((value) => headButton(app, columns, value)),
    ...(rows ? rows.values.map((value) => headButton(app, rows, value)) : []),
  ];
  const top = h(
    'tr',
    {},
    rows ? h('td', { class: 'corner', title: `${rows.text} by ${columns.text}` }) : null,
    ...heads.slice(0, columns.values.length).map((head) => h('th', { scope: 'col' }, head.element)),
  );
  const body = cells.map((line, i) =>
    h(
      'tr',
      {},
      rows ? h('th', { scope: 'row' }, heads[columns.values.length + i].element) : null,
      ...line.map((cell) => cell.element),
    ),
  );
  const caption = h(
    'caption',
    { class: only ? 'grid-caption' : 'unseen' },
    only
      ? `${only.setting.text} ${only.text}`
      : `${app.model.metric.text} by ${rows ? `${rows.text} and ` : ''}${columns.text}`,
  );
  const columnGroup = h(
    'colgroup',
    {},
    rows ? h('col', { style: { width: `${headPx}px` } }) : null,
  );
  const element = h(
    'table',
    { class: `grid-table${small ? ' small' : ''}` },
    caption,
    columnGroup,
    h('thead', {}, top),
    h('tbody', {}, ...body),
  );
  element.style.setProperty('--rows', rowEntries.length);
  element.style.setProperty('--cell-most', `${cellPx}px`);
  return {
    element,
    show(model, others) {
      const runs = only
        ? model.runs.filter(
            (run) =>
              JSON.stringify(settingOf(run, only.setting.key)) === JSON.stringify(only.value),
          )
        : model.runs;
      const crossed = crossings(runs, rows, columns);
      const place = placesOf(model.metric, valuesOf(model.runs, 'result'));
      cells.forEach((line, i) =>
        line.forEach((cell, j) => cell.show(crossed.get(`${i},${j}`) ?? [], others, place)),
      );
      heads.forEach((head) => head.show());
    },
    mark: (hover) => cells.flat().forEach((cell) => cell.mark(hover)),
  };
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

/** A long name may break after an underscore. */
function withBreaks(text) {
  return text.split(/(?<=_)/).flatMap((piece, i) => (i ? [h('wbr'), piece] : [piece]));
}

function gridCell(app, row, column, small) {
  const lines = ['cell-main', 'cell-detail', 'cell-state'].map((css) => h('span', { class: css }));
  const fill = h('i');
  const bar = h('span', { class: 'bar' }, fill);
  const button = h('button', { type: 'button', class: 'cell' }, ...lines, bar);
  const element = h('td', {}, button);
  const place = [row, column]
    .filter(Boolean)
    .map(({ text }) => text)
    .join(', ');
  const numbers = () => runs.map((run) => run.number);
  let runs = [];
  let shown = '';
  button.addEventListener(
    'click',
    () => runs.length && app.state.set(onlyThese({ only: app.state.get('only') }, numbers())),
  );
  button.addEventListener('pointerenter', () =>
    app.state.set({ hover: new Set(runs.map((run) => run.name)) }),
  );
  button.addEventListener('pointerleave', () => app.state.set({ hover: null }));

  function show(all, others, placeOf) {
    runs = all;
    const visible = all.filter((run) => app.isVisible(run.name));
    const cell = cellOf(visible.length ? visible : all, others, app.model.metric.goal);
    const said = linesOf(cell, small);
    const pale = !visible.length;
    const ground =
      cell.mean === null || pale ? '' : resultColour(placeOf(cell.mean), app.dark());
    const share = cell.share === null ? '' : `${Math.round(100 * cell.share)}%`;
    const key = JSON.stringify([
      said,
      ground,
      share,
      pale,
      cell.bad.length,
      cell.state,
      all.length,
    ]);
    if (key === shown) return;
    shown = key;
    lines.forEach((line, i) => setText(line, said[i]));
    button.disabled = !all.length;
    button.title = sentenceOf(cell, place, app.model.metric.text);
    button.setAttribute('aria-label', button.title);
    button.style.background = ground;
    button.style.color = ground ? inkOn(ground) : '';
    const queued = cell.mean === null && !cell.bad.length && cell.state === 'queued';
    const css = {
      pale,
      bad: cell.bad.length && cell.mean === null,
      partly: cell.bad.length && cell.mean !== null,
      queued,
    };
    for (const [name, on] of Object.entries(css)) button.classList.toggle(name, Boolean(on));
    bar.hidden = !share;
    fill.style.width = share;
  }

  function mark(hover) {
    button.classList.toggle('hovered', Boolean(hover) && runs.some((run) => hover.has(run.name)));
  }
  return { element, show, mark };
}
