/* The rows of the leaderboard: made once, then only what differs in them is changed.
 *
 * A row tells what was done to it through the `doings` it is given; which rows there are, and in
 * which order, is leaderboard.js's. */
import { h, setAttributes, setText, svg } from './dom.js';
import { popover } from './help.js';
import { isTicked } from './selection.js';
import { swatch } from './swatch.js';
import { whyNumbers, whyWords } from './why.js';

/**
 * A row: {element, row, show(runs, view), hover(yes)}.
 * row: {key, parent: key of its group or null, several}; doings: {tick(row, on, range),
 * open(row), baseline(row)}; view: {columns, context, look, choices, isVisible(name), address(path), open}.
 */
export function boardRow(row, columns, doings) {
  const element = h('tr', {
    class: row.parent ? 'seed-row' : 'group-row',
    dataset: { row: row.key },
  });
  const parts = [
    tickCell(row, doings),
    ...columns.map((column) => CELLS[column.kind](column, row, doings)),
  ];
  const places = [parts[0], parts[1], lookCell(), ...parts.slice(2)]; // tick, number, look, settings …
  element.append(...places.map((part) => part.element));
  return {
    element,
    row,
    show(runs, view) {
      element.classList.toggle('not-ticked', !runs.some((run) => view.isVisible(run.name)));
      for (const part of places) part.show(runs, view);
    },
    hover: (yes) => element.classList.toggle('hovered', yes),
  };
}

function tickCell(row, doings) {
  const box = h('input', { type: 'checkbox', class: 'tick' });
  box.addEventListener('click', (event) => doings.tick(row, box.checked, event.shiftKey));
  const opener = row.several
    ? h(
        'button',
        {
          type: 'button',
          class: 'opener',
          'aria-expanded': 'false',
          onclick: () => doings.open(row),
        },
        '▸',
      )
    : null;
  const element = h('td', { class: 'tick-cell' }, box, opener);
  let last = '';
  return {
    element,
    show(_runs, { choices, open }) {
      const tickedCount = row.runs.filter((run) => isTicked(choices, run.number)).length;
      box.checked = tickedCount === row.runs.length;
      box.indeterminate = tickedCount > 0 && tickedCount < row.runs.length;
      const text = `${row.name} ${open}`;
      if (text === last) return;
      last = text;
      box.setAttribute('aria-label', `show ${row.name}`);
      if (!opener) return;
      opener.setAttribute('aria-expanded', String(open));
      opener.setAttribute('aria-label', `the ${row.runs.length} runs of ${row.name}`);
      setText(opener, open ? '▾' : '▸');
    },
  };
}

function lookCell() {
  const picture = swatch();
  return {
    element: h('td', { class: 'look-cell' }, picture.element),
    show: (runs, { look }) => picture.show(look(runs[0])),
  };
}

const CELLS = {
  text: textCell,
  number: textCell,
  name: nameCell,
  delta: deltaCell,
  dots: dotsCell,
  state: stateCell,
  verdict: verdictCell,
};

/** Words that change in place: {nodes, show(cell) -> whether anything changed}. */
function words() {
  const text = document.createTextNode('');
  const small = h('small');
  let last = null;
  return {
    nodes: [text, small],
    show(cell) {
      const key = `${cell.text}\n${cell.small ?? ''}\n${cell.tone ?? ''}\n${cell.title ?? ''}`;
      if (key === last) return false;
      last = key;
      text.data = cell.text;
      setText(small, cell.small ?? '');
      return true;
    },
  };
}

function dress(element, column, cell) {
  element.className =
    `${column.right ? 'right' : ''} ${cell.tone ? `tone-${cell.tone}` : ''}`.trim();
  if (cell.title) element.title = cell.title;
  else element.removeAttribute('title');
}

function textCell(column) {
  const content = words();
  const element = h('td', {}, ...content.nodes);
  return {
    element,
    show(runs, { context }) {
      const cell = column.cell(runs, context);
      if (content.show(cell)) dress(element, column, cell);
    },
  };
}

/** The first setting: the row's head, and the link to the run's own page. */
function nameCell(column, row) {
  const content = words();
  const link = h('a', {}, ...content.nodes);
  const element = h('th', { scope: 'row', class: 'name-cell' }, link);
  let last = '';
  return {
    element,
    show(runs, { context, address }) {
      const cell = column.cell(runs, context);
      const seed = row.parent
        ? { text: `seed ${runs[0].config.seed ?? ''}`, title: runs[0].name }
        : null;
      if (content.show(seed ?? cell)) link.title = `${cell.text}: open the page of ${runs[0].name}`;
      const href = address(`/env/${encodeURIComponent(runs[0].environment)}`);
      if (href !== last) link.setAttribute('href', (last = href));
    },
  };
}

/** The difference from the baseline, and the button that makes the row the baseline. */
function deltaCell(column, row, doings) {
  const content = words();
  const button = h(
    'button',
    { type: 'button', class: 'baseline', onclick: () => doings.baseline(row) },
    '◎',
  );
  const value = h('span', {}, ...content.nodes);
  const element = h('td', { class: 'right delta-cell' }, value, button);
  let last = '';
  return {
    element,
    show(runs, { context }) {
      const cell = column.cell(runs, context);
      if (content.show(cell)) dress(value, {}, cell);
      const text = `${cell.isBaseline} ${row.name}`;
      if (text === last) return;
      last = text;
      element.classList.toggle('is-baseline', cell.isBaseline);
      setText(button, cell.isBaseline ? '◉' : '◎');
      button.setAttribute('aria-pressed', String(cell.isBaseline));
      button.setAttribute('aria-label', `compare with ${row.name}`);
      button.title = cell.isBaseline ? 'the baseline' : 'make this the baseline';
    },
  };
}

/** The seeds as dots on the table's scale, filled where they lie on it; a line at their mean. */
function dotsCell(column) {
  const line = svg('line', { y1: 2, y2: 14 });
  const picture = svg('svg', { class: 'dots', role: 'img', viewBox: '0 0 104 16' }, line);
  const element = h('td', { class: 'dots-cell' }, picture);
  let last = '';
  return {
    element,
    show(runs, { context }) {
      const cell = column.cell(runs, context);
      const key = JSON.stringify(cell);
      if (key === last) return;
      last = key;
      const x = (share) => 4 + 96 * share;
      const dots = cell.dots.map(({ at, out }) =>
        svg('circle', { cx: x(at), cy: 8, r: 3, class: out ? 'out' : undefined }),
      );
      picture.replaceChildren(...(cell.mean === null ? [] : [line]), ...dots);
      setAttributes(line, { x1: x(cell.mean ?? 0), x2: x(cell.mean ?? 0) });
      picture.setAttribute('aria-label', cell.text);
      element.title = cell.text;
    },
  };
}

function stateCell(column) {
  const content = words();
  const fill = h('i');
  const bar = h('span', { class: 'bar', hidden: true, 'aria-hidden': 'true' }, fill);
  const element = h('td', { dataset: { acts: '' } }, ...content.nodes, bar);
  let last = '';
  return {
    element,
    show(runs, { context }) {
      const cell = column.cell(runs, context);
      if (content.show(cell)) dress(element, column, cell);
      const width =
        cell.share === null || cell.share === undefined ? '' : `${(100 * cell.share).toFixed(0)}%`;
      if (width === last) return;
      last = width;
      bar.hidden = !width;
      fill.style.width = width;
    },
  };
}

function verdictCell(column, row) {
  const content = words();
  const button = h('button', { type: 'button', class: 'verdict' }, ...content.nodes);
  const element = h('td', {}, button);
  popover(button, () => evidence(row.visibleRuns ?? row.runs), 'verdict');
  return {
    element,
    show(runs, { context }) {
      row.visibleRuns = runs;
      const cell = column.cell(runs, context);
      if (!content.show(cell)) return;
      dress(button, {}, cell);
      button.classList.add('verdict');
    },
  };
}

/** Every run's verdict with its reason, what to try and the numbers behind it. */
function evidence(runs) {
  const entries = runs
    .filter((run) => run.verdict)
    .flatMap(({ number, verdict }) => [
      h('dt', {}, runs.length > 1 ? `run ${number}: ${verdict.text}` : verdict.text),
      h('dd', {}, ...whyWords(verdict), whyNumbers(verdict)),
    ]);
  return h('dl', { class: 'evidence' }, ...entries);
}
