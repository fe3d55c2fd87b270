/* What pointing does in a plot: the cursor, the run that is meant, a click that leaves it alone.
 *
 * Reads the lines where they lie and changes the page's state; draws nothing. */
import { nearest, under } from './geometry.js';
import { onlyThese } from './selection.js';

const STILL_PX = 4; // a pointer that moved farther has dragged
const DOUBLE_MS = 280;

/** Watch a plot. plot: {element, places(), state, reset()}. */
export function watchPointer(plot) {
  const pointer = { next: null, frame: 0, down: null, click: 0 };
  const { element } = plot;
  element.addEventListener('pointermove', (event) => {
    pointer.next = placeIn(element, event);
    pointer.frame ||= requestAnimationFrame(() => {
      pointer.frame = 0;
      if (pointer.next) point(plot, pointer.next);
    });
  });
  element.addEventListener('pointerleave', () => {
    pointer.next = null;
    plot.pointedPanels = [];
    plot.state.set({ cursor: null, hover: null });
  });
  // Plotly keeps a press to itself: listen before it does.
  element.addEventListener(
    'pointerdown',
    (event) => (pointer.down = { x: event.clientX, y: event.clientY }),
    true,
  );
  window.addEventListener('pointerup', (event) => released(plot, pointer, event), {
    capture: true,
    signal: plot.endSignal,
  });
}

function placeIn(element, { clientX, clientY }) {
  const box = element.getBoundingClientRect();
  return { left: clientX - box.left, top: clientY - box.top };
}

function point(plot, { left, top }) {
  const panels = under(plot.places(), left, top);
  plot.pointedPanels = panels;
  if (!panels.length) return plot.state.set({ cursor: null, hover: null });
  const line = nearest(panels, left, top);
  const hover = line ? sameOr(plot.state.get('hover'), line.names) : null;
  plot.state.set({ cursor: panels[0].fromX(left), hover });
}

/** The very set that is there already, where it holds the same names. */
function sameOr(set, names) {
  return set?.size === names.length && names.every((name) => set.has(name)) ? set : new Set(names);
}

function released(plot, pointer, event) {
  const { down } = pointer;
  pointer.down = null;
  if (!down || Math.hypot(event.clientX - down.x, event.clientY - down.y) > STILL_PX) return;
  if (pointer.click) {
    clearTimeout(pointer.click);
    pointer.click = 0;
    plot.reset();
    return;
  }
  const { left, top } = placeIn(plot.element, event);
  const line = nearest(under(plot.places(), left, top), left, top);
  pointer.click = setTimeout(() => {
    pointer.click = 0;
    if (line) plot.state.set(onlyThese({ only: plot.state.get('only') }, line.numbers));
  }, DOUBLE_MS);
}
