/* What the page says while an environment has no window: it may be about to come, or be misspelt. */
import { h } from './dom.js';

const AFTER_MS = 1500; // what comes sooner is not announced

/** {end()}: the first window came. */
export function waitingFor(environment, place) {
  const note = h(
    'p',
    { class: 'home-note', role: 'status' },
    'Nothing has come for ',
    h('code', {}, environment),
    ' yet; this page shows it as soon as it does. ',
    h('a', { href: '/' }, 'All experiments'),
  );
  const timer = setTimeout(() => place.append(note), AFTER_MS);
  return {
    end() {
      clearTimeout(timer);
      note.remove();
    },
  };
}
