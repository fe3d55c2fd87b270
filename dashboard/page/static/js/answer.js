/* The answer: what the experiment says in a sentence or two, on top of the page. */
import { h } from './dom.js';
import { modelOf } from './model.js';

export function create() {
  const element = h('div', { class: 'answer' });
  let shown = '';
  return {
    element,
    update(packet) {
      const model = packet && modelOf(packet);
      const text = model && JSON.stringify(model.sentences);
      if (!model || text === shown) return;
      shown = text;
      element.replaceChildren(...model.sentences.map(({ kind, text: words }) => h('p', { class: `says says-${kind}` }, words)));
    },
  };
}
