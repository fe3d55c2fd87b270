/* The window that an address names behind its #, for example #window-tanh: brought into view.
 *
 * Windows come one after the other and push each other about, so it is brought back until the person
 * begins to scroll or to type. */

const PREFIX = '#window-';
const OWN_DOINGS = ['wheel', 'touchmove', 'pointerdown', 'keydown'];

/** The window's id, or null where the address names none. Pure. */
export function meantBy(hash) {
  if (!hash.startsWith(PREFIX)) return null;
  try {
    return decodeURIComponent(hash.slice(PREFIX.length));
  } catch {
    return null; // a stray % in an address that somebody typed
  }
}

/** {arranged(panes)}: to be told whenever windows were put in their places; panes: Map by id. */
export function meantWindow() {
  let id = meantBy(location.hash);
  const forget = () => (id = null);
  for (const name of OWN_DOINGS) addEventListener(name, forget, { passive: true, once: true });
  let panesById = new Map();
  const bring = () => {
    const element = panesById.get(id)?.frame.element;
    for (const pane of panesById.values())
      pane.frame.element.classList.toggle('meant', pane.id === meantBy(location.hash));
    if (element && !element.hidden) element.scrollIntoView({ block: 'center' });
  };
  addEventListener('hashchange', () => {
    id = meantBy(location.hash);
    bring();
  });
  return {
    arranged(panes) {
      panesById = panes;
      if (id !== null) bring();
    },
  };
}
