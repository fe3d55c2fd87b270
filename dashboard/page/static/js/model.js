/* What came over the socket, as the rest of the page reads it: runs, groups, curves. Pure.
 *
 * The runs come with the windows `answer` and `card` (dashboard/windows/page_model.py), the curves
 * with the traces of every plot, each of which says whose it is. */

/** What a window says of itself: {says, section, order, width, height}; {} for others' windows. */
export function aboutOf(packet) {
  if (packet.type === 'plot') return packet.content?.layout?.meta?.about ?? {};
  if (packet.type === 'image') return packet.content?.about ?? {};
  if (packet.type !== 'text') return {};
  return attribute(packet.content, /^<div class="tb-window[^"]*" data-about="([^"]*)">/) ?? {};
}

/** The windows of the board that carry a model; whoever else writes one is not believed. */
const CARRIERS = new Set(['answer', 'card']);

/** Whether a window brings the page its model. */
export const isCarrier = ({ type, id }) => type === 'text' && CARRIERS.has(id);

/** Whether a plot has runs' own curves of the series. */
export const hasSeries = ({ type, content }, series) =>
  type === 'plot' && (content?.data ?? []).some(({ meta }) => meta?.series === series);

const models = new WeakMap(); // of each packet: it is long, and several views ask for it

/** The model that a text window carries, or null. */
export function modelOf(packet) {
  if (packet.type !== 'text' || !CARRIERS.has(packet.id)) return null;
  if (!models.has(packet)) {
    const model = embeddedIn(packet);
    models.set(packet, model && withLookups(model));
  }
  return models.get(packet);
}

/** What a text window of the board holds for the module that draws it, or null. */
export function embeddedIn({ content }) {
  return attribute(content, /<div class='tb-model' data-model='([^']*)'>/);
}

const ENTITIES = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#x27': "'",
  '#39': "'",
  '#36': '$',
  '#37': '%',
};

/** A text as it was before it was escaped, for an attribute or for Plotly. */
export function unescaped(text) {
  return String(text).replace(/&(amp|lt|gt|quot|#x27|#39|#36|#37);/g, (_, name) => ENTITIES[name]);
}

function attribute(html, pattern) {
  const [, text] = String(html).match(pattern) ?? [];
  if (text === undefined) return null;
  try {
    return JSON.parse(unescaped(text));
  } catch {
    return null; // a stock client's window may look like ours
  }
}

function withLookups(model) {
  const runs = model.runs ?? [model.run];
  const byName = new Map(runs.map((run) => [run.name, run]));
  for (const run of runs)
    run.values = Object.fromEntries(
      (model.measures ?? []).map(({ name }, i) => [name, run.measured[i]]),
    );
  const groups = [];
  for (const run of runs) (groups[run.group ?? 0] ??= []).push(run);
  return { ...model, runs, byName: (name) => byName.get(name), groups: groups.filter(Boolean) };
}

/** Every run's own curves of a plot: [{run, series, role, x, y, text, axes}]. */
export function curvesOf(packet) {
  if (packet.type !== 'plot') return [];
  return (packet.content?.data ?? [])
    .filter((trace) => trace.meta?.run !== undefined)
    .map((trace) => ({
      run: trace.meta.run,
      series: trace.meta.series,
      role: trace.meta.role,
      x: inSteps(trace),
      y: trace.y,
      text: trace.name,
      axes: [trace.xaxis ?? 'x', trace.yaxis ?? 'y'],
    }));
}

/** Plots whose x is in another unit say how many steps one of it is. */
function inSteps({ x, meta }) {
  return meta.steps ? Array.from(x, (at) => (at - (meta.shift ?? 0)) * meta.steps) : x;
}

/** Put a plot's curves where all views find them: Map series -> Map run -> {x, y, …}. Returns the
 * series that the plot had curves of. */
export function collectCurves(curves, packet) {
  const own = curvesOf(packet);
  for (const { run, series, role, x, y, text } of own) {
    if (!curves.has(series)) curves.set(series, new Map());
    const curve = curves.get(series).get(run) ?? {};
    if (role === 'line') Object.assign(curve, { x, y });
    else if (role === 'raw') curve.raw = { x, y };
    else if (role === 'band') curve.band = unfold(x, y);
    else if (role === 'mark') curve.mark = { x: x[0], y: y[0], text };
    curves.get(series).set(run, curve);
  }
  return new Set(own.map(({ series }) => series));
}

/** A band comes as one outline: there along its low edge, and back along its high one. */
function unfold(x, y) {
  const n = x.length / 2;
  return { x: x.slice(0, n), low: y.slice(0, n), high: y.slice(n).reverse() };
}

/** The seconds a run had trained at a step; between the points of its clock taken as even. */
export function secondsAt(run, step) {
  const clock = run.clock ?? [];
  if (!clock.length) return null;
  let low = 0;
  let high = clock.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (clock[middle][0] < step) low = middle + 1;
    else high = middle;
  }
  const [x1, y1] = clock[low];
  const [x0, y0] = low ? clock[low - 1] : [0, 0];
  if (x1 === x0) return y1;
  return y0 + ((y1 - y0) * (Math.min(step, x1) - x0)) / (x1 - x0);
}

/** The epochs of a run after so many steps, or null where that is not known of it. A fork may have
 * begun with epochs of another number of steps. */
export function epochAt(run, step) {
  return run?.steps_per_epoch ? step / run.steps_per_epoch + (run.epoch_shift ?? 0) : null;
}

/** A step as the person's x axis shows it, or null where that is not known of the run. */
export function toAxis(run, step, x) {
  if (x === 'epoch') return epochAt(run, step);
  if (x === 'seconds') return run ? secondsAt(run, step) : null;
  return step;
}
