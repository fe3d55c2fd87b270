/* Editing the layout: the tray of hidden windows, and the way back to how the page opens. */
import { h } from './dom.js';

/** {element, update(hiddenPanes)}; hiddenPanes: [{id, title}]. act: {bring(id), restore(), done()}. */
export function tray(act) {
  const list = h('span', { class: 'tray-list' });
  const element = h(
    'div',
    { class: 'tray', role: 'region', 'aria-label': 'edit the layout', hidden: true },
    h(
      'p',
      {},
      h('b', {}, 'Edit the layout: '),
      'every window has buttons to move it within its section and to hide it. It is kept in this browser.',
    ),
    list,
    h(
      'span',
      { class: 'tray-ends' },
      h('button', { type: 'button', onclick: act.restore }, 'restore'),
      h('button', { type: 'button', class: 'primary', onclick: act.done }, 'done'),
    ),
  );
  return {
    element,
    update(hiddenPanes) {
      const buttons = hiddenPanes.map(({ id, title }) =>
        h('button', { type: 'button', onclick: () => act.bring(id) }, `show ${title}`),
      );
      list.replaceChildren(hiddenPanes.length ? 'Hidden: ' : 'No window is hidden.', ...buttons);
    },
  };
}
