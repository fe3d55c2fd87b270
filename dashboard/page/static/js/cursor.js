/* The vertical cursor that all plots share, with the values of the lines there.
 *
 * Lies above the plot and moves nothing in it; where it stands is the page's state. */
import { h, svg } from './dom.js';
import { valueAt } from './geometry.js';
import { sample } from './glyphs.js';
import { numberText, valueText } from './ticks.js';

const MOST_ROWS = 6;
const NARROW_PX = 300; // a plot with less room names fewer
const NARROW_ROWS = 3;
const ELSEWHERE_ROWS = 4; // in plots where the pointer is not
const CORNER_PLACES = 6; // places of x at which a corner is tried
const UNITS = { step: 'step', epoch: 'epoch', seconds: 'seconds' };

export class Cursor {
  constructor() {
    this.picture = svg('svg', { class: 'plot-cursor', 'aria-hidden': 'true' });
    this.readout = h('div', { class: 'plot-readout', 'aria-hidden': 'true', hidden: true });
    this.elements = [this.picture, this.readout];
    this.isShown = false;
  }

  /** at: a value on the x axis, or null; hover: names of runs, or null; unit: of x;
   * pointedPlaces: the places under the pointer; markedRange: [from, to] on the x axis, or null. */
  show(places, { at, hover, unit, pointedPlaces, markedRange }) {
    const visible = at !== null || Boolean(hover?.size);
    if (!visible && !this.isShown) return;
    this.isShown = visible;
    const hot = (line) => Boolean(hover) && line.names.some((name) => hover.has(name));
    this.picture.replaceChildren(
      ...(markedRange ? places.map((place) => stretch(place, markedRange)) : []),
      ...places.flatMap((place) => drawing(place, at, hot)),
    );
    this.#read(places, { at, hot, unit, pointedPlaces });
  }

  #read(places, { at, hot, unit, pointedPlaces }) {
    const candidates = pointedPlaces?.length
      ? pointedPlaces
      : places.length === 1 || places[1]?.x === places[0]?.x
        ? places
        : [];
    const inside = candidates.filter((place) => isInside(place, at));
    const rows = at === null ? [] : inside.flatMap((place) => readings(place, at, hot));
    this.readout.hidden = !rows.length;
    if (!rows.length) return;
    const [place] = inside;
    const most =
      place.width < NARROW_PX ? NARROW_ROWS : pointedPlaces?.length ? MOST_ROWS : ELSEWHERE_ROWS;
    const topRows = rows.sort((a, b) => b.hot - a.hot).slice(0, most);
    const more = rows.length - topRows.length;
    this.readout.replaceChildren(
      h('b', {}, `${UNITS[unit]} ${placeText(at, unit)}`),
      ...topRows.map(rowOf),
      more ? h('span', { class: 'plot-more' }, `and ${more} more`) : '',
    );
    this.#stand(place, at, topRows.length + Boolean(more));
  }

  /** On the side where the cursor is not; below where the lines lie above. */
  #stand(place, at, rows) {
    const onLeft = place.toX(at) > place.left + place.width / 2;
    const size = { width: place.width * 0.5, height: 22 + 16 * rows };
    const high = covered(place, { ...size, onLeft, top: place.top });
    const low = covered(place, { ...size, onLeft, top: place.top + place.height - size.height });
    const width = this.picture.clientWidth;
    const height = this.picture.clientHeight;
    Object.assign(this.readout.style, {
      top: low < high ? 'auto' : `${place.top + 4}px`,
      bottom: low < high ? `${height - place.top - place.height + 4}px` : 'auto',
      left: onLeft ? `${place.left + 4}px` : 'auto',
      right: onLeft ? 'auto' : `${width - place.left - place.width + 4}px`,
      maxWidth: `${Math.max(120, place.width * 0.62)}px`,
    });
  }
}

/** How much of the lines, at some places of x, a box in a corner would hide. */
function covered(place, { width, height, onLeft, top }) {
  const from = onLeft ? place.left : place.left + place.width - width;
  let count = 0;
  for (let i = 1; i < CORNER_PLACES; i += 1) {
    const at = place.fromX(from + (width * i) / CORNER_PLACES);
    for (const line of place.lines) {
      const value = valueAt(line, at);
      const y = value === null ? -1 : place.toY(value);
      if (y >= top && y <= top + height) count += 1;
    }
  }
  return count;
}

function isInside(place, at) {
  if (at === null) return false;
  const x = place.toX(at);
  return x >= place.left - 0.5 && x <= place.left + place.width + 0.5;
}

/** What the keyboard has marked, from the top of a panel to its bottom. */
function stretch({ toX, top, height }, range) {
  const [from, to] = range.map(toX).sort((a, b) => a - b);
  return svg('rect', { x: from, y: top, width: to - from, height, class: 'plot-marked' });
}

/** What lies above one panel: the cursor, the points under it, and the band of a run that is pointed at. */
function drawing(place, at, hot) {
  const parts = [];
  const pointedAt = place.lines.filter(hot);
  if (
    pointedAt.length === 1 &&
    pointedAt[0].band &&
    (!pointedAt[0].bandShown || pointedAt[0].look.grey)
  )
    parts.push(bandOf(place, pointedAt[0]));
  parts.push(...pointedAt.filter(({ look }) => look.grey).map((line) => lineOf(place, line)));
  if (!isInside(place, at)) return parts;
  const x = place.toX(at);
  parts.push(
    svg('line', {
      class: 'plot-cursor-line',
      x1: x,
      x2: x,
      y1: place.top,
      y2: place.top + place.height,
    }),
  );
  for (const line of pointedAt) {
    const value = valueAt(line, at);
    const y = value === null ? null : place.toY(value);
    if (y === null || y < place.top || y > place.top + place.height) continue;
    parts.push(
      svg('circle', { cx: x, cy: y, r: 4, fill: line.look.colour, class: 'plot-cursor-point' }),
    );
  }
  return parts;
}

/** A line that is grey among the others, in its own colour: it has no element of its own there. */
function lineOf(place, { x, y, look }) {
  const points = Array.from(x, (at, i) => point(place, at, y[i])).join(' ');
  return svg('polyline', { points, stroke: look.colour, class: 'plot-cursor-own' });
}

function bandOf(place, { band, look }) {
  const there = Array.from(band.x, (x, i) => point(place, x, band.high[i]));
  const back = Array.from(band.x, (x, i) => point(place, x, band.low[i])).reverse();
  return svg('polygon', {
    points: [...there, ...back].join(' '),
    fill: look.colour,
    class: 'plot-cursor-band',
  });
}

/** A point on the screen, at the edge of the panel where it lies beyond. */
function point(place, x, y) {
  const left = Math.min(Math.max(place.toX(x), place.left), place.left + place.width);
  const bottom = place.top + place.height;
  const top = Math.min(Math.max(place.toY(y) || bottom, place.top), bottom);
  return `${left.toFixed(1)},${top.toFixed(1)}`;
}

/** The lines' values at a place: what leads first. */
function readings({ lines, kind }, at, hot) {
  const sign = kind === 'loss' ? 1 : -1;
  return lines
    .map((line) => ({ line, kind, value: valueAt(line, at), hot: hot(line) }))
    .filter(({ value }) => value !== null)
    .sort((a, b) => sign * (a.value - b.value));
}

function rowOf({ line, kind, value, hot }) {
  const seeds = line.seeds > 1 ? ` (${line.seeds} seeds)` : '';
  return h(
    'div',
    { class: hot ? 'plot-row is-hot' : 'plot-row' },
    sample(line.look, 22),
    h('span', { class: 'plot-name' }, line.text + seeds),
    h('span', { class: 'plot-value' }, valueText(value, kind)),
  );
}

function placeText(at, unit) {
  if (unit === 'step') return numberText(Math.round(at));
  return unit === 'epoch' ? at.toFixed(2) : at.toFixed(at < 100 ? 1 : 0);
}
