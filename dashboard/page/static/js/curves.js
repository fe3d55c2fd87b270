/* Which lines a plot of ours shows: runs that are seen, seeds together, in the person's units. Pure.
 *
 * Makes lines of numbers and says whose they are and how they look; what an axis spans is axes.js's,
 * what Plotly is told is figure.js's. A line: {key, names, numbers, text, look, series, kind, x, y,
 * faint: {x, y}|null (before smoothing), band: {x, low, high}|null, bandShown, seeds, marks,
 * ring: {x, y} (what theory expects at step 0)|undefined}. */
import { toAxis, unescaped } from './model.js';
import { smoothed } from './smooth.js';

export const MOST_PANELS = 36; // of a plot; with more, each would be too small or too far down
const BANDS_UP_TO = 4; // lines; with more, only the band of one that is pointed at
const BAD = new Set(['failed', 'diverged']);

/** The panels of a plot window: [{title, kind, lines, side, together}], at least one. Those with the
 * same `together` are of the same quantity: they share an axis and begin a row of their own.
 * view: {model, curves, runs (seen), look, x, smooth, facet, baseline}. */
export function panelsOf(packet, view) {
  const { meta } = packet.content.layout;
  const facet = unsplit(packet, view) ? null : facetOf(view);
  if (meta.panels?.length > 1) {
    return facet ? matrix(facet, meta, view) : meta.panels.map((one) => given(one, meta.y, view));
  }
  const series = seriesOf(packet);
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
function given({ title, kind, series, rings }, usual, view) {
  const made = panel(title, kind ?? usual, Array.isArray(series) ? series : [[series]], view);
  for (const line of rings ? made.lines : []) {
    const expected = rings[line.series];
    if (expected > 0) line.ring = { x: toAxis(view.runs[0], 0, view.x) ?? 0, y: expected };
  }
  return made;
}

/** A row for each panel of the window, in it one for each value that has runs. */
function matrix(facet, meta, view) {
  const split = splitBy(facet, view);
  return meta.panels.flatMap(({ title, series }) =>
    split.map(({ text, runs }) => ({
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
  const filled = panels.filter(({ lines }) => lines.length);
  return filled.length ? filled : panels.slice(0, 1);
}

/** The runs that are seen by their value of a setting, without values that none has. */
function splitBy({ key, values }, { runs }) {
  const parts = values.map(({ value, text }) => ({
    text,
    runs: runs.filter((run) => JSON.stringify(run.config[key] ?? null) === JSON.stringify(value)),
  }));
  const seen = parts.filter((part) => part.runs.length);
  return seen.length ? seen : parts.slice(0, 1);
}

/** The series of a window in order: [[series, text, axis]]. */
function seriesOf(packet) {
  if (packet.content.layout.meta.y === 'difference') return [['test_accuracy', '', 'y']];
  const found = new Map();
  for (const { meta, name, yaxis } of packet.content.data) {
    if (meta?.run === undefined || meta.role === 'mark') continue;
    if (!found.has(meta.series) || meta.role === 'line')
      found.set(meta.series, [meta.series, unescaped(name ?? ''), yaxis ?? 'y']);
  }
  return [...found.values()];
}

function panel(title, kind, series, view, first = 0) {
  const several = series.length > 1 || first > 0 || (title !== '' && !view.model.settings);
  const lines = series.flatMap(([name, text], i) =>
    linesOf(name, kind, view).map((line) => named(line, several, text, first + i, view)),
  );
  const span = spanOf(lines);
  lines.forEach((line) => smoothLine(line, view.smooth, span));
  if (lines.length <= BANDS_UP_TO) lines.forEach((line) => (line.bandShown = true));
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

/** One line a group of runs that differ in their seed only. */
function linesOf(series, kind, view) {
  const held = view.curves.get(series) ?? new Map();
  const groups = new Map();
  for (const run of view.runs) {
    const key = run.group ?? 0;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(run);
  }
  const base = kind === 'difference' ? baselineOf(view) : null;
  const lines = [];
  for (const [group, runs] of groups) {
    if (base && group === base.group) continue;
    const curves = runs.map((run) =>
      base ? difference(run, base, held, view.x) : own(run, held, view.x),
    );
    const line = join(runs, curves);
    if (line)
      lines.push({ key: `${group}-${series}`, series, kind, look: view.look(line.run), ...line });
  }
  return lines;
}

/** A run's curve with its x in the units of the axis, without points that are no numbers. */
function own(run, held, unit) {
  const curve = held.get(run.name);
  if (!curve) return null;
  const { x, y } = curve.x ? curve : (curve.raw ?? { x: [], y: [] });
  const points = converted(run, x, y, unit);
  const raw = curve.raw && curve.x ? converted(run, curve.raw.x, curve.raw.y, unit) : null;
  const band = curve.band && {
    ...curve.band,
    x: Array.from(curve.band.x, (step) => toAxis(run, step, unit)),
  };
  return { ...points, raw, band, mark: markOf(run, curve.mark, points, unit) };
}

function converted(run, steps, values, unit) {
  const [x, y] = [[], []];
  for (let i = 0; i < steps.length; i += 1) {
    const at = toAxis(run, steps[i], unit);
    if (at === null || values[i] === null || !Number.isFinite(values[i])) continue;
    x.push(at);
    y.push(values[i]);
  }
  return { x, y };
}

/** The cross of a run that ended badly: where its line ends. */
function markOf(run, mark, { x, y }, unit) {
  if (mark) return { x: toAxis(run, mark.x, unit), y: mark.y, text: mark.text };
  if (!BAD.has(run.state) || !x.length) return null;
  return { x: x.at(-1), y: y.at(-1), text: run.state };
}

/** The run that differences are taken from, with its group. */
export function baselineOf({ model, baseline }) {
  const run =
    model.byName(baseline || model.baseline) ?? model.byName(model.baseline) ?? model.runs[0];
  const runs = model.runs.filter((other) => other.group === run.group);
  return { run, runs, group: run.group };
}

/** A run's curve minus the baseline's with the same seed, at the steps that both have. */
function difference(run, base, held, unit) {
  const partner = base.runs.find((other) => other.config.seed === run.config.seed) ?? base.run;
  const [mine, theirs] = [held.get(run.name), held.get(partner.name)];
  if (!mine?.x || !theirs?.x) return null;
  const at = new Map(Array.from(theirs.x, (step, i) => [step, theirs.y[i]]));
  const [steps, values] = [[], []];
  mine.x.forEach((step, i) => {
    const value = at.get(step);
    if (value === undefined || value === null || mine.y[i] === null) return;
    steps.push(step);
    values.push(mine.y[i] - value);
  });
  const points = converted(run, steps, values, unit);
  return { ...points, raw: null, band: null, mark: markOf(run, null, points, unit) };
}

/** The curves of a group's runs as one line, or null where there is no point. */
function join(runs, curves) {
  const there = runs.map((run, i) => [run, curves[i]]).filter(([, curve]) => curve?.x.length);
  if (!there.length) return null;
  const [[run, first]] = there;
  const members = there.map(([one]) => one);
  const about = {
    run,
    names: members.map(({ name }) => name),
    numbers: members.map(({ number }) => number),
    text: commonText(members.map(({ label, name }) => label ?? name)),
    marks: there.map(([, { mark }]) => mark).filter((mark) => mark && mark.x !== null),
    seeds: there.length,
  };
  if (there.length === 1)
    return {
      ...about,
      x: first.x,
      y: first.y,
      faint: first.raw,
      band: first.band ?? null,
      bandShown: false,
    };
  const { x, y, low, high } = overSeeds(there.map(([, curve]) => curve));
  return { ...about, x, y, faint: null, band: { x, low, high }, bandShown: true };
}

/** What the labels of several runs share: all but the seed. */
export function commonText(labels) {
  const [first, ...rest] = labels.map((label) => label.split(' · '));
  return (
    first.filter((part) => rest.every((other) => other.includes(part))).join(' · ') || labels[0]
  );
}

/** Mean, lowest and highest of curves at the points of the longest; straight between own points.
 * A mean is over the runs that have come that far. */
export function overSeeds(curves) {
  const { x } = curves.reduce((a, b) => (b.x.length > a.x.length ? b : a));
  const rows = curves.map((curve) => interpolated(curve, x));
  const result = { x: [], y: [], low: [], high: [] };
  x.forEach((at, i) => {
    const values = rows.map((row) => row[i]).filter((value) => value !== null);
    if (!values.length) return;
    result.x.push(at);
    result.y.push(values.reduce((a, b) => a + b, 0) / values.length);
    result.low.push(Math.min(...values));
    result.high.push(Math.max(...values));
  });
  return result;
}

function interpolated({ x, y }, at) {
  let i = 0;
  return at.map((place) => {
    if (place < x[0] || place > x.at(-1)) return null;
    while (i < x.length - 1 && x[i + 1] < place) i += 1;
    if (x[i] === place || i === x.length - 1) return y[i];
    const share = (place - x[i]) / (x[i + 1] - x[i] || 1);
    return y[i] + (y[i + 1] - y[i]) * share;
  });
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
