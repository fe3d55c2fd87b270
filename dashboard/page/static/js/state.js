/* What a person has chosen to look at: one store for the whole page.
 *
 * What a colleague should see too stands in the address; what belongs to this browser (theme,
 * columns, arrangement) in its storage; what passes (hover, cursor) nowhere. Knows no runs and draws
 * nothing. */

/** Kept in the address, each with its default and how it is written there. */
const ADDRESS = {
  x: word('step', ['step', 'epoch', 'seconds']),
  smooth: number(0, 0, 0.99),
  y: word('auto', ['auto', 'all', 'top', 'error']),
  loss: word('log', ['log', 'linear']),
  range: json(null, (v) => Array.isArray(v) && v.length === 2 && v.every(Number.isFinite)),
  off: json({}, (v) => v && typeof v === 'object' && Object.values(v).every(Array.isArray)),
  q: text(''),
  only: numbers(null),
  not: numbers([]),
  colour: text(''),
  dash: text(''),
  facet: text(''),
  sort: json(null, (v) => v && typeof v.column === 'string'),
  baseline: text(''),
  at: json(null, (v) => Number.isInteger(v) && v >= 0),
};

const STORED = { theme: 'system', columns: [], layout: {} };
const PASSING = { hover: null, cursor: null };

function text(fallback) {
  return { fallback, read: (s) => s, write: (v) => v };
}

function word(fallback, words) {
  return { fallback, read: (s) => (words.includes(s) ? s : fallback), write: (v) => v };
}

function number(fallback, low, high) {
  const read = (s) => (Number.isFinite(+s) ? Math.min(high, Math.max(low, +s)) : fallback);
  return { fallback, read, write: String };
}

function json(fallback, isGood) {
  const read = (s) => {
    try {
      const value = JSON.parse(s);
      return isGood(value) ? value : fallback;
    } catch {
      return fallback;
    }
  };
  return { fallback, read, write: JSON.stringify };
}

/** Run numbers such as "1-4.7": short, whatever the runs are called. */
function numbers(fallback) {
  const read = (s) => {
    const list = [];
    for (const part of s.split('.').filter(Boolean)) {
      const [from, to = from] = part.split('-').map(Number);
      if (!Number.isInteger(from) || !Number.isInteger(to) || to - from > 10_000) return fallback;
      for (let n = from; n <= to; n += 1) list.push(n);
    }
    return list;
  };
  return { fallback, read, write: ranges };
}

/** The shortest way to write run numbers, for example [1,2,3,7] as "1-3.7". */
export function ranges(list) {
  const runNumbers = [...new Set(list)].sort((a, b) => a - b);
  const parts = [];
  for (const n of runNumbers) {
    const last = parts.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else parts.push([n, n]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join('.');
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** The part of an address that says what is looked at; empty where nothing was chosen. */
export function toAddress(values) {
  const parameters = new URLSearchParams();
  for (const [key, { fallback, write }] of Object.entries(ADDRESS)) {
    if (key in values && !same(values[key], fallback)) parameters.set(key, write(values[key]));
  }
  return parameters.toString();
}

/** What an address says is looked at; anything odd in it counts as not said. */
export function fromAddress(search) {
  const parameters = new URLSearchParams(search);
  const values = {};
  for (const [key, { fallback, read }] of Object.entries(ADDRESS)) {
    values[key] = parameters.has(key) ? read(parameters.get(key)) : fallback;
  }
  return values;
}

export class State {
  /** place: where the address and the storage are; a window, or an object like one. */
  constructor(place) {
    this.place = place;
    this.listeners = new Set();
    this.values = { ...PASSING, ...this.#stored(), ...fromAddress(place.location.search) };
  }

  get(key) {
    return this.values[key];
  }

  /** Change some values; listeners are told once, with the keys that really changed. */
  set(changes) {
    const changedKeys = new Set();
    for (const [key, value] of Object.entries(changes)) {
      const equal = key === 'hover' ? this.values[key] === value : same(this.values[key], value);
      if (equal) continue;
      this.values[key] = value;
      changedKeys.add(key);
    }
    if (!changedKeys.size) return;
    this.#keep(changedKeys);
    for (const { keys, listener } of [...this.listeners]) {
      if (!keys || keys.some((key) => changedKeys.has(key))) listener(changedKeys);
    }
  }

  /** Call `listener(changedKeys)` when one of the keys (null: any) changes; returns what ends it. */
  on(keys, listener) {
    const entry = { keys, listener };
    this.listeners.add(entry);
    return () => this.listeners.delete(entry);
  }

  /** Everything that narrows or bends the view, back to how the page opens. */
  reset() {
    this.set(fromAddress(''));
  }

  /** The same view of another environment, as an address. */
  addressOf(path) {
    const query = toAddress(this.values);
    return query ? `${path}?${query}` : path;
  }

  /** Take over what the address says now: the person went back or forward. */
  reread() {
    this.set(fromAddress(this.place.location.search));
  }

  #stored() {
    const values = {};
    for (const [key, fallback] of Object.entries(STORED)) {
      try {
        values[key] = JSON.parse(this.place.localStorage.getItem(`trainboard.${key}`)) ?? fallback;
      } catch {
        values[key] = fallback; // forbidden, or written by something else
      }
    }
    return values;
  }

  #keep(changedKeys) {
    for (const key of changedKeys) {
      if (!(key in STORED)) continue;
      try {
        this.place.localStorage.setItem(`trainboard.${key}`, JSON.stringify(this.values[key]));
      } catch {
        // a browser that may not store still shows the page
      }
    }
    if (![...changedKeys].some((key) => key in ADDRESS)) return;
    const { location, history } = this.place;
    history.replaceState(history.state, '', this.addressOf(location.pathname) + location.hash);
  }
}
