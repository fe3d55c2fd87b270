/* ACTS: what can be asked of runs, as dashboard/record/acts.py has it (a test holds the two equal),
 * and how the page words it. Pure. */

/** of: the states of the runs it can be asked of. loses: asked for once more. undo: what takes it
 * back. icon: of its button. */
export const ACTS = {
  stop: {
    of: ['queued', 'running', 'paused'],
    loses: false,
    undo: 'continue',
    icon: 'stop',
    says: 'end training; curve and model stay',
  },
  pause: {
    of: ['queued', 'running'],
    loses: false,
    undo: 'continue',
    icon: 'pause',
    says: 'wait at the last checkpoint, the end of the last whole epoch',
  },
  continue: {
    of: ['paused', 'stopped', 'pruned', 'failed'],
    loses: false,
    undo: 'pause',
    icon: 'play',
    says: 'train on from the last checkpoint',
  },
  add: { of: [], loses: false, says: 'train further runs beside these' },
  fork: {
    of: ['queued', 'running', 'paused', 'stopped', 'pruned', 'failed', 'done', 'diverged'],
    loses: false,
    says: 'train on from a checkpoint with other settings, beside the run itself',
  },
  lr: { of: ['running'], loses: false, says: 'change the learning rate from the next step on' },
  remove: {
    of: ['done', 'failed', 'diverged', 'stopped', 'pruned'],
    loses: false,
    undo: 'restore',
    says: 'take out of view; it can be brought back',
  },
  restore: {
    of: ['done', 'failed', 'diverged', 'stopped', 'pruned'],
    loses: false,
    undo: 'remove',
    says: 'bring back into view',
  },
  delete: {
    of: ['done', 'failed', 'diverged', 'stopped', 'pruned'],
    loses: true,
    says: 'remove from disk, for good',
  },
};

/** The runs, of those given, that an act can be asked of now. */
export function able(act, runs) {
  return runs.filter((run) => ACTS[act].of.includes(run.state));
}

/** The name of a run as its own experiment has it: among those of several it has that before it. */
export function ownName({ name, experiment }) {
  return name.startsWith(`${experiment}/`) ? name.slice(experiment.length + 1) : name;
}

/** The runs by the experiment they are of: Map experiment -> their own names. */
export function byExperiment(runs) {
  const names = new Map();
  for (const run of runs)
    names.set(run.experiment, [...(names.get(run.experiment) ?? []), ownName(run)]);
  return names;
}

/** "run 3", "runs 1, 2" or "9 runs". */
export function counted(runs) {
  if (runs.length === 1) return `run ${runs[0].number}`;
  return runs.length < 4
    ? `runs ${runs.map((run) => run.number).join(', ')}`
    : `${runs.length} runs`;
}

/** A value as a person writes it: a number where it is one. */
export function typed(text) {
  const word = text.trim();
  return word !== '' && Number.isFinite(Number(word)) ? Number(word) : word;
}

/** A field of several values, "0.1 0.01" or "0.1, 0.01"; texts stay texts for settings that are. */
export function valuesOf(text, isNumber) {
  const words = text.split(/[\s,]+(?![^(]*\))/).filter(Boolean);
  return isNumber ? words.map(typed) : words;
}

/** The seeds that come after those of the runs. */
export function nextSeed(runs) {
  return 1 + Math.max(-1, ...runs.map((run) => run.config?.seed ?? run.settings?.seed ?? 0));
}

/** A button's words for training runs with further seeds: {label, hover}. */
export function seedsWords(runs, seeds) {
  const which = runs.length > 1 ? `each of ${runs.length} runs` : counted(runs);
  const names = seeds.length > 1 ? `seeds ${seeds.join(', ')}` : `seed ${seeds[0]}`;
  return { label: `train ${names}`, hover: `Train ${which} with ${names} too.` };
}
