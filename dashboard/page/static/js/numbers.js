/* Numbers as a person reads them in a table: the same width whatever they come to. Pure. */

export const NOTHING = '–';
const MINUS = '−';

/** A measured number with so many digits after the point. */
export function fixed(value, digits = 4) {
  return Number.isFinite(value) ? signed(value.toFixed(digits)) : NOTHING;
}

/** A difference, with its sign: +0.0012. */
export function difference(value, digits = 4) {
  if (!Number.isFinite(value)) return NOTHING;
  const text = value.toFixed(digits);
  return text.startsWith('-') ? signed(text) : `+${text}`;
}

/** A whole number in groups of three digits. */
export function whole(value) {
  if (!Number.isFinite(value)) return NOTHING;
  return signed(String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ','));
}

/** A loss: four digits, and large ones short. */
export function loss(value) {
  if (!Number.isFinite(value)) return NOTHING;
  return value < 100 ? fixed(value) : value < 1e6 ? whole(value) : value.toExponential(2);
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
