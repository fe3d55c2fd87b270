/* The grid: tables of the results over two settings, from the model.
 *
 * One table, or one for each value of a third setting; a table is grid-table.js's. */

import { sidesOf } from './cells.js';
import { h, setText } from './dom.js';
import { gridTable } from './grid-table.js';
import { modelAt } from './past.js';

const SHOWS = ['model', 'theme', 'at', 'off', 'q', 'only', 'not', 'facet'];
const MOST_EACH = 6; // values of a third setting that get a grid each
const EACH_PX = 240; // as wide as one of several grids is at least, where there is room

export function create(app) {
  const view = new GridView(app);
  return {
    element: view.element,
    tools: [view.toggle],
    update: (packet, why) => view.update(packet, why),
  };
}

class GridView {
  constructor(app) {
    this.app = app;
    this.each = null; // one grid for each value of the third setting; null: as the page's facet says
    this.signature = '';
    this.parts = [];
    this.width = 0;
    this.note = h('p', { class: 'grid-note', hidden: true });
    this.tables = h('div', { class: 'grid-tables' });
    this.element = h('div', { class: 'grid-view' }, this.note, this.tables);
    this.toggle = h('button', { type: 'button', class: 'tool', hidden: true });
    this.toggle.addEventListener('click', () => {
      this.each = !this.#isEach;
      this.#draw();
    });
    new ResizeObserver(([entry]) => this.#resized(Math.round(entry.contentRect.width))).observe(
      this.element,
    );
  }

  update(packet, why) {
    if (packet || SHOWS.some((key) => why.has(key))) this.#draw();
    else if (why.has('hover')) this.#mark();
  }

  #resized(width) {
    if (width === this.width) return;
    this.width = width;
    this.#draw();
  }

  get #isEach() {
    return this.each ?? this.app.state.get('facet') === thirdOf(sidesOf(this.app.model))?.key;
  }

  #draw() {
    if (this.app.model?.kind !== 'compare') return;
    const model = modelAt(this.app);
    const sides = sidesOf(model);
    if (!sides.columns) return this.#say('A single run: nothing to cross.');
    const third = thirdOf(sides);
    const apart = third && this.#isEach ? third : null;
    this.toggle.hidden = !third;
    const others = third ? `one grid for each ${third.text}` : '';
    setText(this.toggle, apart ? `best over ${apart.text}` : others);
    const over = apart ? [] : sides.others;
    this.#say(over.length ? `best over ${over.map(({ text }) => text).join(', ')}` : '');
    this.#build(sides, apart);
    for (const part of this.parts) part.show(model, over);
    this.#mark();
  }

  #say(text) {
    this.note.hidden = !text;
    setText(this.note, text);
  }

  #build(sides, apart) {
    const signature = JSON.stringify([sides, apart, this.width, this.app.model.metric]);
    if (signature === this.signature) return;
    this.signature = signature;
    const values = apart ? apart.values : [null];
    this.element.classList.toggle('apart', Boolean(apart));
    const abreast = Math.min(values.length, Math.max(1, Math.floor(this.width / EACH_PX)));
    const room = apart ? Math.max(220, this.width / abreast) : this.width;
    this.parts = values.map((value) =>
      gridTable(this.app, sides, room, value && { setting: apart, ...value }),
    );
    this.tables.replaceChildren(...this.parts.map((part) => part.element));
  }

  #mark() {
    const hover = this.app.state.get('hover');
    for (const part of this.parts) part.mark(hover);
  }
}

/** The setting beside the two that are crossed, where there is one with few values. */
function thirdOf({ others }) {
  return others.length === 1 && others[0].values.length <= MOST_EACH ? others[0] : null;
}
