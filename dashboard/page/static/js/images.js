/* Image windows: a picture with its caption, and a history of pictures with a slider. */
import { h, setText } from './dom.js';

const PIXELATED_BELOW = 300; // pixels of an image's own width: it is enlarged without blur

export function createImage() {
  const { element, show } = figure();
  return {
    element,
    update(packet) {
      if (packet) show(packet.content, packet.title);
    },
  };
}

export function createHistory() {
  const { element, show } = figure();
  const slider = h('input', { type: 'range', min: 0, step: 1, 'aria-label': 'which picture' });
  const count = h('output', {});
  const row = h('div', { class: 'history' }, slider, count);
  element.prepend(row);
  let packet = null;
  let follows = true; // the newest picture, until the person has chosen another
  const draw = () => {
    const pictures = packet.content;
    slider.max = pictures.length - 1;
    if (follows) slider.value = packet.selected ?? pictures.length - 1;
    const place = Math.min(Number(slider.value), pictures.length - 1);
    setText(count, `${place + 1} of ${pictures.length}`);
    row.hidden = packet.show_slider === false || pictures.length < 2;
    show(pictures[place], packet.title);
  };
  slider.addEventListener('input', () => {
    follows = Number(slider.value) === packet.content.length - 1;
    draw();
  });
  return {
    element,
    update(next) {
      if (!next) return;
      packet = next;
      draw();
    },
  };
}

function figure() {
  const image = h('img', {});
  const caption = h('figcaption', {});
  image.addEventListener('load', () =>
    image.classList.toggle('pixelated', image.naturalWidth < PIXELATED_BELOW),
  );
  const show = ({ src, caption: words }, title) => {
    if (image.getAttribute('src') !== src) image.src = src;
    image.alt = [title, words].filter(Boolean).join(': ') || 'a picture without a title';
    caption.hidden = !words;
    setText(caption, words ?? '');
  };
  return { element: h('figure', { class: 'picture' }, image, caption), show };
}
