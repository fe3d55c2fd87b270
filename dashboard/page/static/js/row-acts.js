/* The buttons of one row of the leaderboard: they stand in the row that is pointed at or has the focus.
 *
 * One set serves all rows, so that hundreds of them cost what one does. */
import { actButtons } from './act-buttons.js';
import { actPanel } from './act-forms.js';
import { ACTS, able, counted } from './acts.js';
import { h } from './dom.js';
import { popover } from './help.js';
import { icon } from './icons.js';

/** Watch the table's body; rows: Map key -> {element, row: {runs}}. */
export function rowActs(app, body, rows) {
  let current = null;
  const runs = () => current?.row.runs ?? [];
  const buttons = actButtons(app, 'row-act', runs);
  const more = h('button', { type: 'button', class: 'row-act' }, icon('more'));
  popover(more, () => actPanel(app, runs()), 'Act on runs');
  const element = h('span', { class: 'row-acts', role: 'group' }, ...buttons, more);

  function update() {
    if (!current) return;
    const which = counted(runs());
    element.setAttribute('aria-label', `act on ${which}`);
    more.setAttribute('aria-label', `more for ${which}`);
    for (const button of buttons) {
      const { act } = button.dataset;
      button.hidden = !able(act, runs()).length;
      button.setAttribute('aria-label', `${act} ${which}`);
      button.title = `${act} ${which}: ${ACTS[act].says}`;
    }
  }

  function stand({ target }) {
    const line = target.closest?.('tr[data-row]');
    const view = line && rows.get(line.dataset.row);
    if (!view || (view === current && element.isConnected)) return;
    if (element.contains(document.activeElement)) return; // it is being used
    current = view;
    const place = line.querySelector('td[data-acts]') ?? line.lastElementChild;
    place.append(element);
    update();
  }
  body.addEventListener('pointerover', stand);
  body.addEventListener('focusin', stand);
  return { update };
}
