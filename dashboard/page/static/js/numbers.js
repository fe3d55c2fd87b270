/* Numbers as a person reads them in a table: the same width whatever they come to. Pure. */

export const NOTHING = '–';
const MINUS = '−';

/** A measured number with so many digits after the point. */
export function fixed(value, digits = 4) {
  return Number.isFinite(value) ? signed(value.toFixed(digits)) : NOTHING;
}

/** A result of any size: four digits after the point, or as many significant ones. */
export function result(value) {
  if (!Number.isFinite(value)) return NOTHING;
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 100)) return fixed(value);
  if (size >= 1000 && size < 1e6) return whole(value);
  return signed(size >= 1e6 || size < 1e-3 ? value.toExponential(2) : value.toFixed(1));
}

/** What follows a mean: as many digits as it has, unless they would say 0 of what is not. Where it
 * says 0.8165, 5.66e-4 is harder to read than 0.0006. */
export function plusMinus(mean, std) {
  const same = fixed(std);
  const enough = result(mean) === fixed(mean) && (Number(same) > 0 || std === 0);
  return `± ${enough ? same : result(std)}`;
}

/** A difference, with its sign: +0.0012. */
export function difference(value) {
  const text = result(value);
  return text === NOTHING || text.startsWith(MINUS) ? text : `+${text}`;
}

/** A whole number in groups of three digits. */
export function whole(value) {
  if (!Number.isFinite(value)) return NOTHING;
  return signed(String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ','));
}

/** A share in [0, 1] as whole percent. */
export function percent(share) {
  return Number.isFinite(share) ? `${Math.round(share * 100)} %` : NOTHING;
}

/** Seconds as a person says them. */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return NOTHING;
  if (seconds < 60) return `${seconds.toFixed(seconds < 9.95 ? 1 : 0)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.round(seconds) % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

function signed(text) {
  return text.startsWith('-') ? MINUS + text.slice(1) : text;
}
