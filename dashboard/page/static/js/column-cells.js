/* What stands in the leaderboard's cells that take more than a number: state, verdict, best, speed, time.
 * Pure: each is a function of a row's runs. Which columns there are is columns.js's. */

import { epochAt } from './model.js';
import { duration, NOTHING, percent, result } from './numbers.js';
import { meanOf, progressOf, spread, stateOf, underWay, valuesOf } from './results.js';
import { STATES } from './states.js';

/** The state in words, with a sign for the bad ones; share: how far it is while it trains. */
export function stateCell(runs) {
  const { state, count, of, silent_s } = stateOf(runs);
  if (silent_s) {
    return {
      text: `! silent ${duration(silent_s)}`,
      tone: 'bad',
      title: 'running, but it records nothing',
      share: progressOf(runs),
    };
  }
  const share = underWay(runs);
  const part = count < of ? ` ${count}/${of}` : '';
  const errors = runs
    .map((run) => run.error)
    .filter(Boolean)
    .join('; ');
  const { sign, tone } = STATES[state] ?? { sign: '', tone: '' };
  const far = share === null ? '' : ` ${percent(share)}`;
  return {
    text: `${sign ? `${sign} ` : ''}${state}${part}${far}`,
    tone,
    title: errors,
    share,
  };
}

/** The commonest verdict of the runs. */
export function verdictCell(runs) {
  const verdicts = runs.map((run) => run.verdict).filter(Boolean);
  if (!verdicts.length) return { text: NOTHING };
  const count = (kind) => verdicts.filter((verdict) => verdict.kind === kind).length;
  const { kind, text, evidence, tone } = verdicts.reduce((a, b) =>
    count(b.kind) > count(a.kind) ? b : a,
  );
  const part = count(kind) < verdicts.length ? ` ${count(kind)}/${verdicts.length}` : '';
  const sign = tone === 'bad' ? '✕ ' : '';
  return {
    text: sign + (runs.length === 1 ? text : kind + part),
    title: evidence,
    tone: tone === 'none' ? '' : tone,
  };
}

export function bestCell(runs) {
  const epochs = runs
    .filter((run) => run.best_step && run.steps_per_epoch)
    .map((run) => epochAt(run, run.best_step));
  const small = epochs.length ? ` (${Number(spread(epochs).mean.toPrecision(3))})` : '';
  return { text: result(meanOf(runs, 'best')), small };
}

export function speedOf(runs) {
  return spread(valuesOf(runs, 'images_per_s').filter((speed) => speed > 0)).mean;
}

/** The seconds that are left (of the slowest), or else those that the training took together. */
export function timeOf(runs) {
  const etas = valuesOf(runs, 'eta_s');
  if (etas.length) return { seconds: Math.max(...etas), isLeft: true };
  const times = valuesOf(runs, 'seconds');
  return { seconds: times.length ? times.reduce((a, b) => a + b, 0) : null, isLeft: false };
}

export function timeCell(runs) {
  const { seconds, isLeft } = timeOf(runs);
  return { text: duration(seconds), small: isLeft ? ' left' : '' };
}
