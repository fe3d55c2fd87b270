/* A matrix of classes as a table: true ones down, what they are taken for across.
 *
 * Of one run its counts; of two the difference, in orange where the first has more and in blue where
 * the other has. A cell is a button. Asks nothing of the server. */
import { h } from './dom.js';

/** onCell(label, guess); cell: [label, guess] that is chosen, or null; difference: of two runs. */
export function matrixTable(classes, counts, { onCell, cell = null, difference = false }) {
  const totals = counts.map((row) => row.reduce((sum, n) => sum + Math.abs(n), 0));
  const most = Math.max(1, ...counts.flat().map(Math.abs));
  const everSaid = classes.map((_, j) => counts.some((row) => row[j] !== 0));
  const head = h(
    'tr',
    {},
    h('th', { class: 'corner', scope: 'col' }, h('span', {}, 'said →'), h('span', {}, 'true ↓')),
    ...classes.map((name, j) =>
      h(
        'th',
        { scope: 'col', class: everSaid[j] || difference ? '' : 'never', title: name },
        name,
        everSaid[j] || difference ? null : h('small', {}, 'never'),
      ),
    ),
  );
  const rows = counts.map((row, i) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row', title: classes[i] }, classes[i]),
      ...row.map((count, j) => {
        const isChosen = cell?.[0] === i && cell?.[1] === j;
        const share = difference ? Math.abs(count) / most : count / Math.max(1, totals[i]);
        return cellOf(classes, i, j, count, { share, isChosen, difference, onCell });
      }),
    ),
  );
  const table = h('table', { class: 'matrix' }, h('thead', {}, head), h('tbody', {}, ...rows));
  table.addEventListener('click', ({ target }) => {
    for (const other of table.querySelectorAll('[aria-pressed="true"]'))
      other.setAttribute('aria-pressed', 'false');
    target.closest('button')?.setAttribute('aria-pressed', 'true');
  });
  table.addEventListener('keydown', (event) => moveIn(table, event));
  return table;
}

function cellOf(classes, i, j, count, { share, isChosen, difference, onCell }) {
  const kind = difference ? (count > 0 ? 'more' : 'less') : i === j ? 'right' : 'wrong';
  const sign = difference && count > 0 ? '+' : '';
  const text = count ? `${sign}${count.toLocaleString('en')}`.replace('-', '−') : '';
  const button = h(
    'button',
    {
      type: 'button',
      class: `matrix-cell ${kind}`,
      'aria-pressed': isChosen,
      'aria-label': `${classes[i]} taken for ${classes[j]}: ${text || 0}`,
      tabindex: i || j ? -1 : 0,
      onclick: () => onCell(i, j),
    },
    text,
  );
  if (!isChosen) button.setAttribute('aria-pressed', 'false');
  button.style.setProperty('--share', share.toFixed(3));
  return h('td', {}, button);
}

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** The arrows move within the table, which is one stop of the Tab key. */
function moveIn(table, event) {
  const move = MOVES[event.key];
  const td = event.target.closest('td');
  if (!move || !td) return;
  const row = table.tBodies[0].rows[td.parentNode.rowIndex - 1 + move[0]];
  const next = row?.cells[td.cellIndex + move[1]]?.querySelector('button');
  if (!next) return;
  event.preventDefault();
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** [label][guess] of the first minus the second. */
export function differenceOf(one, other) {
  return one.map((row, i) => row.map((n, j) => n - (other[i]?.[j] ?? 0)));
}
