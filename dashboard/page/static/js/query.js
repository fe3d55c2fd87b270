/* The search box: which runs a text means. Pure; knows neither the page nor its state.
 *
 *   sigmoid            some value, the name or the state contains it
 *   lr=0.1  acc>0.9    a setting or a number of the run, with = != < <= > >=
 *   -zeros             not
 *   /xa.ier_(u|n)/     a regular expression, over the same words
 * Several are joined by "and". */

const COMPARISON = /^([\w.-]+)(!=|<=|>=|=|<|>)(.+)$/;

/** Numbers a person may ask for by these names, beside the settings and results. */
const NUMBERS = { result: 'result', best: 'best', step: 'step', run: 'number', number: 'number' };
const RESULTS = { acc: 'test_accuracy', accuracy: 'test_accuracy', loss: 'test_loss' };

/** The parts of a query: split at blanks, but not within /…/ or "…". */
function parts(query) {
  return query.match(/-?\/(?:\\.|[^/\\])+\/|-?"[^"]*"|\S+/g) ?? [];
}

/** Read a query. Returns {test(run) -> boolean, error: sentence or ''}. */
export function readQuery(query) {
  const tests = [];
  for (const part of parts(query)) {
    const negative = part.length > 1 && part.startsWith('-');
    const { test, error } = readPart(negative ? part.slice(1) : part);
    if (error) return { test: () => true, error };
    tests.push(negative ? (run) => !test(run) : test);
  }
  return { test: (run) => tests.every((test) => test(run)), error: '' };
}

function readPart(part) {
  if (part.length > 2 && part.startsWith('/') && part.endsWith('/')) {
    try {
      const pattern = new RegExp(part.slice(1, -1), 'i');
      return { test: (run) => words(run).some((word) => pattern.test(word)) };
    } catch {
      return { error: `${part} is no regular expression` };
    }
  }
  const [, key, sign, text] = part.match(COMPARISON) ?? [];
  if (key) return { test: (run) => compare(valueIn(run, key), sign, text) };
  const needle = part.replace(/^"|"$/g, '').toLowerCase();
  return { test: (run) => words(run).some((word) => word.toLowerCase().includes(needle)) };
}

/** All that a plain word is looked for in. */
function words(run) {
  const values = Object.values(run.config ?? {}).map(textOf);
  return [run.name, run.state, run.experiment ?? '', run.verdict?.kind ?? '', ...values];
}

function textOf(value) {
  return Array.isArray(value) ? value.join('x') : String(value);
}

function valueIn(run, key) {
  const config = run.config ?? {};
  if (key in config) return config[key];
  const lower = key.toLowerCase();
  const alike = Object.keys(config).find((name) => name.toLowerCase().startsWith(lower));
  if (lower in NUMBERS) return run[NUMBERS[lower]];
  const result = RESULTS[lower] ?? lower;
  if (result in (run.values ?? {})) return run.values[result];
  if (lower === 'state') return run.state;
  if (lower === 'verdict') return run.verdict?.kind;
  return alike === undefined ? undefined : config[alike];
}

function compare(value, sign, text) {
  if (value === undefined || value === null) return sign === '!=';
  const [left, right] = [Number(value), Number(text)];
  const numeric = textOf(value) !== '' && Number.isFinite(left) && Number.isFinite(right);
  if (sign === '=' || sign === '!=') {
    const equal = numeric ? left === right : textOf(value).toLowerCase() === text.toLowerCase();
    return equal === (sign === '=');
  }
  if (!numeric) return false;
  return { '<': left < right, '<=': left <= right, '>': left > right, '>=': left >= right }[sign];
}
