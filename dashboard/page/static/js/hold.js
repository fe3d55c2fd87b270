/* Whether a table's order is held still: while the pointer or the keyboard's focus is in its rows.
 *
 * A row must not jump away from under a hand; it follows a second after the hand has left. */

const AFTER_MS = 1000;

/** {held()}; `released` is called when what was held may move again. */
export function holdWhileIn(element, released) {
  let inside = false;
  let waiting = null;

  function enter() {
    inside = true;
    clearTimeout(waiting);
    waiting = null;
  }

  function leave() {
    inside = element.matches(':hover') || focused();
    if (inside || waiting) return;
    waiting = setTimeout(() => {
      waiting = null;
      if (!inside) released();
    }, AFTER_MS);
  }

  // A box that was clicked keeps the focus for good; only a person at the keyboard is there.
  const focused = () => Boolean(element.querySelector(':focus-visible'));
  element.addEventListener('pointerenter', enter);
  element.addEventListener('pointerleave', leave);
  element.addEventListener('focusin', () => focused() && enter());
  element.addEventListener('focusout', () => setTimeout(leave));
  return { held: () => inside || waiting !== null };
}
