/* The time cursor: at the foot of the page, a slider over the evaluations of all runs.
 *
 * It moves every window that knows its past together back to a step (past.js), plays on from there,
 * and follows the newest again. Where it stands is the page's state, and so in the address. */
import { h, setText } from './dom.js';
import { icon } from './icons.js';
import { epochAt } from './model.js';
import { evaluations } from './past.js';

const PLAY_MS = 700;

/** {element, update()}. */
export function timeBar(app) {
  return new TimeBar(app);
}

class TimeBar {
  constructor(app) {
    this.app = app;
    this.steps = [];
    this.playTimer = null;
    this.slider = h('input', {
      type: 'range',
      min: 0,
      step: 1,
      'aria-label': 'time: the evaluation that is shown',
      oninput: () => {
        this.#pause();
        this.#go(Number(this.slider.value));
      },
    });
    this.words = h('output', { class: 'time-words' }, h('span'), h('span', { class: 'wide-only' }));
    this.play = button('play', 'play', 'play from here on (p)', 'p', () => this.#toggle());
    this.earlier = button('earlier', 'left', 'the evaluation before (,)', ',', () => this.#by(-1));
    this.later = button('later', 'right', 'the evaluation after (.)', '.', () => this.#by(1));
    this.live = h(
      'button',
      {
        type: 'button',
        class: 'time-live',
        'data-action': 'live',
        'aria-keyshortcuts': 'l',
        title: 'follow the newest (l)',
        onclick: () => {
          this.#pause();
          this.#set(null);
        },
      },
      h('span', { class: 'dot', 'aria-hidden': 'true' }),
      'newest',
    );
    this.element = h(
      'div',
      { class: 'time-bar', role: 'region', 'aria-label': 'time', hidden: true },
      h('span', { class: 'time-buttons' }, this.earlier, this.play, this.later),
      this.slider,
      this.words,
      this.live,
    );
  }

  update() {
    const { app } = this;
    if (!app.model) return;
    const runs = app.kind === 'compare' ? app.visible() : app.model.runs;
    const names = new Set(runs.map((run) => run.name));
    this.steps = evaluations(seen(app.curves, names), app.model.metric?.name);
    this.element.hidden = this.steps.length < 2;
    document.body.classList.toggle('has-time', !this.element.hidden);
    this.slider.max = Math.max(0, this.steps.length - 1);
    this.#show();
  }

  /** The place of the step that is shown among the evaluations. */
  get #place() {
    const at = this.app.state.get('at');
    if (at === null) return this.steps.length - 1;
    return Math.max(
      0,
      this.steps.findLastIndex((step) => step <= at),
    );
  }

  #show() {
    const at = this.app.state.get('at');
    const place = this.#place;
    if (Number(this.slider.value) !== place) this.slider.value = place;
    const step = at ?? this.steps[place] ?? 0;
    const words = `step ${step.toLocaleString('en')}${epochOf(this.app.model, step)}`;
    setText(this.words.firstChild, `step ${step.toLocaleString('en')}`);
    setText(this.words.lastChild, epochOf(this.app.model, step));
    this.slider.setAttribute('aria-valuetext', at === null ? `${words}, the newest` : words);
    this.live.setAttribute('aria-pressed', String(at === null));
    this.element.classList.toggle('looks-back', at !== null);
    document.body.classList.toggle('looks-back', at !== null);
    this.earlier.disabled = place <= 0;
    this.later.disabled = at === null;
  }

  #set(at) {
    this.app.state.set({ at });
    this.#show();
  }

  #go(place) {
    this.#set(this.steps[place] ?? null);
  }

  /** One evaluation back or on; beyond the last one the newest is followed. */
  #by(count) {
    this.#pause();
    const place = this.#place + count;
    if (place >= this.steps.length) this.#set(null);
    else this.#go(Math.max(0, place));
  }

  #toggle() {
    if (this.playTimer) return this.#pause();
    if (this.app.state.get('at') === null || this.#place >= this.steps.length - 1) this.#go(0);
    this.playTimer = setInterval(() => {
      if (this.#place >= this.steps.length - 1) return this.#pause();
      this.#go(this.#place + 1);
    }, PLAY_MS);
    this.#sign('pause', 'stop playing (p)');
  }

  #pause() {
    clearInterval(this.playTimer);
    this.playTimer = null;
    this.#sign('play', 'play from here on (p)');
  }

  #sign(name, says) {
    this.play.replaceChildren(icon(name));
    this.play.title = says;
    this.play.setAttribute('aria-label', says);
  }
}

function button(action, iconName, says, key, onclick) {
  return h(
    'button',
    {
      type: 'button',
      class: 'quiet',
      title: says,
      'aria-label': says,
      'data-action': action,
      'aria-keyshortcuts': key,
      onclick,
    },
    icon(iconName),
  );
}

/** The curves of some runs. */
function seen(curves, names) {
  const ownCurves = new Map();
  for (const [series, byRun] of curves)
    ownCurves.set(series, new Map([...byRun].filter(([name]) => names.has(name))));
  return ownCurves;
}

/** The step in epochs, where all runs have as many steps in one. */
function epochOf(model, step) {
  const epochs = new Set(model.runs.map((run) => epochAt(run, step)).filter((at) => at !== null));
  return epochs.size === 1 ? ` · epoch ${Number([...epochs][0].toFixed(2))}` : '';
}
