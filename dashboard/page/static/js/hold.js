/* Whether a table's order is held still: while the pointer or the keyboard's focus is in its rows.
 *
 * A row must not jump away from under a hand; it follows a second after the hand has left. */

const AFTER_MS = 1000;

/** {held()}; `onRelease` is called when what was held may move again. */
export function holdWhileIn(element, onRelease) {
  let inside = false;
  let timer = null;

  function enter() {
    inside = true;
    clearTimeout(timer);
    timer = null;
  }

  function leave() {
    inside = element.matches(':hover') || focused();
    if (inside || timer) return;
    timer = setTimeout(() => {
      timer = null;
      if (!inside) onRelease();
    }, AFTER_MS);
  }

  // A box that was clicked keeps the focus for good; only a person at the keyboard is there.
  const focused = () => Boolean(element.querySelector(':focus-visible'));
  element.addEventListener('pointerenter', enter);
  element.addEventListener('pointerleave', leave);
  element.addEventListener('focusin', () => focused() && enter());
  element.addEventListener('focusout', () => setTimeout(leave));
  return { held: () => inside || timer !== null };
}
