/* Which panels a plot of ours has: one, one for each value of a setting, or those of its window. Pure.
 *
 * Says which lines stand in which panel, and how they look there; the lines are curves.js's, what an
 * axis spans axes.js's, what Plotly is told figure.js's. */
import { linesOf } from './curves.js';
import { toAxis, unescaped } from './model.js';
import { smoothed } from './smooth.js';

export const MOST_PANELS = 36; // of a plot; with more, each would be too small or too far down
/** Lines; with more, only the band of one that is pointed at. Of an evaluation all that seeds make are
 * drawn: they say how sure it is. Where each step counts they are noise, and cost a fifth of a frame. */
const BANDS_UP_TO = 4;

/** The panels of a plot window: [{title, kind, lines, side, together}], at least one. Those with the
 * same `together` are of the same quantity: they share an axis and begin a row of their own.
 * view: {model, curves, runs (seen), look, x, smooth, facet, baseline}. */
export function panelsOf(packet, view) {
  const { meta } = packet.content.layout;
  const facet = unsplit(packet, view) ? null : facetOf(view);
  if (meta.panels?.length > 1) {
    return facet ? matrix(facet, meta, view) : meta.panels.map((one) => panelOf(one, meta.y, view));
  }
  const series = seriesOf(packet, view.model);
  if (facet) return facets(facet, meta.y, series, view);
  if (meta.y2) {
    const [left, right] = [
      series.filter(([, , axis]) => axis !== 'y2'),
      series.filter(([, , axis]) => axis === 'y2'),
    ];
    const second = panel(meta.title2, meta.y2, right, view, left.length);
    return [panel(meta.title, meta.y, left, view), { ...second, side: 'right' }];
  }
  return [panel('', meta.y, series, view)];
}

/** Why a plot stands as one although the person wants it split; '' where it does not. */
export function unsplit(packet, view) {
  const facet = facetOf(view);
  const count = (packet.content.layout.meta.panels?.length || 1) * (facet?.values.length ?? 0);
  return count > MOST_PANELS
    ? `not split by ${facet.text ?? facet.key}: ${count} plots would be too many`
    : '';
}

const facetOf = ({ model, facet }) => model.settings?.find(({ key }) => key === facet);

/** One of the panels that a window has already: of a series, or of several. */
function panelOf({ title, kind, series, rings }, usual, view) {
  const own = panel(title, kind ?? usual, Array.isArray(series) ? series : [[series]], view);
  for (const line of rings ? own.lines : []) {
    const ringValue = rings[line.series];
    if (ringValue > 0) line.ring = { x: toAxis(view.runs[0], 0, view.x) ?? 0, y: ringValue };
  }
  return own;
}

/** A row for each panel of the window, in it one for each value that has runs. */
function matrix(facet, meta, view) {
  const parts = splitBy(facet, view);
  return meta.panels.flatMap(({ title, series }) =>
    parts.map(({ text, runs }) => ({
      ...panel(`${title} · ${text}`, meta.y, [[series]], { ...view, runs }),
      together: series,
    })),
  );
}

function facets(facet, kind, series, view) {
  const panels = splitBy(facet, view).map(({ text, runs }) => ({
    ...panel(text, kind, series, { ...view, runs }),
    together: series[0]?.[0],
  }));
  const withLines = panels.filter(({ lines }) => lines.length);
  return withLines.length ? withLines : panels.slice(0, 1);
}

/** The runs that are seen by their value of a setting, without values that none has. */
function splitBy({ key, values }, { runs }) {
  const parts = values.map(({ value, text }) => ({
    text,
    runs: runs.filter((run) => JSON.stringify(run.config[key] ?? null) === JSON.stringify(value)),
  }));
  const withRuns = parts.filter((part) => part.runs.length);
  return withRuns.length ? withRuns : parts.slice(0, 1);
}

/** The series of a window in order: [[series, text, axis]]. */
function seriesOf(packet, model) {
  if (packet.content.layout.meta.y === 'difference') return [[model.metric.name, '', 'y']];
  const series = new Map();
  for (const { meta, name, yaxis } of packet.content.data) {
    if (meta?.run === undefined || meta.role === 'mark') continue;
    if (!series.has(meta.series) || meta.role === 'line')
      series.set(meta.series, [meta.series, unescaped(name ?? ''), yaxis ?? 'y']);
  }
  return [...series.values()];
}

function panel(title, kind, series, view, first = 0) {
  const several = series.length > 1 || first > 0 || (title !== '' && !view.model.settings);
  const lines = series.flatMap(([name, text], i) =>
    linesOf(name, kind, view).map((line) => named(line, several, text, first + i, view)),
  );
  const span = spanOf(lines);
  lines.forEach((line) => smoothLine(line, view.smooth, span));
  const few = lines.length <= BANDS_UP_TO;
  for (const line of lines) if (few || line.noisy) line.bandShown = few;
  return { title, kind, lines };
}

/** On a run's own page lines differ by what they are of: each has its colour and its name. */
function named(line, several, text, i, { model, dark }) {
  if (!several || !text || model.settings) return line;
  const palette = model.looks[dark ? 'dark' : 'light'];
  const { dashes, markers } = model.looks;
  const look = {
    colour: palette[i % palette.length],
    dash: dashes[i % dashes.length],
    marker: markers[i % markers.length],
    grey: false,
  };
  return { ...line, text, look };
}

function spanOf(lines) {
  const starts = lines.map(({ x }) => x[0]);
  const ends = lines.map(({ x }) => x.at(-1));
  return lines.length ? Math.max(...ends) - Math.min(...starts) : 0;
}

function smoothLine(line, strength, span) {
  if (!strength) return;
  line.faint ??= { x: line.x, y: line.y };
  line.y = smoothed(line.x, line.y, strength, span);
}
