/* STATES: the states of a run, as dashboard/record/states.py has them; a test holds the two equal. */

export const STATES = {
  queued: { loud: 6, tone: '', sign: '', ended: false, wrong: false, short: false },
  running: { loud: 1, tone: 'run', sign: '', ended: false, wrong: false, short: false },
  paused: { loud: 5, tone: '', sign: '', ended: false, wrong: false, short: true },
  done: { loud: 8, tone: 'good', sign: '', ended: true, wrong: false, short: false },
  failed: { loud: 2, tone: 'bad', sign: '!', ended: true, wrong: true, short: false },
  diverged: { loud: 3, tone: 'bad', sign: '✕', ended: true, wrong: true, short: false },
  stopped: { loud: 4, tone: 'warn', sign: '', ended: true, wrong: false, short: true },
  pruned: { loud: 7, tone: '', sign: '', ended: true, wrong: false, short: true },
};

/** Of several seeds the first of these speaks for all. */
export const LOUDEST_FIRST = Object.keys(STATES).sort((a, b) => STATES[a].loud - STATES[b].loud);

/** Whether the run's results are compared with no others. */
export const isWrong = (run) => Boolean(STATES[run.state]?.wrong);

/** Whether nothing more is recorded of the run. */
export const hasEnded = (run) => Boolean(STATES[run.state]?.ended);

/** Whether the run's end says little beside runs trained through. */
export const isShort = (run) => Boolean(STATES[run.state]?.short);
