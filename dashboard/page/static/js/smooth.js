/* Smoothing as Weights & Biases does it: a time-weighted exponential moving average. Pure.
 *
 * A point weighs by how far away it is on the x axis, not by how many points lie between, so that
 * a run with few points is smoothed as much as one with many. */

const PARTS = 1000; // a point one thousandth of the axis away has the weight that `strength` says

/** The values smoothed. strength: 0 (none) to 0.99; span: the length of the x axis in units of x.
 * Values that are no number stay what they are, and weigh nothing. */
export function smoothed(x, y, strength, span) {
  const weight = Math.min(Math.sqrt(strength), 0.999);
  if (!(weight > 0) || !(span > 0)) return y;
  let sum = 0;
  let total = 0;
  let before = null;
  return Array.from(y, (value, i) => {
    if (value === null || !Number.isFinite(value)) return value;
    const decay = before === null ? 0 : weight ** (((x[i] - before) / span) * PARTS);
    before = x[i];
    sum = sum * decay + value;
    total = total * decay + 1;
    return sum / total;
  });
}
