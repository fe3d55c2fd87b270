/* Which runs are seen: chips that are off, the search, and ticks, in one rule. Pure.
 *
 * A run is seen if no chip of one of its values is off, the search means it, and its tick is on.
 * Ticks are kept as "only these" or "not these", so that a run that comes later is hidden in the
 * first case and seen in the second. */
import { readQuery } from './query.js';

const keyOf = (value) => JSON.stringify(value);

/** The runs of `runs` that a person's choices leave, in order. choices: off, q, only, not. */
export function seen(runs, { off, q, only, not }) {
  const { test } = readQuery(q ?? '');
  const alone = only && new Set(only);
  const hiddenNumbers = new Set(not);
  return runs.filter((run) => {
    if (alone ? !alone.has(run.number) : hiddenNumbers.has(run.number)) return false;
    return chipsAllow(run, off) && test(run);
  });
}

/**
 * The groups that chips and search leave, whatever is ticked: [{key: the name of the group's first
 * run, all, runs: the ticked ones, or all where none is, off: whether none is}].
 */
export function groupsLeft(model, { off, q, only, not }) {
  const leftRuns = new Set(seen(model.runs, { off, q, only: null, not: [] }));
  return model.groups.flatMap((group) => {
    const all = group.filter((run) => leftRuns.has(run));
    if (!all.length) return [];
    const tickedRuns = all.filter((run) => isTicked({ only, not }, run.number));
    const runs = tickedRuns.length ? tickedRuns : all;
    return [{ key: group[0].name, all, runs, off: !tickedRuns.length }];
  });
}

/** Whether every chip of the run's values is on. */
function chipsAllow(run, off) {
  return Object.entries(off ?? {}).every(
    ([key, values]) => !values.includes(keyOf(valueIn(run, key))),
  );
}

function valueIn(run, key) {
  return key === 'experiment' ? run.experiment : run.config[key];
}

/** The choices after a click on a chip: its value off, or on again. */
export function toggleValue(off, key, value) {
  const text = keyOf(value);
  const values = off[key] ?? [];
  const next = values.includes(text) ? values.filter((v) => v !== text) : [...values, text];
  return withValues(off, key, next);
}

/** The choices that leave one value of a setting alone; all of them, if it was alone already. */
export function isolateValue(off, { key, values: all }, value) {
  const others = all.map((entry) => keyOf(entry.value)).filter((text) => text !== keyOf(value));
  const values = off[key] ?? [];
  const alone = others.every((text) => values.includes(text)) && !values.includes(keyOf(value));
  return withValues(off, key, alone ? [] : others);
}

/** Whether the chip of a value is off. */
export function isOff(off, key, value) {
  return (off[key] ?? []).includes(keyOf(value));
}

function withValues(off, key, values) {
  const rest = Object.fromEntries(Object.entries(off).filter(([other]) => other !== key));
  return values.length ? { ...rest, [key]: values } : rest;
}

/** The ticks after one run's (or a whole group's) box was clicked. */
export function toggleTick({ only, not }, numbers, on) {
  if (only) {
    const rest = only.filter((n) => !numbers.includes(n));
    return { only: on ? [...rest, ...numbers].sort((a, b) => a - b) : rest, not: [] };
  }
  const rest = not.filter((n) => !numbers.includes(n));
  return { only: null, not: on ? rest : [...rest, ...numbers].sort((a, b) => a - b) };
}

/** The ticks after the box above all was clicked: everything off, or everything on. */
export function tickAll(on) {
  return { only: on ? null : [], not: [] };
}

/** Only these runs; all again, if they were alone already. */
export function onlyThese({ only }, numbers) {
  const these = [...numbers].sort((a, b) => a - b);
  const alone = only && JSON.stringify(only) === JSON.stringify(these);
  return alone ? { only: null, not: [] } : { only: these, not: [] };
}

/** Whether a run's box is ticked, whatever chips and search say. */
export function isTicked({ only, not }, number) {
  return only ? only.includes(number) : !not.includes(number);
}
