/* Where an axis has numbers, and how they are written. Pure.
 *
 * Plotly's own leave a logarithmic axis within one decade without any, or write 9…2 for 0.9…0.2. */

import { difference, fixed } from './numbers.js';

const MANTISSAS = [[1], [1, 3], [1, 2, 5], [1, 2, 3, 5, 7], [1, 2, 3, 4, 5, 6, 7, 8, 9]];
const FEWEST = 3; // numbers on a logarithmic axis, before it takes those of a linear one
const NICE = [1, 2, 2.5, 5, 10];

/** The smallest of 1, 2, 2.5, 5 times a power of ten that parts `span` into at most `count`. */
export function niceStep(span, count) {
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * NICE.find((nice) => nice * power >= rough * (1 - 1e-9));
}

/** Numbers at even distances within [low, high]: {values, texts}. */
export function linearTicks(low, high, count) {
  if (!(high > low)) return { values: [low], texts: [numberText(low)] };
  const step = niceStep(high - low, count);
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1)
    values.push(i * step);
  return { values, texts: values.map((value) => evenText(value, step)) };
}

/** Numbers for a logarithmic axis from low to high (both above 0): at most `count` of them. */
export function logTicks(low, high, count) {
  const most = Math.max(count, FEWEST);
  const candidates = MANTISSAS.map((mantissas) => withMantissas(low, high, mantissas)).filter(
    (values) => values.length <= most,
  );
  let values = candidates.at(-1) ?? thinned(withMantissas(low, high, [1]), most);
  if (values.length < FEWEST) {
    const even = linearTicks(low, high, most).values.filter((value) => value > 0);
    if (even.length > values.length) values = even;
  }
  return { values, texts: values.map(numberText) };
}

/** Numbers for errors on a logarithmic axis, written as the accuracies they leave: 0.9 for 0.1. */
export function errorTicks(low, high, count) {
  const { values } = logTicks(low, Math.min(high, 1), count);
  const errors = values.filter((value) => value <= 1);
  return { values: errors, texts: errors.map((error) => String(+(1 - error).toPrecision(6))) };
}

function withMantissas(low, high, mantissas) {
  const values = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high) + 1e-9; power += 1) {
    for (const mantissa of mantissas) values.push(Number(`${mantissa}e${power}`));
  }
  return values.filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9));
}

function thinned(values, most) {
  const every = Math.ceil(values.length / most);
  return values.filter((_, i) => i % every === 0);
}

function evenText(value, step) {
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (isQuarter(step) ? 1 : 0));
  if (digits > 5 || Math.abs(value) >= 1e6) return numberText(value);
  return Math.abs(value) < step / 2 ? '0' : withSpaces(value.toFixed(digits));
}

const isQuarter = (step) => /^25/.test(step.toExponential().replace('.', ''));

/** A number as an axis says it: 0.9, 120, 10⁻⁵ as Plotly writes it; never 2µ or 2k. */
export function numberText(value) {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e6) return withSpaces(String(+value.toPrecision(6)));
  const [mantissa, power] = value.toExponential(2).split('e');
  const factor = Number(mantissa) === 1 ? '' : `${Number(mantissa)}·`;
  return `${factor}10<sup>${Number(power)}</sup>`;
}

/** Thousands apart by a narrow space, from five digits on. */
function withSpaces(text) {
  const [whole, part] = text.split('.');
  const wholeText =
    whole.replace('-', '').length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, '\u202f') : whole;
  return part ? `${wholeText}.${part}` : wholeText;
}

/** A value as a readout says it: four digits that mean something. */
export function valueText(value, kind) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (kind === 'accuracy') return value.toFixed(4);
  if (kind === 'difference') return value === 0 ? fixed(0) : difference(value);
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e5 || size < 1e-3) return value.toExponential(2).replace('-', '−');
  return size >= 1000 ? withSpaces(value.toFixed(0)) : value.toPrecision(4);
}
