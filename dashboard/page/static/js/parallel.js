/* (being built) */
import { h } from './dom.js';
export function create() {
  const element = h('div', {}, 'parallel');
  return { element, update() {} };
}
