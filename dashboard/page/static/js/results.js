/* What the results of some runs come to: means over seeds, states, the difference from a baseline.
 * Pure; every number is null where it is not known. */

import { hasEnded, isWrong, LOUDEST_FIRST } from './states.js';

const SILENT_AFTER_S = 5; // as in dashboard/runs/experiment.py

/** Whether all of these runs went wrong. */
export function allBad(runs) {
  return runs.every(isWrong);
}

/** The finite values that a number of the runs has, for example 'result'. */
export function valuesOf(runs, key) {
  return runs.map((run) => run[key]).filter((value) => Number.isFinite(value));
}

/** {mean, std, n}: the mean and, from two values on, the sample standard deviation. */
export function spread(values) {
  const n = values.length;
  if (!n) return { mean: null, std: null, n };
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, std: null, n };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (n - 1)), n };
}

export function meanOf(runs, key) {
  return spread(valuesOf(runs, key)).mean;
}

/** What a run was set to; the experiment counts as a setting where several are compared. */
export function settingOf(run, key) {
  return run.config?.[key] ?? (key === 'experiment' ? run.experiment : undefined);
}

/** A group's state: {state, count, of, silent_s}; the loudest of its runs' speaks for it. */
export function stateOf(runs) {
  const states = runs.map((run) => run.state);
  const state = LOUDEST_FIRST.find((name) => states.includes(name)) ?? states[0];
  const silent_s = Math.max(
    0,
    ...runs.filter((run) => run.state === 'running').map((run) => run.silent_s ?? 0),
  );
  return {
    state,
    count: states.filter((name) => name === state).length,
    of: states.length,
    silent_s: silent_s > SILENT_AFTER_S ? silent_s : 0,
  };
}

/** The share of the runs' steps that is done, in [0, 1]. */
export function progressOf(runs) {
  return runs.reduce((sum, run) => sum + (run.progress ?? 0), 0) / runs.length;
}

/** The share done in [0, 1] where a run trains, else null. An ended run has no way to go. */
export function underWay(runs) {
  if (!runs.some((run) => run.state === 'running')) return null;
  const share = (run) => (hasEnded(run) ? 1 : (run.progress ?? 0));
  return runs.reduce((sum, run) => sum + share(run), 0) / runs.length;
}

/**
 * A function from runs to their mean difference from the baseline at each one's last step in
 * common: from the baseline's run with the same seed where there is one, for they saw the same
 * batches. curves: Map run name -> {x: steps, y: values}.
 */
export function differencesFrom(model, curves, baseline) {
  const base = model.byName(baseline);
  const partners = base ? (model.groups.find((group) => group.includes(base)) ?? [base]) : [];
  const partnerOf = (run) =>
    partners.find((other) => other.config.seed === run.config.seed) ?? base;
  const difference = (run) =>
    lastDifference(curves?.get(run.name), curves?.get(partnerOf(run)?.name));
  return (runs) => spread(runs.map(difference).filter((value) => value !== null)).mean;
}

/** The same for each run whose seed the baseline's group has, from that seed: a list. */
export function pairedFrom(model, curves, baseline) {
  const group = model.groups.find((runs) => runs.some((run) => run.name === baseline)) ?? [];
  const bySeed = new Map(group.map((run) => [run.config.seed, run]));
  return (runs) =>
    runs
      .filter((run) => run.config.seed !== undefined && bySeed.has(run.config.seed))
      .map((run) =>
        lastDifference(curves?.get(run.name), curves?.get(bySeed.get(run.config.seed).name)),
      )
      .filter((value) => value !== null);
}

function lastDifference(mine, theirs) {
  let i = (mine?.x?.length ?? 0) - 1;
  let j = (theirs?.x?.length ?? 0) - 1;
  while (i >= 0 && j >= 0) {
    if (mine.x[i] > theirs.x[j]) i -= 1;
    else if (mine.x[i] < theirs.x[j]) j -= 1;
    else if (Number.isFinite(mine.y[i]) && Number.isFinite(theirs.y[j]))
      return mine.y[i] - theirs.y[j];
    else [i, j] = [i - 1, j - 1];
  }
  return null;
}
