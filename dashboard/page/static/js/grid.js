/* (being built) */
import { h } from './dom.js';
export function create() {
  const element = h('div', {}, 'grid');
  return { element, update() {} };
}
