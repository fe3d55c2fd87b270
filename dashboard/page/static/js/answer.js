/* The answer: what the experiment says in a sentence or two, on top of the page.
 *
 * The first sentence is the answer, in bold; warnings and progress follow quietly, and a bar shows
 * how much of the plan is done while it is not. On a wide screen each has one line, whatever there is
 * to say, so that nothing below moves when it changes; a button shows what has no room. */
import { asks } from './act-forms.js';
import { seedsWords } from './acts.js';
import { h } from './dom.js';
import { popover } from './help.js';
import { modelOf } from './model.js';

export function create(app) {
  const words = h('div', { class: 'answer-words' });
  const bar = h(
    'div',
    {
      class: 'plan-bar',
      role: 'progressbar',
      'aria-label': 'progress of the whole plan',
      'aria-valuemin': 0,
      'aria-valuemax': 100,
    },
    h('i'),
  );
  let model = null;
  let last = '';
  const paragraphs = () => model.sentences.map((sentence) => saidOf(app, model, sentence));
  const more = h(
    'button',
    { type: 'button', class: 'answer-more quiet', hidden: true },
    'all of it',
  );
  popover(more, () => h('div', { class: 'answer-all' }, ...paragraphs()), 'The whole answer');
  const element = h('div', { class: 'answer' }, words, more, bar);
  new ResizeObserver(() => (more.hidden = !isCut(words))).observe(words);
  return {
    element,
    update(packet) {
      model = (packet && modelOf(packet)) ?? model;
      if (!packet || !model) return;
      const text = JSON.stringify(model.sentences);
      if (text !== last && model.sentences.length) {
        const [first, ...rest] = paragraphs();
        words.replaceChildren(first, h('div', { class: 'answer-rest' }, ...rest));
        more.hidden = !isCut(words);
      }
      last = text;
      const percent = Math.floor(model.progress * 100);
      bar.hidden = percent >= 100 || model.sentences.length === 0;
      bar.setAttribute('aria-valuenow', percent);
      bar.firstChild.style.width = `${percent}%`;
    },
  };
}

/** Whether a line has no room for all of its words. */
function isCut(words) {
  return [...words.children].some((line) => line.scrollWidth > line.clientWidth + 1);
}

function saidOf(app, model, { kind, text, run, runs = [], seeds = [] }) {
  const environment = run && model.byName(run)?.environment;
  const words = environment
    ? h('a', { href: app.state.addressOf(`/env/${encodeURIComponent(environment)}`) }, text)
    : text;
  const those = runs.map((name) => model.byName(name)).filter(Boolean);
  const parts =
    those.length && seeds.length ? [words, ' ', seedsButton(app, those, seeds)] : [words];
  return h('p', { class: `says says-${kind}` }, ...parts);
}

/** Asks for the seeds that would tell; what comes of it is said beside the other acts. */
function seedsButton(app, runs, seeds) {
  const { hover, label } = seedsWords(runs, seeds);
  const onclick = () => asks(app, 'add', runs, { choices: { seed: seeds } });
  return h('button', { type: 'button', class: 'says-act', title: hover, onclick }, label);
}
