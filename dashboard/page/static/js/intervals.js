/* What seeds tell of a difference: its 95 % interval, on how many it is better, shared places. Pure.
 *
 * Student's t and the least variance come with the model (dashboard/windows/standing_model.py), as do
 * the places; a person may choose any baseline, so the differences from it are taken here. */

import { difference, NOTHING, result } from './numbers.js';
import { spread } from './results.js';

/** {mean, low, high, better, n} of differences of paired seeds; null where they are too few. */
export function intervalOf(values, standing, goal) {
  const { mean, std, n } = spread(values);
  const t = standing?.t?.[n - 2];
  if (n < 2 || !Number.isFinite(t)) return null;
  const half = t * Math.sqrt(Math.max(std ** 2, standing.floor ?? 0) / n);
  const better = values.filter((value) => (goal === 'min' ? value < 0 : value > 0)).length;
  return { mean, low: mean - half, high: mean + half, better, n };
}

/** Whether there is an interval, and it includes 0. */
export function mayBeChance(interval) {
  return interval !== null && interval.low <= 0 && interval.high >= 0;
}

/** The interval in words. */
export function intervalText(interval) {
  if (!interval) return '';
  const { low, high, better, n } = interval;
  const zero = mayBeChance(interval) ? ': it includes 0, so it may be chance' : '';
  return `95 % interval ${difference(low)} to ${difference(high)} (paired t-test)${zero}; better on ${better} of ${n} seeds`;
}

/** Whether the model has groups of seeds, so that places can be shared. */
export function hasPlaces(model) {
  return Boolean(model.standing) && model.groups.some((group) => group.length > 1);
}

/** The place of a row's group: {text, title, first, last}; of a lone seed of several, nothing. */
export function placeOf(runs, model) {
  const group = model.runs.filter((run) => run.group === runs[0].group);
  const own = model.standing.groups[runs[0].group];
  if (!own || (runs.length === 1 && group.length > 1))
    return { text: NOTHING, first: null, last: null };
  const [first, last] = own.rank;
  const title = own.delta && Number.isFinite(own.low) ? behind(own) : '';
  return { text: first === last ? String(first) : `${first}–${last}`, first, last, title };
}

function behind({ delta, low, high, better, of }) {
  const seeds = better === null ? '' : `; better on ${better} of ${of} seeds`;
  return `${difference(delta)} from the best, 95 % interval ${difference(low)} to ${difference(high)}${seeds}`;
}

/**
 * The seeds as dots: {dots: [{at: 0…1, out: whether it lies beyond the scale}], mean: 0…1 or null,
 * text}. scale: [low, high] of scaleOf.
 */
export function dotsOf(values, [low, high]) {
  const at = (value) => (high > low ? (value - low) / (high - low) : 0.5);
  const inside = (share) => Math.min(1, Math.max(0, share));
  const { mean, n } = spread(values);
  return {
    dots: values.map((value) => ({
      at: inside(at(value)),
      out: value < low || value > high,
    })),
    mean: mean === null ? null : inside(at(mean)),
    text: n ? `${n} ${n === 1 ? 'seed' : 'seeds'}: ${values.map(result).join(', ')}` : 'no result',
  };
}

/** [low, high] in which all but far-off values lie (Tukey's fences), one scale for all rows. */
export function scaleOf(values) {
  const bySize = [...values].sort((a, b) => a - b);
  if (!bySize.length) return [0, 1];
  const quantile = (share) => bySize[Math.round(share * (bySize.length - 1))];
  const reach = 1.5 * (quantile(0.75) - quantile(0.25));
  const within = bySize.filter(
    (value) => value >= quantile(0.25) - reach && value <= quantile(0.75) + reach,
  );
  return [within[0], within.at(-1)];
}
