/* A cell of the grid: a button that says what its runs came to, and leaves them alone.
 *
 * What it says is cells.js's, its colour shade.js's. It keeps showing its runs, pale, while they are
 * not seen elsewhere, so that a click can bring them back. */

import { cellOf, linesOf, sentenceOf } from './cells.js';
import { h, setText } from './dom.js';
import { onlyThese } from './selection.js';
import { inkOn, resultColour } from './shade.js';

/** {element, show(all runs of the cell, settings that it is the best over, place of a result in
 * [0, 1]), mark(hover)}. */
export function gridCell(app, row, column, widthPx) {
  const view = new GridCell(app, row, column, widthPx);
  return {
    element: h('td', {}, view.button),
    show: (all, others, placeOf) => view.show(all, others, placeOf),
    mark: (hover) => view.mark(hover),
  };
}

class GridCell {
  constructor(app, row, column, widthPx) {
    this.app = app;
    this.widthPx = widthPx;
    this.runs = [];
    this.signature = '';
    this.place = [row, column]
      .filter(Boolean)
      .map(({ text }) => text)
      .join(', ');
    this.lines = ['cell-main', 'cell-detail', 'cell-state'].map((css) => h('span', { class: css }));
    this.fill = h('i');
    this.bar = h('span', { class: 'bar' }, this.fill);
    this.button = h('button', { type: 'button', class: 'cell' }, ...this.lines, this.bar);
    this.#listen();
  }

  #listen() {
    const { button } = this;
    const { state } = this.app;
    const numbers = () => this.runs.map((run) => run.number);
    const names = () => new Set(this.runs.map((run) => run.name));
    button.addEventListener(
      'click',
      () => this.runs.length && state.set(onlyThese({ only: state.get('only') }, numbers())),
    );
    button.addEventListener('pointerenter', () => state.set({ hover: names() }));
    button.addEventListener('pointerleave', () => state.set({ hover: null }));
  }

  show(all, others, placeOf) {
    const { metric } = this.app.model;
    this.runs = all;
    const visible = all.filter((run) => this.app.isVisible(run.name));
    const cell = cellOf(visible.length ? visible : all, others, metric.goal);
    const lines = linesOf(cell, this.widthPx);
    const pale = !visible.length;
    const bare = cell.mean === null || pale;
    const ground = bare ? '' : resultColour(placeOf(cell.mean), this.app.dark());
    const share = cell.share === null ? '' : `${Math.round(100 * cell.share)}%`;
    const signature = JSON.stringify([
      lines,
      ground,
      share,
      pale,
      cell.bad.length,
      cell.state,
      all.length,
    ]);
    if (signature === this.signature) return;
    this.signature = signature;
    this.lines.forEach((line, i) => setText(line, lines[i]));
    this.button.disabled = !all.length;
    this.button.title = sentenceOf(cell, this.place, metric.text);
    this.button.setAttribute('aria-label', this.button.title);
    this.#paint(cell, ground, pale);
    this.bar.hidden = !share;
    this.fill.style.width = share;
  }

  #paint(cell, ground, pale) {
    this.button.style.background = ground;
    this.button.style.color = ground ? inkOn(ground) : '';
    const css = {
      pale,
      bad: cell.bad.length && cell.mean === null,
      partly: cell.bad.length && cell.mean !== null,
      queued: cell.mean === null && !cell.bad.length && cell.state === 'queued',
    };
    for (const [name, on] of Object.entries(css)) this.button.classList.toggle(name, Boolean(on));
  }

  mark(hover) {
    const isPointed = Boolean(hover) && this.runs.some((run) => hover.has(run.name));
    this.button.classList.toggle('hovered', isPointed);
  }
}
