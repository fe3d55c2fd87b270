/* What pointing at the leaderboard's rows does: their runs stand out, and links carry today's choices.
 * Reads the rows where they stand; draws nothing. */

/** Watch the rows within `body`. rows: Map key -> row of board-rows.js; state: the page's. */
export function watchRows(body, rows, state) {
  let pointedRow = null;
  const point = (element) => {
    if (element === pointedRow) return;
    pointedRow = element;
    const rowView = element && rows.get(element.dataset.row);
    state.set({ hover: rowView ? new Set(rowView.row.runs.map((run) => run.name)) : null });
  };
  body.addEventListener('pointerover', ({ target }) => point(target.closest('tr')));
  body.addEventListener('pointerleave', () => point(null));
  // The address of a link carries what is looked at now, which changes more often than the rows.
  for (const kind of ['pointerover', 'focusin'])
    body.addEventListener(kind, ({ target }) => renew(target.closest('a'), rows, state));
}

function renew(link, rows, state) {
  const rowView = link && rows.get(link.closest('tr').dataset.row);
  if (rowView) link.setAttribute('href', state.addressOf(link.getAttribute('href').split('?')[0]));
}
