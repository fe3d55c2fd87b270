/* One axis of the parallel coordinates as it is drawn: title, ticks as buttons, a strip to drag along.
 *
 * Says which stretch a person chose; what that means for the runs is parallel.js's. */
import { setAttributes, svg } from './dom.js';
import { RESULT, stretchOf } from './parallel-axes.js';

export const HEIGHT = 330; // of the picture, in px
const TOP = 34;
const FOOT = 16;
const LEAST_DRAG_PX = 4;

/** The height in px, from the top, of a place in [0, 1] from the foot of an axis. */
export function yOf(place) {
  return HEIGHT - FOOT - place * (HEIGHT - TOP - FOOT);
}

function placeOf(y) {
  return (HEIGHT - FOOT - y) / (HEIGHT - TOP - FOOT);
}

/**
 * The axis as an SVG group within `layer`. x: where it stands, in px; last: its words stand on the
 * right; brush: the stretch that is chosen, if one is; choose(stretch or null): what a person did.
 */
export function axisElement(axis, layer, { x, last, brush, choose }) {
  const title = svg('text', { x, y: 14, 'text-anchor': 'middle', class: 'axis-title' });
  title.textContent = axis.text;
  const line = svg('line', { x1: x, x2: x, y1: yOf(0), y2: yOf(1), class: 'axis-line' });
  const strip = svg('rect', {
    x: x - 14,
    y: yOf(1) - 8,
    width: 28,
    height: yOf(0) - yOf(1) + 16,
    class: 'axis-strip',
  });
  strip.addEventListener('pointerdown', (event) => drag(event, x, choose));
  const mark = brush
    ? svg('rect', {
        x: x - 7,
        width: 14,
        y: yOf(Math.min(1, brush[1])) - 2,
        height: yOf(Math.max(0, brush[0])) - yOf(Math.min(1, brush[1])) + 4,
        class: 'brush',
      })
    : null;
  return svg(
    'g',
    {},
    title,
    line,
    mark,
    strip,
    ...axis.ticks.map((tick) => tickElement(axis, tick, { x, last, layer, choose })),
  );
}

/** A value as a button: for a mouse, and for who has none. */
function tickElement(axis, tick, { x, last, layer, choose }) {
  const side = last ? 1 : -1;
  const words = axis.key === RESULT ? `from ${tick.text} up` : tick.text;
  const element = svg('text', {
    x: x + 11 * side,
    y: yOf(tick.place) + 4,
    'text-anchor': last ? 'start' : 'end',
    class: 'axis-tick',
    role: 'button',
    tabindex: 0,
    'aria-label': `only ${axis.text} ${words}`,
  });
  element.textContent = tick.text.length > 16 ? `${tick.text.slice(0, 15)}…` : tick.text;
  const press = () => choose(stretchOf(axis, tick));
  element.addEventListener('click', press);
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    press();
    layer
      .querySelector(`[aria-label="${CSS.escape(element.getAttribute('aria-label'))}"]`)
      ?.focus();
  });
  return element;
}

/** Draw the stretch along the axis that the pointer covers until it is released. */
function drag(event, x, choose) {
  event.preventDefault();
  const strip = event.target;
  strip.setPointerCapture(event.pointerId);
  const top = strip.ownerSVGElement.getBoundingClientRect().top;
  const from = event.clientY - top;
  const mark = svg('rect', { x: x - 7, width: 14, y: from, height: 0, class: 'brush' });
  strip.before(mark);
  const move = ({ clientY }) =>
    setAttributes(mark, {
      y: Math.min(from, clientY - top),
      height: Math.abs(clientY - top - from),
    });
  const end = ({ clientY, type }) => {
    strip.removeEventListener('pointermove', move);
    mark.remove();
    const ends = [from, clientY - top].sort((a, b) => b - a).map(placeOf);
    if (type === 'pointerup') choose(Math.abs(clientY - top - from) < LEAST_DRAG_PX ? null : ends);
  };
  strip.addEventListener('pointermove', move);
  strip.addEventListener('pointerup', end, { once: true });
  strip.addEventListener('pointercancel', end, { once: true });
}
