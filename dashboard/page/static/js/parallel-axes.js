/* The axes of the parallel coordinates: where a run stands on each, and which a brush means. Pure.
 *
 * An axis: {key, text, place(runs) -> [0, 1] from the foot, or null, ticks: [{place, text, low}]}. */

import { result } from './numbers.js';
import { meanOf, settingOf } from './results.js';
import { LOG_FROM } from './shade.js';

const MOST_TICKS = 12;
export const RESULT = 'result';

/** One axis for each setting that varies, the result last. groups: lists of runs. */
export function axesOf(model, groups) {
  const settings = model.settings.filter(({ key }) => key !== 'seed');
  return [...settings.map(settingAxis), resultAxis(model, groups)];
}

function settingAxis({ key, text, values }) {
  const numbers = values.map(({ value }) => value);
  const scale = numbers.every((value) => Number.isFinite(value) && typeof value === 'number')
    ? numeric(numbers)
    : inTurn(values);
  const ticks = values.map((entry) => ({ place: scale(entry.value), text: entry.text }));
  return {
    key,
    text,
    place: (runs) => scale(settingOf(runs[0], key) ?? null),
    ticks: thinned(ticks),
  };
}

/** Categories stand at even distances, in the order of the plan. */
function inTurn(values) {
  const places = new Map(
    values.map(({ value }, i) => [
      JSON.stringify(value),
      values.length > 1 ? i / (values.length - 1) : 0.5,
    ]),
  );
  return (value) => places.get(JSON.stringify(value)) ?? null;
}

/** Numbers by size; on a log scale where they span more than two decades. */
function numeric(numbers) {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const log = low > 0 && high / low > LOG_FROM;
  const size = log ? Math.log : (value) => value;
  const span = size(high) - size(low);
  return (value) =>
    Number.isFinite(value) ? (span ? (size(value) - size(low)) / span : 0.5) : null;
}

function thinned(ticks) {
  const byPlace = [...ticks].sort((a, b) => a.place - b.place);
  const every = Math.ceil(byPlace.length / MOST_TICKS);
  return byPlace.filter((_, i) => i % every === 0);
}

/** The best stands at the top, so that above a tick is as good or better. */
function resultAxis({ metric }, groups) {
  const means = groups.map((runs) => meanOf(runs, 'result')).filter((mean) => mean !== null);
  const [low, high] = means.length ? [Math.min(...means), Math.max(...means)] : [0, 1];
  const upwards = metric.goal !== 'min';
  const span = high - low;
  const placeOf = (value) => {
    if (!span) return 0.5;
    return upwards ? (value - low) / span : (high - value) / span;
  };
  const ticks = (span ? [0, 0.25, 0.5, 0.75, 1] : [0.5]).map((place) => ({
    place,
    text: result(upwards ? low + span * place : high - span * place),
  }));
  return {
    key: RESULT,
    text: metric.text,
    place(runs) {
      const mean = meanOf(runs, 'result');
      return mean === null ? null : placeOf(mean);
    },
    ticks,
  };
}

/** The groups whose places lie within every brush. brushes: {axis key: [from, to]}, in places. */
export function brushed(groups, axes, brushes) {
  const brushedAxes = axes.filter(({ key }) => key in brushes);
  return groups.filter((runs) =>
    brushedAxes.every((axis) => {
      const place = axis.place(runs);
      const [low, high] = brushes[axis.key];
      return place !== null && place >= low && place <= high;
    }),
  );
}

/** The stretch of an axis that one of its ticks means: its value, or for the result all as good or better. */
export function stretchOf(axis, tick) {
  const near = 1e-6;
  return axis.key === RESULT
    ? [tick.place - near, 1 + near]
    : [tick.place - near, tick.place + near];
}
