/* Lines as Plotly's traces and layout, for a size and a theme. Pure.
 *
 * Plotly draws lines, bands and crosses; what is pointed at, the cursor and its readout lie above
 * it (cursor.js, highlight.js) and never make it draw anew. */
import { xRange, yAxis } from './axes.js';
import { FONT, faded, THEMES } from './colours.js';
import { arrangement, fitted, marginsOf, placeOf } from './panels.js';

const MOST_MARKED = 40; // points of a line; one with more has few markers
const MARKERS_IN_ALL = 140;
const FEWEST_MARKERS = 4; // of a line
const FAINT_UP_TO = 24; // lines
const WIDE_UP_TO = 16; // lines
const X_TITLES = {
  step: 'step (optimizer updates)',
  epoch: 'epoch',
  seconds: 'seconds of training',
};

/** {traces, layout, drawn: [{lines, axis, x, y}]} of panels. choice: {x, y, loss, range};
 * view: {width, height, dark, zooms: Map y axis -> range, run, touch}.
 * run: the plot is of one run; it has a legend, and shows all of its line. */
export function figureOf(panels, choice, view) {
  const theme = THEMES[view.dark ? 'dark' : 'light'];
  const second = panels.some(({ side }) => side === 'right');
  const shared =
    !second &&
    panels.length > 1 &&
    new Set(panels.map(({ kind, lines }) => `${kind}${lines[0]?.series}`)).size === 1;
  const places = second ? 1 : panels.length;
  const grid = arrangement(places, view.width, view.height, shared);
  const everyLine = panels.flatMap(({ lines }) => lines);
  const legend = Boolean(view.run) && new Set(everyLine.map(({ text }) => text)).size > 1;
  const layout = {
    ...frame(grid.height, view, theme, marginsOf(panels, legend)),
    showlegend: legend,
  };
  const inner = {
    width: view.width - layout.margin.l - layout.margin.r,
    height: grid.height - layout.margin.t - layout.margin.b,
  };
  const xs = xRange(everyLine, choice.range);
  const drawn = [];
  const traces = [];
  panels.forEach((panel, i) => {
    const place = placed(second ? 0 : i, places, grid, inner, shared);
    const ids = { x: axisId('x', second ? 0 : i), y: axisId('y', i) };
    const axis = yAxis(
      panel.kind,
      shared ? everyLine : panel.lines,
      { ...choice, whole: view.run },
      xs,
      view.zooms.get(shared ? 'y' : ids.y),
      place.heightPx,
    );
    addAxes(layout, panel, ids, axis, { place, xs, choice, shared, theme, second });
    addNotes(layout, panel, axis, { place, places, theme, ids });
    traces.push(...tracesOf(panel, axis, ids, i, { theme, dark: view.dark }));
    drawn.push({ lines: panel.lines, kind: panel.kind, axis, ...ids });
  });
  return { traces, layout, drawn, height: grid.height };
}

/** One panel alone has all of the window, without room for a title. */
function placed(i, places, grid, inner, shared) {
  if (places > 1) return placeOf(i, places, grid, inner, shared);
  return {
    x: [0, 1],
    y: [0, 1],
    bottom: true,
    first: true,
    titleAt: 1,
    widthPx: inner.width,
    heightPx: inner.height,
  };
}

const axisId = (letter, i) => (i ? `${letter}${i + 1}` : letter);
const keyOf = (id) => `${id[0]}axis${id.slice(1)}`;

function frame(height, view, theme, margin) {
  return {
    width: view.width,
    height,
    margin,
    paper_bgcolor: theme.ground,
    plot_bgcolor: theme.ground,
    font: { family: FONT, size: 12, color: theme.ink },
    hovermode: false,
    dragmode: view.touch ? false : 'zoom',
    legend: {
      orientation: 'h',
      x: 0,
      y: 1,
      yanchor: 'bottom',
      font: { size: 11 },
      bgcolor: 'rgba(0,0,0,0)',
      itemclick: false,
      itemdoubleclick: false,
    },
    annotations: [],
    separators: '.\u202f',
  };
}

function addAxes(
  layout,
  { kind, title, side },
  ids,
  axis,
  { place, xs, choice, shared, theme, second },
) {
  const common = {
    gridcolor: theme.grid,
    linecolor: theme.line,
    zeroline: false,
    tickfont: { size: 11, color: theme.soft },
    automargin: false,
    ticklabeloverflow: 'allow',
  };
  const text = (words, standoff) => ({
    text: words,
    standoff,
    font: { size: 11, color: theme.soft },
  });
  if (side !== 'right') {
    layout[keyOf(ids.x)] = {
      ...common,
      domain: place.x,
      anchor: ids.y,
      range: [...xs],
      showticklabels: place.bottom,
      title: place.bottom ? text(fitted(X_TITLES[choice.x], place.widthPx), 6) : undefined,
      nticks: Math.max(4, Math.floor(place.widthPx / 65)),
      exponentformat: 'none',
      separatethousands: true,
      showgrid: false,
      ticks: 'outside',
      ticklen: 3,
      tickcolor: theme.line,
      matches: ids.x === 'x' ? undefined : 'x',
    };
  }
  layout[keyOf(ids.y)] = {
    ...common,
    domain: place.y,
    anchor: ids.x,
    type: axis.type,
    range: [...axis.range],
    tickvals: axis.ticks.values,
    ticktext: axis.ticks.texts,
    showticklabels: !shared || place.first,
    zeroline: kind === 'difference',
    zerolinecolor: theme.soft,
    zerolinewidth: 1.5,
    matches: shared && ids.y !== 'y' ? 'y' : undefined,
    ...(second && { title: text(title, 4) }),
    ...(side === 'right' && { overlaying: 'y', side, showgrid: false, anchor: 'x' }),
  };
}

function addNotes(layout, { title, side, lines }, axis, { place, places, theme, ids }) {
  const note = { showarrow: false, font: { size: 11, color: theme.soft } };
  if (places > 1) {
    layout.annotations.push({
      ...note,
      text: `<b>${plain(fitted(title, place.widthPx))}</b>`,
      xref: 'paper',
      yref: 'paper',
      x: place.x[0],
      y: place.titleAt,
      xanchor: 'left',
      yanchor: 'bottom',
    });
  }
  const middle = {
    x: (place.x[0] + place.x[1]) / 2,
    y: (place.y[0] + place.y[1]) / 2,
    xref: 'paper',
    yref: 'paper',
  };
  if (!lines.length && side !== 'right')
    layout.annotations.push({ ...note, ...middle, text: 'no points to show' });
  if (!axis.below) return;
  const text = axis.below === 1 ? '▾ 1 lower' : `▾ ${axis.below} lower`;
  layout.annotations.push({
    ...note,
    text,
    xref: `${ids.x} domain`,
    yref: `${ids.y} domain`,
    x: 1,
    y: 0,
    xanchor: 'right',
    yanchor: 'bottom',
  });
}

/** A person's text as Plotly shows it unchanged: it takes some tags, and formulas between dollars. */
export function plain(text) {
  return String(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('$', '&#36;');
}

/** The traces of a panel from the bottom up: grey lines, bands, faint lines, lines, crosses. */
function tracesOf({ lines, side }, axis, ids, nth, { theme, dark }) {
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
  const coloured = lines.filter(({ look }) => !look.grey);
  const traces = [
    ...(coloured.length < lines.length ? [greyTrace(base, lines, axis, theme)] : []),
    ...bands.map((line) => bandTrace(base, line, axis)),
    ...faint.map((line) => faintTrace(base, line, axis, dark)),
    ...coloured.map((line) =>
      lineTrace(base, line, axis, { few, most: markersOf(coloured), side }),
    ),
    ...(lines.some(({ marks }) => marks.length) ? [markTrace(base, lines, axis, theme)] : []),
  ];
  return traces.map((trace) => ({ ...trace, uid: `${nth}-${trace.uid}` }));
}

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

/** A cross where a run ended badly; within the plot, also when its last value is not. */
function markTrace(base, lines, axis, theme) {
  const marks = lines.flatMap((line) => line.marks.map((mark) => ({ ...mark, line })));
  const [from, to] = axis.type === 'log' ? axis.range.map((power) => 10 ** power) : axis.range;
  const inside = (value) => Math.min(Math.max(value ?? to, Math.min(from, to)), Math.max(from, to));
  return {
    ...base,
    uid: 'marks',
    meta: { role: 'mark', names: [] },
    mode: 'markers',
    x: marks.map(({ x }) => x),
    y: marks.map(({ y }) => inside(axis.plotted(y))),
    marker: {
      symbol: 'x',
      size: 10,
      color: marks.map(({ line }) => (line.look.grey ? theme.grey : line.look.colour)),
      line: { width: 1, color: theme.ground },
    },
  };
}
