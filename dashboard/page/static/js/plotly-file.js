/* Plotly's file, fetched by the time the first plot is to be drawn: executing it takes longer than all
 * else that the page does, and what is no plot need not wait for it. */
import { h } from './dom.js';
import { sourceOf } from './report.js';

let promise = null;

/** Fulfilled once window.Plotly is there; asked again after a failure, it tries again. */
export function plotlyFile() {
  if (window.Plotly) return Promise.resolve();
  promise ??= new Promise((resolve, reject) => {
    const fail = () => {
      promise = null;
      script.remove();
      reject(new Error('plotly.js did not come: no plot can be drawn'));
    };
    const script = h('script', {
      src: sourceOf('/trainboard/plotly.js'),
      onload: resolve,
      onerror: fail,
    });
    document.head.append(script);
  });
  return promise;
}
