/* The lines of a series: runs that are seen, seeds together, in the person's units. Pure.
 *
 * Makes lines of numbers and says whose they are; which panel shows them is facets.js's. A line: {key,
 * names, numbers, text, look, series, kind, x, y, faint: {x, y}|null (before smoothing),
 * band: {x, low, high}|null, bandShown, noisy (recorded at every step), seeds, marks,
 * ring: {x, y} (what theory expects at step 0)|undefined}. */
import { toAxis } from './model.js';
import { isWrong } from './states.js';

const OF_STEPS = new Set(['train_loss']); // dashboard/runs/epoch_mean.py: a point at every step

/** One line a group of runs that differ in their seed only. */
export function linesOf(series, kind, view) {
  const byRun = view.curves.get(series) ?? new Map();
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
      base ? difference(run, base, byRun, view.x) : own(run, byRun, view.x),
    );
    const line = join(runs, curves);
    if (line)
      lines.push({
        key: `${group}-${series}`,
        series,
        kind,
        look: view.look(line.run),
        noisy: OF_STEPS.has(series),
        ...line,
      });
  }
  return lines;
}

/** A run's curve with its x in the units of the axis, without points that are no numbers. */
function own(run, byRun, unit) {
  const curve = byRun.get(run.name);
  if (!curve) return null;
  const { x, y } = curve.x ? curve : (curve.raw ?? { x: [], y: [] });
  const points = converted(run, x, y, unit);
  const raw = curve.raw && curve.x ? converted(run, curve.raw.x, curve.raw.y, unit) : null;
  const band = curve.band && {
    ...curve.band,
    x: Array.from(curve.band.x, (step) => toAxis(run, step, unit)),
  };
  return {
    ...points,
    raw,
    band,
    mark: markOf(run, curve.mark, points, unit),
    acts: actsOn(run, points, unit),
  };
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
  if (!isWrong(run) || !x.length) return null;
  return { x: x.at(-1), y: y.at(-1), text: run.state };
}

/** Where somebody acted on the run: another learning rate, the step at which a fork parts. */
export function actsOn(run, points, unit) {
  const marks = (run.rates ?? []).map(([step, rate]) => ({
    step,
    symbol: 'triangle-right',
    text: `learning rate ${rate} from step ${step + 1} on`,
  }));
  if (run.fork)
    marks.push({ step: run.fork[1], symbol: 'diamond-open', text: `forked from ${run.fork[0]}` });
  return marks.flatMap(({ step, ...mark }) => {
    const x = toAxis(run, step, unit);
    const y = x === null || !points.x.length ? null : interpolated(points, [x])[0];
    return y === null ? [] : [{ ...mark, x, y }];
  });
}

/** The run that differences are taken from, with its group. */
function baselineOf({ model, baseline }) {
  const run =
    model.byName(baseline || model.baseline) ?? model.byName(model.baseline) ?? model.runs[0];
  const runs = model.runs.filter((other) => other.group === run.group);
  return { run, runs, group: run.group };
}

/** A run's curve minus the baseline's with the same seed, at the steps that both have. */
function difference(run, base, byRun, unit) {
  const partner = base.runs.find((other) => other.config.seed === run.config.seed) ?? base.run;
  const [mine, theirs] = [byRun.get(run.name), byRun.get(partner.name)];
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
    marks: there
      .flatMap(([, { mark, acts }]) => [mark, ...(acts ?? [])])
      .filter((mark) => mark && mark.x !== null),
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

/** Mean, lowest and highest of curves at the points of the one that has come furthest; straight
 * between own points. A mean is over the runs that have come that far. */
export function overSeeds(curves) {
  const further = (a, b) => (b.x.at(-1) - a.x.at(-1) || b.x.length - a.x.length) > 0;
  const { x } = curves.reduce((a, b) => (further(a, b) ? b : a));
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
