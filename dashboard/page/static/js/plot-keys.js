/* What the keyboard does in a plot that has the focus: the cursor, and the zoom that a drag makes.
 *
 * The arrows move the cursor, by an epoch where there are not too many; with Shift they mark a stretch,
 * Enter zooms all plots to it, Escape shows everything again. It draws nothing. */
import { tidy } from './zoom.js';

const STEPS = 40; // from one end of the axis to the other, where epochs are none or too many

const MOVES = {
  ArrowLeft: ({ at, step }) => Math.ceil(at / step - 1.001) * step,
  ArrowRight: ({ at, step }) => Math.floor(at / step + 1.001) * step,
  Home: ({ from }) => from,
  End: ({ to }) => to,
};

/** Where a key leads the cursor on an axis from..to, or null for a key that moves nothing. Pure. */
export function movedBy(key, { at, from, to, step }) {
  const move = MOVES[key];
  return move ? Math.min(Math.max(move({ at, from, to, step }), from), to) : null;
}

/** How far an arrow goes: an epoch, in the axis' unit, or a fortieth of what is seen. Pure. */
export function stepOf(unit, stepsPerEpoch, span) {
  const epoch = { epoch: 1, step: stepsPerEpoch }[unit];
  return epoch && span / epoch <= STEPS ? epoch : span / STEPS;
}

/** Listen in a plot. plot: {element, own, app, places(), pointedPanels, markedRange, reset()}. */
export function watchKeys(plot) {
  const { element, app } = plot;
  element.addEventListener('keydown', (event) => {
    const { ctrlKey, metaKey, altKey, target } = event;
    if (ctrlKey || metaKey || altKey || target !== element || !plot.own) return;
    if (press(plot, event)) event.preventDefault();
  });
  element.addEventListener('blur', () => {
    plot.markedRange = null;
    app.state.set({ cursor: null });
  });
}

/** Whether the key was one of ours. */
function press(plot, { key, shiftKey }) {
  if (key === 'Enter') return zoom(plot);
  if (key === 'Escape') {
    plot.markedRange = null;
    plot.reset();
    return true;
  }
  const [place] = plot.places();
  if (!place) return false;
  const { state, model } = plot.app;
  const axis = axisOf(place);
  const at = state.get('cursor') ?? axis.to;
  const step = stepOf(state.get('x'), model.runs[0]?.steps_per_epoch, axis.to - axis.from);
  const cursor = movedBy(key, { ...axis, at, step });
  if (cursor === null) return false;
  plot.markedRange = shiftKey ? [plot.markedRange?.[0] ?? at, cursor] : null;
  plot.pointedPanels = plot.drawnPanels.filter(({ x }) => x === place.x);
  state.set({ cursor });
  plot.point();
  return true;
}

/** What is seen of the x axis, as far as a line goes. */
function axisOf({ lines, left, width, fromX }) {
  const end = Math.max(...lines.map(({ x }) => x.at(-1) ?? 0));
  const [from, to] = [fromX(left), fromX(left + width)];
  return { from: Math.max(from, 0), to: end > from ? Math.min(to, end) : to };
}

function zoom(plot) {
  if (!plot.markedRange || plot.markedRange[0] === plot.markedRange[1]) return false;
  const range = tidy(plot.markedRange.toSorted((a, b) => a - b));
  plot.markedRange = null;
  plot.app.state.set({ range, cursor: null });
  plot.app.announce(`All plots show ${range.join(' to ')}.`);
  return true;
}
