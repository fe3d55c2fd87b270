/* The traces of a panel as Plotly takes them: grey lines, bands, faint lines, lines, rings, crosses.
 * Pure.
 *
 * Where they stand and on which axes is figure.js's. */
import { endsOf } from './axes.js';
import { faded } from './colours.js';

const MOST_MARKED = 40; // points of a line; one with more has few markers
const MARKERS_IN_ALL = 140;
const FEWEST_MARKERS = 4; // of a line
const FAINT_UP_TO = 24; // lines
const WIDE_UP_TO = 16; // lines

/** The traces of a panel from the bottom up: grey lines, bands, faint lines, lines, rings, crosses. */
export function tracesOf({ lines, side }, axis, ids, nth, { theme, dark }) {
  const base = {
    xaxis: ids.x,
    yaxis: ids.y,
    type: 'scatter',
    showlegend: false,
    hoverinfo: 'skip',
  };
  const few = lines.length <= WIDE_UP_TO;
  const bands = lines.filter(({ band, bandShown, look }) => band && bandShown && !look.grey);
  const faint = lines.filter(
    ({ faint: before, look }) => before && !look.grey && lines.length <= FAINT_UP_TO,
  );
  const colouredLines = lines.filter(({ look }) => !look.grey);
  const traces = [
    ...(colouredLines.length < lines.length ? [greyTrace(base, lines, axis, theme)] : []),
    ...bands.map((line) => bandTrace(base, line, axis)),
    ...faint.map((line) => faintTrace(base, line, axis, dark)),
    ...colouredLines.map((line) =>
      lineTrace(base, line, axis, { few, most: markersOf(colouredLines), side }),
    ),
    ...(lines.some(({ ring }) => ring) ? [ringTrace(base, lines, axis)] : []),
    ...(lines.some(({ marks }) => marks.length) ? [markTrace(base, lines, axis, theme)] : []),
  ];
  return traces.map((trace) => ({ ...trace, uid: `${nth}-${selectable(trace.uid)}` }));
}

/** A text as part of a CSS selector: Plotly looks for the traces that went with one. */
const selectable = (text) =>
  text.replace(/[^A-Za-z0-9-]/g, (sign) => `_${sign.codePointAt(0).toString(16)}`);

function about(line, role) {
  return { role, names: line.names, text: line.text, colour: line.look.colour };
}

/** How many markers a line has: few enough in all, for each is an element of the page. */
const markersOf = (lines) => Math.max(FEWEST_MARKERS, Math.floor(MARKERS_IN_ALL / lines.length));

/** The lines without a colour of their own: one trace, for each trace costs as much as its points. */
function greyTrace(base, lines, axis, theme) {
  const [x, y] = [[], []];
  for (const line of lines.filter(({ look }) => look.grey)) {
    x.push(...line.x, null);
    y.push(...line.y.map(axis.plotted), null);
  }
  return {
    ...base,
    uid: 'grey',
    meta: { role: 'grey', names: [] },
    mode: 'lines',
    x,
    y,
    line: { color: theme.grey, width: 1 },
  };
}

function lineTrace(base, line, axis, { few, most, side }) {
  const { colour, dash, marker } = line.look;
  return {
    ...base,
    uid: `line-${line.key}`,
    meta: about(line, 'line'),
    name: plain(line.text),
    showlegend: true,
    mode: 'lines+markers', // a line is told by its marker too, whatever colours the eye sees
    x: line.x,
    y: line.y.map(axis.plotted),
    line: { color: colour, dash: side === 'right' ? 'dash' : dash, width: few ? 2 : 1.4 },
    marker: {
      symbol: marker,
      size: few ? 6 : 4.5,
      color: colour,
      maxdisplayed: line.x.length > MOST_MARKED ? FEWEST_MARKERS : most,
    },
  };
}

function faintTrace(base, line, axis, dark) {
  return {
    ...base,
    uid: `faint-${line.key}`,
    meta: about(line, 'faint'),
    mode: 'lines',
    x: line.faint.x,
    y: line.faint.y.map(axis.plotted),
    line: { color: faded(line.look.colour, dark ? 0.42 : 0.32), width: 1 },
  };
}

function bandTrace(base, line, axis) {
  const { x, low, high } = line.band;
  const y = [...low, ...[...high].reverse()].map(axis.plotted);
  return {
    ...base,
    uid: `band-${line.key}`,
    meta: about(line, 'band'),
    mode: 'lines',
    x: [...x, ...[...x].reverse()],
    y,
    fill: 'toself',
    fillcolor: faded(line.look.colour, 0.16),
    line: { width: 0 },
  };
}

/** A cross where a run ended badly, and signs where somebody acted on one; within the plot, also when its last value is not. */
function markTrace(base, lines, axis, theme) {
  const marks = lines.flatMap((line) => line.marks.map((mark) => ({ ...mark, line })));
  const [from, to] = endsOf(axis);
  const inside = (value) => Math.min(Math.max(value ?? to, Math.min(from, to)), Math.max(from, to));
  return {
    ...base,
    uid: 'marks',
    meta: { role: 'mark', names: [] },
    mode: 'markers',
    x: marks.map(({ x }) => x),
    y: marks.map(({ y }) => inside(axis.plotted(y))),
    text: marks.map(({ text }) => plain(text ?? '')),
    hoverinfo: 'text',
    marker: {
      symbol: marks.map(({ symbol }) => symbol ?? 'x'),
      size: 10,
      color: marks.map(({ line }) => (line.look.grey ? theme.grey : line.look.colour)),
      line: { width: 1, color: theme.ground },
    },
  };
}

/** What theory expects of each line: a ring of its colour. */
function ringTrace(base, lines, axis) {
  const ringedLines = lines.filter(({ ring }) => ring);
  return {
    ...base,
    uid: 'rings',
    meta: { role: 'ring', names: [] },
    mode: 'markers',
    x: ringedLines.map(({ ring }) => ring.x),
    y: ringedLines.map(({ ring }) => axis.plotted(ring.y)),
    marker: {
      symbol: 'circle-open',
      size: 12,
      color: ringedLines.map(({ look }) => look.colour),
      line: { width: 1.5 },
    },
  };
}

/** A person's text as Plotly shows it unchanged: it takes some tags, and formulas between dollars. */
export function plain(text) {
  return String(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('$', '&#36;');
}
