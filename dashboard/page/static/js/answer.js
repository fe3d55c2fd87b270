/* The answer: what the experiment says in a sentence or two, on top of the page.
 *
 * The first sentence is the answer, in bold; warnings and progress follow quietly, and a bar shows
 * how much of the plan is done while it is not. */
import { h } from './dom.js';
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
  let shown = '';
  return {
    element: h('div', { class: 'answer' }, words, bar),
    update(packet) {
      const model = packet && modelOf(packet);
      if (!model) return;
      const text = JSON.stringify(model.sentences);
      if (text !== shown && model.sentences.length) {
        const [first, ...rest] = model.sentences.map((sentence) => said(app, model, sentence));
        words.replaceChildren(first, h('div', { class: 'answer-rest' }, ...rest));
      }
      shown = text;
      const percent = Math.floor(model.progress * 100);
      bar.hidden = percent >= 100 || model.sentences.length === 0;
      bar.setAttribute('aria-valuenow', percent);
      bar.firstChild.style.width = `${percent}%`;
    },
  };
}

function said(app, model, { kind, text, run }) {
  const environment = run && model.byName(run)?.environment;
  const words = environment
    ? h('a', { href: app.state.addressOf(`/env/${encodeURIComponent(environment)}`) }, text)
    : text;
  return h('p', { class: `says says-${kind}` }, words);
}
