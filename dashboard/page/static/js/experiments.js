/* The experiments of the runs folder as the home page words, orders and searches them. Pure. */
import { LOUDEST_FIRST } from './states.js';

const DAY_MS = 86_400_000;
const LIVE_FIRST = ['running', 'paused', 'queued', 'done'];
const IN_ORDER = [...LIVE_FIRST, ...LOUDEST_FIRST.filter((state) => !LIVE_FIRST.includes(state))];

/** Live ones first, then the newest. */
export function inOrder(experiments) {
  return [...experiments].sort(
    (a, b) => Number(Boolean(b.live)) - Number(Boolean(a.live)) || b.updated_s - a.updated_s,
  );
}

/** Whether every word of the search is in the name, a setting, a value or the note. */
export function matches({ name, settings, note, best }, query) {
  const values = Object.entries(settings ?? {}).flatMap(([key, list]) =>
    list.map((value) => `${key}=${valueText(value)}`),
  );
  const text = [name, note ?? '', best?.label ?? '', ...values].join(' ').toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => text.includes(word));
}

/** "14:02", "yesterday 14:02", "Mon 14:02", "3 Nov 2026". */
export function when(seconds, now = new Date()) {
  const then = new Date(seconds * 1000);
  const midnight = (date) =>
    new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((midnight(now) - midnight(then)) / DAY_MS);
  const time = `${String(then.getHours()).padStart(2, '0')}:${String(then.getMinutes()).padStart(2, '0')}`;
  if (days <= 0) return `today ${time}`;
  if (days === 1) return `yesterday ${time}`;
  if (days < 7)
    return `${['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][then.getDay()]} ${time}`;
  const month = [
    'Jan',
    'Feb',
    'Mar',
    'Apr',
    'May',
    'Jun',
    'Jul',
    'Aug',
    'Sep',
    'Oct',
    'Nov',
    'Dec',
  ][then.getMonth()];
  return `${then.getDate()} ${month} ${then.getFullYear()}`;
}

/** "18 runs · 16 done · 2 diverged"; [{text, state}] so that a state can be coloured. */
export function stateParts(runs, states) {
  const usual = IN_ORDER.filter((state) => states[state]);
  const others = Object.keys(states).filter((state) => states[state] && !IN_ORDER.includes(state));
  const parts = [...usual, ...others].map((state) => ({
    state,
    text: `${states[state]} ${state}`,
  }));
  if (parts.length === 1 && parts[0].state === 'done')
    return [{ state: 'done', text: `${runs === 1 ? '1 run' : `${runs} runs`}, done` }];
  return [{ state: '', text: runs === 1 ? '1 run' : `${runs} runs` }, ...parts];
}

/** The settings that vary, briefly: "activation 3 × init 3 × seed 2". */
export function settingsText(settings) {
  return Object.entries(settings ?? {})
    .map(
      ([key, values]) =>
        `${key.replaceAll('_', ' ')} ${values.length > 3 ? values.length : values.map(valueText).join(', ')}`,
    )
    .join(' × ');
}

function valueText(value) {
  return Array.isArray(value) ? value.join('x') : String(value);
}

/** The address of several experiments together, by the environments that compare each one's runs. */
export function togetherAddress(environments) {
  const names = environments.map((name) => name.replace(/_compare$/, ''));
  return `/env/${encodeURIComponent(`${names.join('~')}_compare`)}`;
}

/** An SVG path through the values, within a box; '' for fewer than two. */
export function sparkPath(values, width, height) {
  const points = (values ?? [])
    .map((value, i) => [i, value])
    .filter(([, value]) => Number.isFinite(value));
  if (points.length < 2) return '';
  const ys = points.map(([, value]) => value);
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const x = (i) => round((i / (values.length - 1)) * width);
  const y = (value) =>
    round(high === low ? height / 2 : height - ((value - low) / (high - low)) * height);
  return points.map(([i, value], n) => `${n ? 'L' : 'M'}${x(i)} ${y(value)}`).join('');
}

const round = (value) => Math.round(value * 10) / 10;
