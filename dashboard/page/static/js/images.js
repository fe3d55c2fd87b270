/* Image windows: a picture with its caption, and a slider where there are earlier ones.
 *
 * The earlier pictures of a stock client's history come with its window, those of our runs are asked
 * of the record, one at a time, when somebody looks for them. */
import { h, setText } from './dom.js';
import { aboutOf } from './model.js';
import { sourceOf } from './report.js';

const PIXELATED_BELOW = 300; // pixels of an image's own width: it is enlarged without blur
const MEDIA = '/trainboard/api/media';

/** A picture; of a run's own window the earlier ones too. */
export function createImage(app, packet) {
  const { element, show } = figure();
  const isRecorded = app.kind === 'run' && aboutOf(packet).section !== undefined;
  const earlier = isRecorded ? earlierPictures(app, packet.id, show) : null;
  if (earlier) element.prepend(earlier.row);
  return {
    element,
    update(next) {
      if (!next) return;
      if (earlier) earlier.row.classList.toggle('unseen', Boolean(next.past));
      if (earlier && !next.past) earlier.came(next);
      else show(next.content, next.title);
    },
  };
}

/** The pictures a run recorded before the newest. {row, came(packet)}. */
function earlierPictures(app, name, show) {
  const query = new URLSearchParams({ environment: app.environment, window: name });
  let packet = null;
  let steps = [];
  const slider = slide((place) => {
    const step = steps[place];
    const newest = place === steps.length - 1;
    const source = sourceOf(`${MEDIA}?${query}&step=${step}`);
    show(newest ? packet.content : { src: source, caption: `step ${step}` }, packet.title);
    return `step ${step}`;
  });
  return {
    row: slider.row,
    async came(next) {
      packet = next;
      if (slider.follows) show(packet.content, packet.title);
      try {
        const answer = await fetch(`${MEDIA}/steps?${query}`, { cache: 'no-store' });
        if (answer.ok) ({ steps } = await answer.json());
      } catch {
        return; // without a server the newest is still there
      }
      slider.set(steps.length);
    },
  };
}

/** A stock client's history of pictures, all of which came with the window. */
export function createHistory() {
  const { element, show } = figure();
  let packet = null;
  const slider = slide((place) => {
    show(packet.content[place], packet.title);
    return `${place + 1} of ${packet.content.length}`;
  });
  element.prepend(slider.row);
  return {
    element,
    update(next) {
      if (!next) return;
      packet = next;
      slider.set(packet.content.length, packet.selected);
      if (packet.show_slider === false) slider.row.hidden = true;
    },
  };
}

/** A slider over places 0, 1, …; it follows the newest until the person has chosen another.
 * pick(place): shows it and says what it is. {row, follows, set(count, place of the newest)}. */
function slide(pick) {
  const input = h('input', { type: 'range', min: 0, step: 1, 'aria-label': 'which picture' });
  const words = h('output', {});
  const row = h('div', { class: 'history', hidden: true }, input, words);
  const slider = { row, follows: true, set };
  const draw = () => {
    const text = pick(Number(input.value));
    setText(words, text);
    input.setAttribute('aria-valuetext', text);
  };
  function set(count, newest) {
    input.max = count - 1;
    if (slider.follows) input.value = newest ?? count - 1;
    row.hidden = count < 2;
    if (count) draw();
  }
  input.addEventListener('input', () => {
    slider.follows = input.value === input.max;
    draw();
  });
  return slider;
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
