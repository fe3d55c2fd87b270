/* What the page says while its environment has no windows: it may be gone, or not here yet. */
import { h } from './dom.js';

const AFTER_MS = 700; // an environment that is being opened comes within it

/** {update(empty)}: a note in `place`, seen once there have been no windows for a moment. */
export function waitingNote(app, place) {
  let note = null;
  let timer = null;
  const show = () => {
    note = h(
      'p',
      { class: 'waiting', role: 'status' },
      `There are no windows of ${app.environment} now. When some come, they appear here by themselves. `,
      h('a', { href: '/' }, 'All experiments'),
    );
    place.append(note);
  };
  return {
    update(empty) {
      clearTimeout(timer);
      if (empty && !note) timer = setTimeout(show, AFTER_MS);
      if (empty) return;
      note?.remove();
      note = null;
    },
  };
}
