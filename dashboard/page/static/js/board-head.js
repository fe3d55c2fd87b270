/* The head of the leaderboard: a box for all rows, and a button to sort in every column. */
import { h, setText } from './dom.js';
import { explainButton } from './help.js';

const TICK_PX = 48;
const LOOK_PX = 46;

/** {columns, element, show({sort, all, some})}; doings: {sort(column), tickAll(on)}. */
export function boardHead(columns, doings) {
  const box = h('input', { type: 'checkbox', class: 'tick', 'aria-label': 'show all runs' });
  box.addEventListener('click', () => doings.tickAll(box.checked));
  const heads = columns.map((column) => columnHead(column, doings));
  const look = h(
    'th',
    { scope: 'col', class: 'look-cell' },
    h('span', { class: 'unseen' }, 'look'),
  );
  const tick = h('th', { scope: 'col', class: 'tick-cell' }, box);
  const [first, ...rest] = heads.map((head) => head.element);
  return {
    cols: widths(columns),
    element: h('thead', {}, h('tr', {}, tick, first, look, ...rest)),
    show({ sort, all, some }) {
      box.checked = all;
      box.indeterminate = some && !all;
      for (const head of heads) head.show(sort);
    },
  };
}

function columnHead(column, doings) {
  const arrow = h('span', { class: 'arrow', 'aria-hidden': 'true' });
  const button = h(
    'button',
    { type: 'button', class: 'sort', onclick: () => doings.sort(column) },
    column.title,
    arrow,
  );
  if (column.help) button.title = column.help;
  const explain = column.help ? explainButton(column.title, column.help) : null;
  const css = `${column.right ? 'right' : ''} ${column.kind === 'name' ? 'name-cell' : ''}`.trim();
  const element = h(
    'th',
    { scope: 'col', class: css, dataset: { column: column.key } },
    button,
    explain,
  );
  return {
    element,
    show(sort) {
      const mine = sort?.column === column.key;
      const order = mine ? (sort.down ? 'descending' : 'ascending') : 'none';
      if (element.getAttribute('aria-sort') !== order) element.setAttribute('aria-sort', order);
      setText(arrow, mine ? (sort.down ? '▼' : '▲') : '');
    },
  };
}

/** Widths that no update changes: the columns' own, in characters. */
function widths(columns) {
  const col = (width) => h('col', { style: { width } });
  const own = columns.map((column) => col(`calc(${column.width}ch + 12px)`));
  const group = h(
    'colgroup',
    {},
    col(`${TICK_PX}px`),
    own[0],
    col(`${LOOK_PX}px`),
    ...own.slice(1),
  );
  const characters = columns.reduce((sum, column) => sum + column.width, 0);
  return { group, total: `calc(${characters}ch + ${TICK_PX + LOOK_PX + 12 * columns.length}px)` };
}
