/* A run's look in a table: drawn anew only when it changes. */

import { h } from './dom.js';
import { sample } from './glyphs.js';

/** {element, show(look)}; look: {colour, dash, marker, grey}. */
export function swatch() {
  const element = h('span', { class: 'swatch' });
  let last = '';
  return {
    element,
    show(look) {
      const text = `${look.colour} ${look.dash} ${look.marker} ${look.grey}`;
      if (text === last) return;
      last = text;
      element.replaceChildren(sample(look));
    },
  };
}
