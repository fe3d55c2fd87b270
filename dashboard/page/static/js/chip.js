/* One chip: a value of a setting, a button that hides its runs or shows them again.
 *
 * Which chips stand where is chips.js's; which runs are left is selection.js's to say. */
import { h } from './dom.js';
import { dashSample, marker } from './glyphs.js';
import { markerOf } from './looks.js';
import { isOff, isolateValue, toggleValue } from './selection.js';

/** The button of a value; `markChips` shows whether it is on. */
export function chip(app, setting, { value, text, ...places }) {
  const { state } = app;
  const only = () => state.set({ off: isolateValue(state.get('off'), setting, value) });
  const button = h(
    'button',
    {
      type: 'button',
      class: 'chip',
      title: `${setting.text} ${text}: click to hide or show its runs, double click (or Shift) for only them`,
      dataset: { chip: `${setting.key} ${text}` },
      onclick: (event) =>
        event.shiftKey
          ? only()
          : state.set({ off: toggleValue(state.get('off'), setting.key, value) }),
      ondblclick: (event) => event.shiftKey || only(), // its two clicks have undone each other
    },
    glyph(app, setting.key, places),
    h('span', { class: 'chip-text' }, text),
  );
  button.choice = { key: setting.key, value };
  return button;
}

function glyph(app, key, places) {
  const { looks } = app.model;
  const { colour, dash, filling } = app.encodings();
  const palette = app.dark() ? looks.dark : looks.light;
  if (key === colour) {
    const shape = markerOf(looks.markers, places.marker, 0);
    return marker(shape, palette[places.colour % palette.length]);
  }
  if (key === dash) return dashSample(looks.dashes[places.dash]);
  if (key === filling) return marker(markerOf(looks.markers, 0, places.marker));
  return null;
}

/** Show of every chip in an element whether its value is on. */
export function markChips(app, element) {
  const off = app.state.get('off');
  for (const button of element.querySelectorAll('.chip')) {
    if (!button.choice) continue;
    const ariaPressed = String(!isOff(off, button.choice.key, button.choice.value));
    if (button.getAttribute('aria-pressed') !== ariaPressed)
      button.setAttribute('aria-pressed', ariaPressed);
  }
}
