/* What the axes of a plot span and say. Pure.
 *
 * An axis: {type, range (as Plotly takes it: powers of ten on a logarithmic one), ticks, plotted
 * (value -> what is drawn), below and above (how many lines end under it, and over it)}. */
import { errorTicks, linearTicks, logTicks, niceStep } from './ticks.js';

const TOP = 5; // lines that the y axis of "top" is made for
const LEAST_SPAN = { accuracy: 0.02, difference: 0.01 };
const LEAST_DECADES = 0.12; // of a logarithmic axis
const FEWEST_LATE = 3; // points of a line's later half that show how it ends, not only that it rose
const WIDE = 0.6; // an accuracy axis that spans more may as well show all of it
const SMALLEST_ERROR = 1e-4;
const EXPLODED = 100; // times what the lines that end well reach: a log axis with that shows nothing else
const PAD = 0.06;

/** The range of x: what a person zoomed to, else all there is. */
export function xRange(lines, range) {
  if (range) return range;
  const ends = lines.map(({ x }) => x.at(-1)).filter(Number.isFinite);
  const end = ends.length ? Math.max(...ends) : 0;
  if (!(end > 0)) return [0, 1];
  return [0, end * 1.02];
}

/** The y axis of a panel. choice: {y, loss, whole: nothing of a
 * line is left out}; zoom: a range that a person drew, or null;
 * height: of the panel, in px. */
export function yAxis(kind, lines, choice, xs, zoom, height) {
  const all = choice.whole
    ? lines.flatMap((line) => (line.faint ? [line, { ...line, ...line.faint }] : [line]))
    : lines;
  const inRange = all.map((line) => within(line, xs)).filter(({ y }) => y.length);
  const count = Math.max(3, Math.floor(height / 42));
  const axis = shape(kind, inRange, choice);
  const range = zoom ?? axis.range;
  return {
    ...axis,
    range,
    ticks: ticksOf(axis, range, count),
    ...(zoom ? { below: 0, above: 0 } : leftOut(axis, inRange)),
  };
}

function shape(kind, lines, { y, loss, whole, metric }) {
  if (y === 'top' && kind !== 'accuracy' && lines.some(({ series }) => series === metric?.name))
    lines = best(lines, metric.goal);
  if (kind === 'accuracy')
    return y === 'error'
      ? errorAxis(lines)
      : linear(accuracyRange(lines, whole && y === 'auto' ? 'all' : y));
  if (kind === 'loss' && loss === 'log') return logAxis(whole ? lines : tame(lines));
  if (kind === 'loss') return linear(bulkRange(lines));
  if (kind === 'difference') return linear(differenceRange(lines, metric?.share ?? true));
  if (kind === 'share') return linear([-0.02, 1.02]);
  if (kind === 'decades') return logAxis(lines);
  if (kind === 'mixed') return linear(bulkRange(lines)); // losses and accuracies on one axis
  return spansDecades(lines) ? logAxis(lines) : linear(bulkRange(lines));
}

const linear = (range) => ({ type: 'linear', range, plotted: (value) => value });

/** The points of a line within a range of x. */
function within({ x, y, names, series }, [from, to]) {
  const part = { names, series, x: [], y: [] };
  for (let i = 0; i < x.length; i += 1) {
    if (x[i] < from || x[i] > to) continue;
    part.x.push(x[i]);
    part.y.push(y[i]);
  }
  return part;
}

const extent = (values) =>
  values.reduce(([low, high], v) => [Math.min(low, v), Math.max(high, v)], [Infinity, -Infinity]);

/** A line's values once it has risen: those of the later half of the axis, at least the last. */
function settled(line, middle) {
  const late = line.y.filter((_, i) => line.x[i] >= middle);
  return late.length ? late : line.y.slice(-1);
}

/** The few lines that end best, from where they have settled on. */
function best(lines, goal) {
  const [start, end] = extent(lines.flatMap(({ x }) => [x[0], x.at(-1)]));
  const sign = goal === 'min' ? 1 : -1;
  return [...lines]
    .sort((a, b) => sign * (a.y.at(-1) - b.y.at(-1)))
    .slice(0, TOP)
    .map((line) => ({ ...line, y: settled(line, (start + end) / 2) }));
}

/** Accuracies so that the good ones can be told apart; what stays far below is left out. */
function accuracyRange(lines, mode) {
  if (mode === 'all' || !lines.length) return [0, 1];
  const [start, end] = extent(lines.flatMap(({ x }) => [x[0], x.at(-1)]));
  const middle = (start + end) / 2;
  const bestFirst = lines
    .map((line) => ({ last: line.y.at(-1), late: settled(line, middle), early: line.y[0] }))
    .sort((a, b) => b.last - a.last);
  const leaders = mode === 'top' ? bestFirst.slice(0, TOP) : bulk(bestFirst);
  if (mode === 'auto' && leaders.every(isStillRise)) return [0, 1];
  const [low, high] = extent(leaders.flatMap(({ late }) => late));
  const range = rounded(low, high, LEAST_SPAN.accuracy, [0, 1]);
  return mode === 'auto' && range[1] - range[0] > WIDE ? [0, 1] : range;
}

/** Whether a line is little but its rise: what is zoomed on then is a few upright strokes. */
const isStillRise = ({ late, last, early }) =>
  late.length < FEWEST_LATE && last - early > LEAST_SPAN.accuracy * FEWEST_LATE;

/** The better half, and those that lie near it. */
function bulk(bestFirst) {
  const half = bestFirst[Math.max(1, Math.ceil(bestFirst.length / 2)) - 1].last;
  const reach = Math.max(0.03, 1.5 * (bestFirst[0].last - half));
  return bestFirst.filter(({ last }) => last >= half - reach);
}

/** A little more than [low, high], to even numbers, within the limits. */
function rounded(low, high, least, [floor, ceiling] = [-Infinity, Infinity]) {
  const extra = Math.max(0, least - (high - low)) / 2;
  const pad = (high - low + 2 * extra) * PAD;
  const [from, to] = [low - extra - pad, high + extra + pad];
  const step = niceStep(to - from, 10);
  return [
    Math.max(floor, Math.floor(from / step) * step),
    Math.min(ceiling, Math.ceil(to / step) * step),
  ];
}

function errorAxis(lines) {
  const error = (value) => Math.max(SMALLEST_ERROR, 1 - value);
  const [low, high] = extent(lines.flatMap(({ y }) => y.map(error)));
  const range = lines.length
    ? [Math.log10(Math.min(1, high * 1.15)), Math.log10(low / 1.25)]
    : [0, -2];
  return { type: 'log', range, plotted: error, error: true };
}

/** The lines without the heights of those that explode: that end far above what the better half
 * reaches. */
function tame(lines) {
  const better = [...lines].sort((a, b) => a.y.at(-1) - b.y.at(-1));
  const tops = better.slice(0, Math.ceil(lines.length / 2)).map(({ y }) => extent(y)[1]);
  const limit = EXPLODED * tops.sort((a, b) => a - b)[Math.floor((tops.length - 1) / 2)];
  return lines.map((line) =>
    line.y.at(-1) > limit ? { ...line, y: line.y.filter((value) => value <= limit) } : line,
  );
}

function logAxis(lines) {
  const plotted = (value) => (value > 0 ? value : null);
  const [low, high] = extent(lines.flatMap(({ y }) => y.filter((value) => value > 0)));
  if (!(low > 0 && low < Infinity)) return { type: 'log', range: [-1, 0.5], plotted };
  const span = Math.log10(high) - Math.log10(low);
  const room = Math.max(span * PAD, (LEAST_DECADES - span) / 2);
  return { type: 'log', range: [Math.log10(low) - room, Math.log10(high) + room], plotted };
}

function spansDecades(lines) {
  const [low, high] = extent(lines.flatMap(({ y }) => y));
  return low > 0 && high / low > 200;
}

/** All values, but a line that shoots away from the others is cut off. */
function bulkRange(lines) {
  if (!lines.length) return [0, 1];
  const tops = lines.map(({ y }) => extent(y)[1]).sort((a, b) => a - b);
  const [low, high] = extent(lines.flatMap(({ y }) => y));
  const limit = tops[Math.floor((tops.length - 1) / 2)];
  const top = limit > 0 && high > 5 * limit ? 2 * limit : high;
  return rounded(
    low >= 0 && low < (top - low) / 2 ? 0 : low,
    top,
    Math.abs(top) * 0.1 || 0.1,
    low >= 0 ? [0, Infinity] : undefined,
  );
}

/** Differences around 0, of the later half, of few points of all but the first: the first steps
 * swing widely. */
function differenceRange(lines, share) {
  if (!lines.length) return [-0.1, 0.1];
  const [start, end] = extent(lines.flatMap(({ x }) => [x[0], x.at(-1)]));
  const late = lines.map((line) => {
    const half = settled(line, (start + end) / 2);
    return half.length < FEWEST_LATE && line.y.length > 1 ? line.y.slice(1) : half;
  });
  const lows = late.map((values) => extent(values)[0]).sort((a, b) => b - a);
  const highs = late.map((values) => extent(values)[1]).sort((a, b) => a - b);
  const [low, high] = [Math.min(0, atMost(lows)), Math.max(0, atMost(highs))];
  if (share) return rounded(low, high, LEAST_SPAN.difference, [-1, 1]);
  return high > low ? rounded(low, high, 0) : [-0.1, 0.1];
}

/** The end of sorted values, unless it lies far beyond most of them. */
function atMost(values) {
  const usual = values[Math.floor((values.length - 1) / 2)];
  const reach = Math.max(0.05, 3 * Math.abs(usual));
  return values.filter((value) => Math.abs(value) <= reach).at(-1) ?? usual;
}

function ticksOf(axis, [from, to], count) {
  if (axis.type === 'linear') return linearTicks(Math.min(from, to), Math.max(from, to), count);
  const [low, high] = [10 ** Math.min(from, to), 10 ** Math.max(from, to)];
  return axis.error ? errorTicks(low, high, count) : logTicks(low, high, count);
}

/** The values at the two ends of an axis. */
export const endsOf = ({ type, range }) =>
  type === 'log' ? range.map((power) => 10 ** power) : range;

/** How many lines end under the axis, and how many over it. */
function leftOut(axis, lines) {
  if (axis.error) return { below: 0, above: 0 };
  const [from, to] = endsOf(axis);
  const under = ({ y }) => y.slice(-2).every((value) => value < from);
  return {
    below: axis.type === 'log' ? 0 : lines.filter(under).length,
    above: lines.filter(({ y }) => y.at(-1) > to).length,
  };
}
