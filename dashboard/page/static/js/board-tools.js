/* What can be done with the leaderboard as a whole: choose its columns, copy it, keep it as a file. */
import { h } from './dom.js';

/** The buttons of the window's bar. doings: {columns() -> [{key, title, fixed}], sheet(how) -> text}. */
export function boardTools(app, doings) {
  const copy = (text) =>
    copied(text).then(
      () => app.announce('The table is in the clipboard.'),
      () => app.announce('This browser does not let the page write into the clipboard.'),
    );
  const button = (text, title, onclick, css = 'tool') =>
    h('button', { type: 'button', class: css, title, onclick }, text);
  return [
    columnChooser(app, doings),
    button('copy', 'copy the table, for a spreadsheet', () => copy(doings.sheet('tsv'))),
    button(
      'copy CSV',
      'copy the table as comma-separated values',
      () => copy(doings.sheet('csv')),
      'tool spare',
    ),
    button('CSV', 'save the table as a CSV file', () =>
      save(`${app.environment}.csv`, doings.sheet('csv')),
    ),
  ];
}

/** A list of check boxes below a button; open until it is left. */
function columnChooser(app, doings) {
  const list = h('div', { class: 'chooser-list', role: 'group', 'aria-label': 'columns' });
  const element = h(
    'details',
    { class: 'chooser' },
    h('summary', { class: 'tool', title: 'which columns are shown' }, 'columns'),
    list,
  );
  element.addEventListener('toggle', () => element.open && fill());
  closeWhenLeft(element);

  function fill() {
    const hiddenKeys = new Set(app.state.get('columns'));
    const boxes = doings
      .columns()
      .filter((column) => !column.fixed)
      .map((column) => {
        const box = h('input', {
          type: 'checkbox',
          onchange: () => choose(column.key, box.checked),
        });
        box.checked = !hiddenKeys.has(column.key);
        return h('label', {}, box, ' ', column.title);
      });
    list.replaceChildren(...boxes);
  }

  function choose(key, isShown) {
    const rest = app.state.get('columns').filter((other) => other !== key);
    app.state.set({ columns: isShown ? rest : [...rest, key] });
  }
  return element;
}

/** Close an opened `details` when the focus or the pointer goes elsewhere, or with Escape. */
function closeWhenLeft(element) {
  const close = () => (element.open = false);
  element.addEventListener(
    'focusout',
    ({ relatedTarget }) => relatedTarget && !element.contains(relatedTarget) && close(),
  );
  document.addEventListener('pointerdown', ({ target }) => element.contains(target) || close());
  element.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    close();
    element.firstChild.focus();
  });
}

/** Put a text into the clipboard, by the old way where the new one is forbidden. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h('textarea', { class: 'unseen', readonly: true });
    area.value = text;
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand('copy');
    area.remove();
    if (!isCopied) throw new Error('the clipboard is closed');
  }
}

function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
