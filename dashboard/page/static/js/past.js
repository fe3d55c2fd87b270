/* Windows as they were at an earlier evaluation, asked of the record when somebody looks back.
 *
 * The page's state says at which step (`at`; null: the newest). A window is asked for while it is on
 * the screen, one question at a time each; only what is shown is kept. */
import { aboutOf } from './model.js';

const PAST = '/trainboard/api/past';

export class Past {
  /** redraw(id): a window's content of the step has come. */
  constructor(app, redraw) {
    this.app = app;
    this.redraw = redraw;
    this.windows = new Map(); // window id -> {at, content, isAsking}
  }

  get at() {
    return this.app.state.get('at');
  }

  /** What the window is to show now: the packet, one with its content of the step, or null while
   * that is on its way, and what is shown stays. */
  of(packet) {
    if (this.at === null || !aboutOf(packet).past) return packet;
    const entry = this.windows.get(packet.id);
    if (entry?.at === this.at) return { ...packet, ...entry.window, past: true };
    if (!entry?.isAsking) this.#ask(packet.id);
    return null;
  }

  async #ask(id) {
    const { at } = this;
    const entry = this.windows.get(id) ?? {};
    this.windows.set(id, entry);
    entry.isAsking = true;
    const window = await ask(this.app.environment, id, at);
    entry.isAsking = false;
    if (window) Object.assign(entry, { at, window });
    if (this.at === null) this.windows.delete(id);
    else if (window || this.at !== at) this.redraw(id); // who dragged on meanwhile asks again
  }
}

/** {type, content} of a window at a step, or null where there is none. */
async function ask(environment, window, step) {
  const query = new URLSearchParams({ environment, window, step });
  try {
    const answer = await fetch(`${PAST}?${query}`, { cache: 'no-store' });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // without a server what is shown stays
  }
}

/** The steps of all evaluations of the runs, in order; curves: Map series -> Map run -> {x}. */
export function evaluations(curves, metric) {
  const names = ['test_accuracy', 'test_loss', metric].filter((name) => curves.has(name));
  const steps = new Set(names.flatMap((name) => stepsOf(curves.get(name))));
  return [...steps].sort((a, b) => a - b);
}

const OF_STEPS = 400; // a curve of more points is one of steps, not of evaluations

function stepsOf(byRun) {
  return [...byRun.values()]
    .filter(({ x }) => x && x.length <= OF_STEPS)
    .flatMap(({ x }) => Array.from(x));
}

/** The model as it was at a step: of every run the metric's value by then, null before its first. */
export function modelAt({ model, curves, state }) {
  const at = state.get('at');
  const byRun = at === null ? null : curves.get(model.metric?.name);
  if (!byRun) return model;
  const runs = model.runs.map((run) => ({ ...run, result: valueBy(byRun.get(run.name), at) }));
  return { ...model, runs };
}

function valueBy(curve, at) {
  let value = null;
  for (let i = 0; i < (curve?.x?.length ?? 0) && curve.x[i] <= at; i += 1)
    if (Number.isFinite(curve.y[i])) value = curve.y[i];
  return value;
}
