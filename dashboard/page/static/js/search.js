/* The search box: which runs its text means, how many are seen, and what is wrong with it. */
import { h, setText } from './dom.js';
import { readQuery } from './query.js';
import { slowly } from './slowly.js';

/** {element, update()}. */
export function search(app) {
  const { state } = app;
  const send = slowly((q) => state.set({ q }));
  const input = h('input', {
    type: 'search',
    class: 'search',
    placeholder: 'search: lr=0.1 -zeros',
    title: 'search: sigmoid lr=0.1 -zeros acc>0.9, or /xavier_(u|n)/',
    'aria-label': 'search the runs',
    'aria-describedby': 'search-error',
    'aria-keyshortcuts': '/',
    'data-action': 'search',
    autocomplete: 'off',
    spellcheck: 'false',
    oninput: () => send(input.value),
    onkeydown: (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      if (input.value) send.now((input.value = ''));
      else input.blur();
    },
  });
  const error = h('p', { class: 'search-error', id: 'search-error', role: 'alert', hidden: true });
  const count = h('span', { class: 'count', role: 'status' });
  return {
    element: h('div', { class: 'search-box' }, input, count, error),
    update() {
      const q = state.get('q');
      if (document.activeElement !== input && input.value !== q) input.value = q;
      const wrong = readQuery(q).error;
      error.hidden = !wrong;
      setText(error, wrong && `${wrong}.`);
      input.setAttribute('aria-invalid', String(Boolean(wrong)));
      const text = countText(app.visible().length, app.model?.runs.length ?? 0);
      setText(count, text);
      input.style.paddingRight = `${text.length + 1}ch`; // what is typed never lies below it
    },
  };
}

/** "6 of 18 runs", or "18 runs" when all are seen. */
export function countText(visible, all) {
  const runs = all === 1 ? 'run' : 'runs';
  return visible === all ? `${all} ${runs}` : `${visible} of ${all} ${runs}`;
}
