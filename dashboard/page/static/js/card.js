/* (being built) */
import { h } from './dom.js';
export function create() {
  const element = h('div', {}, 'card');
  return { element, update() {} };
}
