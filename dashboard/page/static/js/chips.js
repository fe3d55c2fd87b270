/* Chips: every value of every setting that varies, each a button that hides or shows its runs.
 *
 * A click turns one value off or on, a double click (or Shift) leaves it alone in its setting. Which
 * runs that leaves is selection.js's to say. */
import { h } from './dom.js';
import { dashSample, marker } from './glyphs.js';
import { markerOf } from './looks.js';
import { isOff, isolateValue, toggleValue } from './selection.js';

const MOST_SHOWN = 8; // values of one setting; with more, the rest stand behind one button

/** {element, update()}. */
export function chips(app) {
  const element = h('div', { class: 'chips' });
  const opened = new Set(); // settings whose values are all shown
  let drawn = '';
  const update = () => {
    const settings = app.model?.settings ?? [];
    const text = JSON.stringify([settings, app.encodings(), app.dark(), [...opened]]);
    if (text !== drawn) {
      drawn = text;
      const focused =
        element.contains(document.activeElement) && document.activeElement.dataset.chip;
      element.replaceChildren(...settings.map((setting) => group(app, setting, opened, update)));
      if (focused) element.querySelector(`[data-chip="${CSS.escape(focused)}"]`)?.focus();
    }
    mark(app, element);
  };
  return { element, update };
}

/** The values that are shown, and how many are not. Pure. */
export function split(values, all) {
  if (all || values.length <= MOST_SHOWN) return { first: values, rest: [] };
  return { first: values.slice(0, MOST_SHOWN - 1), rest: values.slice(MOST_SHOWN - 1) };
}

function group(app, setting, opened, update) {
  const { first, rest } = split(setting.values, opened.has(setting.key));
  const id = `chips-${setting.key}`;
  const more = () => {
    opened.add(setting.key);
    update();
  };
  return h(
    'div',
    { class: 'chip-group', role: 'group', 'aria-labelledby': id },
    h('span', { class: 'chip-key', id }, setting.text),
    ...first.map((entry) => chip(app, setting, entry)),
    rest.length
      ? h('button', {
          type: 'button',
          class: 'chip more',
          onclick: more,
          dataset: { key: setting.key, more: JSON.stringify(rest.map((entry) => entry.value)) },
        })
      : null,
  );
}

function chip(app, setting, { value, text, ...places }) {
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

function mark(app, element) {
  const off = app.state.get('off');
  for (const button of element.querySelectorAll('.chip')) {
    if (!button.choice) {
      const values = JSON.parse(button.dataset.more);
      const hidden = values.filter((value) => isOff(off, button.dataset.key, value)).length;
      button.textContent = `+${values.length} more${hidden ? ` (${hidden} off)` : ''}`;
      continue;
    }
    const pressed = String(!isOff(off, button.choice.key, button.choice.value));
    if (button.getAttribute('aria-pressed') !== pressed)
      button.setAttribute('aria-pressed', pressed);
  }
}
