/* A run's confusion matrix as something to click on: a cell shows the test images behind it.
 *
 * The numbers come with the window; the images are one picture, asked of the record at the first
 * click, of which each cell of the picture is cut out. */
import { h, setText } from './dom.js';
import { matrixTable } from './matrix.js';
import { embeddedIn } from './model.js';
import { sourceOf } from './report.js';

export function create() {
  const note = h('p', { class: 'tb-summary' });
  const place = h('div', { class: 'confusion-place' });
  const images = h('div', { class: 'confusion-images', 'aria-live': 'polite' });
  const element = h(
    'div',
    { class: 'confusion' },
    note,
    h('div', { class: 'confusion-row' }, place, images),
  );
  let cell = null;
  let model = null;
  const show = (label, guess) => {
    cell = [label, guess];
    images.replaceChildren(...imagesOf(model, label, guess));
  };
  return {
    element,
    update(next) {
      const newModel = next && embeddedIn(next);
      if (!newModel) return;
      model = newModel;
      setText(note, summaryOf(next));
      const table = matrixTable(model.classes, model.counts, { onCell: show, cell });
      place.replaceChildren(table);
      if (cell) show(...cell);
      else images.replaceChildren(hint(model));
    },
  };
}

function hint({ labels }) {
  const words = labels.length ? 'A click on a cell shows its images.' : '';
  return h('p', { class: 'tb-note' }, words);
}

/** The sentence above the table, as the board wrote it. */
function summaryOf(packet) {
  const html = new DOMParser().parseFromString(packet.content, 'text/html');
  return html.querySelector('.tb-summary')?.textContent ?? '';
}

/** The images of the first test images with this true class that are taken for that one. */
export function imagesOf(model, label, guess) {
  const { classes, counts, labels, guesses } = model;
  const places = labels.flatMap((truth, i) => (truth === label && guesses[i] === guess ? [i] : []));
  const all = counts[label][guess];
  if (!all)
    return [
      h('p', { class: 'tb-summary' }, `No ${classes[label]} is taken for ${classes[guess]}.`),
    ];
  const words = `${classes[label]} taken for ${classes[guess]}: ${all.toLocaleString('en')} ${labels.length ? 'test images' : 'test samples'}`;
  const some = labels.length
    ? `, ${places.length} of them among the first ${labels.length}, which are kept`
    : '';
  return [
    h('p', { class: 'tb-summary' }, words + some),
    h('div', { class: 'confusion-pictures' }, ...picturesOf(model, places)),
  ];
}

const SHEET = '/trainboard/api/media';
const EDGE = 4; // px of frame and gap around an image of the sheet: dashboard/record/images.py
const SHOWN_PX = 42; // css/confusion.css

/** The images at these places, cut out of the picture of all once that has come. */
function picturesOf({ environment, labels }, places) {
  const columns = Math.ceil(Math.sqrt(labels.length));
  const query = new URLSearchParams({ environment, window: 'samples', step: 0 });
  const sheet = new Image();
  const pictures = places.map((i) =>
    h('span', { class: 'confusion-picture', title: `test image ${i + 1}` }),
  );
  sheet.addEventListener('load', () => {
    const cell = sheet.naturalWidth / columns;
    const scale = SHOWN_PX / (cell - 2 * EDGE);
    const offset = (place) => `${-scale * (place * cell + EDGE)}px`;
    pictures.forEach((picture, k) => {
      const i = places[k];
      picture.style.backgroundImage = `url("${sheet.src}")`;
      picture.style.backgroundSize = `${scale * sheet.naturalWidth}px`;
      picture.style.backgroundPosition = `${offset(i % columns)} ${offset(Math.floor(i / columns))}`;
    });
  });
  if (places.length) sheet.src = sourceOf(`${SHEET}?${query}`);
  return pictures;
}
