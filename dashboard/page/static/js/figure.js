/* Lines as Plotly's traces and layout, for a size and a theme. Pure.
 *
 * Plotly draws lines, bands and crosses; what is pointed at, the cursor and its readout lie above
 * it (cursor.js, highlight.js) and never make it draw anew. */
import { xRange, yAxis } from './axes.js';
import { FONT, THEMES } from './colours.js';
import { arrangement, fitted, marginsOf, placeOf } from './panels.js';
import { plain, tracesOf } from './traces.js';

const FEW_STEPS = 5;
const TICK_PX = 55; // of an x axis, for one number
const X_TITLES = {
  step: 'step (optimizer updates)',
  epoch: 'epoch',
  seconds: 'seconds of training',
};

/** {traces, layout, drawnPanels: [{lines, axis, x, y}], height} of panels. choice: {x, y, loss, range};
 * view: {width, height, dark, zooms: Map y axis -> range, run, touch}.
 * run: the plot is of one run; it has a legend, and shows all of its line. */
export function figureOf(panels, choice, view) {
  const theme = THEMES[view.dark ? 'dark' : 'light'];
  const second = panels.some(({ side }) => side === 'right');
  const isShared = panels.length > 1 && panels.every(({ together }) => together !== undefined);
  const places = second ? 1 : panels.length;
  const grid = arrangement(places, view.width, view.height, isShared, eachOf(panels, isShared));
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
  const drawnPanels = [];
  const traces = [];
  panels.forEach((panel, i) => {
    const place = placed(second ? 0 : i, places, grid, inner, isShared);
    const first = isShared ? i - (i % grid.each) : i; // whose y axis this one shows
    const ids = { x: axisId('x', second ? 0 : i), y: axisId('y', i), shownY: axisId('y', first) };
    const lines = isShared
      ? panels.slice(first, first + grid.each).flatMap((other) => other.lines)
      : panel.lines;
    const axis = yAxis(
      panel.kind,
      lines,
      { ...choice, whole: view.run },
      xs,
      view.zooms.get(ids.shownY),
      place.heightPx,
    );
    addAxes(layout, panel, ids, axis, { place, xs, choice, isShared, theme, second });
    addNotes(layout, panel, axis, { place, places, theme, ids });
    traces.push(...tracesOf(panel, axis, ids, i, { theme, dark: view.dark }));
    drawnPanels.push({ lines: panel.lines, kind: panel.kind, axis, x: ids.x, y: ids.y });
  });
  if (legend) nameOnce(traces);
  return { traces, layout, drawnPanels, height: grid.height };
}

/** How many panels are of one quantity. */
const eachOf = (panels, isShared) =>
  isShared
    ? panels.filter(({ together }) => together === panels[0].together).length
    : panels.length;

/** Lines that look alike in several panels are one entry of the legend. */
function nameOnce(traces) {
  const names = new Set();
  for (const trace of traces) {
    if (!trace.showlegend) continue;
    trace.showlegend = !names.has(trace.name);
    names.add(trace.name);
  }
}

/** One panel alone has all of the window, without room for a title. */
function placed(i, places, grid, inner, isShared) {
  if (places > 1) return placeOf(i, places, grid, inner, isShared);
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

function addAxes(layout, panel, ids, axis, about) {
  const { theme } = about;
  const common = {
    gridcolor: theme.grid,
    linecolor: theme.line,
    zeroline: false,
    tickfont: { size: 11, color: theme.soft },
    automargin: false,
    ticklabeloverflow: 'allow',
  };
  if (panel.side !== 'right') layout[keyOf(ids.x)] = { ...common, ...xAxisOf(ids, about) };
  layout[keyOf(ids.y)] = { ...common, ...yAxisOf(panel, ids, axis, about) };
}

const titleOf = (text, standoff, theme) => ({
  text,
  standoff,
  font: { size: 11, color: theme.soft },
});

function xAxisOf(ids, { place, xs, choice, theme }) {
  const words = fitted(X_TITLES[choice.x], place.widthPx);
  return {
    domain: place.x,
    anchor: ids.y,
    range: [...xs],
    showticklabels: place.bottom,
    title: place.bottom ? titleOf(words, 6, theme) : undefined,
    ...(choice.x === 'step' && xs[1] - xs[0] < FEW_STEPS && { dtick: 1 }), // there is no half step
    nticks: Math.max(4, Math.floor(place.widthPx / TICK_PX)),
    exponentformat: 'none',
    separatethousands: true,
    showgrid: false,
    ticks: 'outside',
    ticklen: 3,
    tickcolor: theme.line,
    matches: ids.x === 'x' ? undefined : 'x',
  };
}

function yAxisOf({ kind, title, side }, ids, axis, { place, isShared, theme, second }) {
  return {
    domain: place.y,
    anchor: ids.x,
    type: axis.type,
    range: [...axis.range],
    tickvals: axis.ticks.values,
    ticktext: axis.ticks.texts,
    showticklabels: !isShared || place.first,
    zeroline: kind === 'difference',
    zerolinecolor: theme.soft,
    zerolinewidth: 1.5,
    matches: ids.shownY === ids.y ? undefined : ids.shownY,
    ...(second && { title: titleOf(title, 4, theme) }),
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
  const edges = {
    ...note,
    xref: `${ids.x} domain`,
    yref: `${ids.y} domain`,
    x: 1,
    xanchor: 'right',
  };
  if (axis.below)
    layout.annotations.push({ ...edges, text: `▾ ${axis.below} lower`, y: 0, yanchor: 'bottom' });
  if (axis.above)
    layout.annotations.push({ ...edges, text: `▴ ${axis.above} higher`, y: 1, yanchor: 'top' });
}
