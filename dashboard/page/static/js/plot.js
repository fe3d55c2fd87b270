/* Draws a plot window. (being built) */
import { h } from './dom.js';
export function create(app, packet) {
  const element = h('div', { class: 'plot' });
  return {
    element,
    update(next) {
      if (next) window.Plotly.react(element, next.content.data, { ...next.content.layout, autosize: true }, { responsive: true, displaylogo: false });
    },
  };
}
