/* Where the panels of a plot stand: small multiples that stay wide enough to read. Pure. */

const LEAST_WIDTH = 160; // px of a panel's own, without the numbers beside it
const LEAST_HEIGHT = 120; // px, when there are several rows
const TITLE = 20; // px above a panel that has a title
const NUMBERS = { own: 46, shared: 12 }; // px between columns
const CHARACTER = 6.4; // px of a title's character, about

/** The margins around all panels, in px. */
export function marginsOf(panels, legend) {
  const second = panels.some(({ side }) => side === 'right');
  return { l: second ? 58 : 48, r: second ? 58 : 12, t: legend ? 30 : 10, b: 38 };
}

/** {columns, rows, height, each} of `count` panels in a window of that size; the height may grow.
 * each: so many belong together, and begin a row of their own. */
export function arrangement(count, width, height, isShared, each = count) {
  const gap = isShared ? NUMBERS.shared : NUMBERS.own;
  const inner = width - 60;
  const most = Math.max(1, Math.floor((inner + gap) / (LEAST_WIDTH + gap)));
  const rowsEach = Math.ceil(each / Math.min(most, each));
  const columns = Math.ceil(each / rowsEach);
  const rows = rowsEach * Math.ceil(count / each);
  const neededPx = rows > 1 ? rows * (LEAST_HEIGHT + TITLE + 8) + 50 : height;
  return { columns, rows, height: Math.max(height, neededPx), each };
}

/** The domains of the i-th panel: {x: [from, to], y: [from, to], bottom, first, titleAt, widthPx}. */
export function placeOf(i, count, { columns, rows, each = count }, inner, isShared) {
  const within = i % each;
  const before = Math.floor(i / each) * Math.ceil(each / columns); // rows
  const [column, row] = [within % columns, before + Math.floor(within / columns)];
  const gap = (isShared ? NUMBERS.shared : NUMBERS.own) / inner.width;
  const width = (1 - gap * (columns - 1)) / columns;
  const left = column * (width + gap);
  const title = TITLE / inner.height;
  const air = 10 / inner.height;
  const tall = 1 / rows;
  const top = 1 - row * tall;
  return {
    x: [left, Math.min(1, left + width)],
    y: [Math.max(0, top - tall + (row === rows - 1 ? 0 : air)), top - title],
    bottom: i >= count - each && within + columns >= each,
    first: column === 0,
    titleAt: top - title,
    widthPx: width * inner.width,
    heightPx: (tall - title) * inner.height,
  };
}

/** A title that is not wider than its panel. */
export function fitted(text, widthPx) {
  const most = Math.max(6, Math.floor(widthPx / CHARACTER));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
