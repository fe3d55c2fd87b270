/* Text, images, image histories and properties. (being built) */
import { h } from './dom.js';
function plainText(app, packet) {
  const element = h('div', { class: 'content-text' });
  return { element, update(next) { if (next) element.innerHTML = String(next.content); } };
}
export const createText = plainText;
export function createImage() {
  const image = h('img', {});
  return { element: h('figure', {}, image), update(next) { if (next) image.src = next.content.src; } };
}
export const createHistory = plainText;
export const createProperties = plainText;
export const createOther = plainText;
