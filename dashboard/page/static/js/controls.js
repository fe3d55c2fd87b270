/* The row of controls below the answer: chips, search, and how all plots are drawn.
 *
 * It stays in reach while a page is scrolled. What the controls choose is kept by state.js, what
 * follows from it is every view's own. */

import { chips } from './chips.js';
import { h } from './dom.js';
import { search } from './search.js';
import { switches } from './switches.js';

const PASSING = new Set(['hover', 'cursor']);

/** {update(why)}: fills `place`, which is empty where there is nothing to choose. */
export function controls(app, place) {
  const parts = { chips: chips(app), search: search(app), switches: switches(app) };
  const panel = h(
    'div',
    { class: 'controls', role: 'region', 'aria-label': 'what is seen' },
    ...Object.values(parts).map((part) => part.element),
  );
  place.append(panel);
  place.hidden = true;
  const refit = () => parts.chips.fitInto(roomFor(parts, panel));
  new ResizeObserver(() => {
    tellHeight(place);
    refit();
  }).observe(place);
  return {
    update(why) {
      if (why && [...why].every((key) => PASSING.has(key))) return;
      place.hidden = app.model === null;
      if (place.hidden) return;
      const several = app.kind === 'compare';
      parts.chips.element.hidden = parts.search.element.hidden = !several;
      parts.switches.update();
      if (!several) return;
      parts.search.update();
      refit();
      parts.chips.update();
    },
  };
}

/** How many px of a row are left for chips: beside search and switches, or beside the search where
 * the switches have a row of their own. On a phone all of them are strips that a finger moves. */
function roomFor({ search, switches }, panel) {
  if (matchMedia('(max-width: 700px)').matches) return Infinity;
  const { columnGap } = getComputedStyle(panel);
  const beside = [parseFloat(getComputedStyle(search.element).flexBasis)];
  if (matchMedia('(min-width: 1200px)').matches) beside.push(switches.element.offsetWidth);
  return beside.reduce((room, px) => room - px - parseFloat(columnGap), panel.clientWidth - 1);
}

/** How much of the screen's top is taken, for what else sticks there and for scrolling to a place. */
function tellHeight(place) {
  const sticky = getComputedStyle(place).position === 'sticky';
  document.documentElement.style.setProperty('--stuck', sticky ? `${place.offsetHeight}px` : '0px');
}
