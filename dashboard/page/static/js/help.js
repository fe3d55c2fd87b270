/* Popovers that explain. (being built) */
import { h } from './dom.js';
export function explainButton(title, text) { return h('button', { class: 'explain', title: text }, 'ⓘ'); }
