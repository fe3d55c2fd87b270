/* Parallel coordinates: an axis for each setting, the result last, a line for each group of seeds.
 *
 * Dragging along an axis leaves the runs within alone: that is axis-drawing.js's, where a run
 * stands parallel-axes.js's. */
import { axisElement, HEIGHT, yOf } from './axis-drawing.js';
import { h, setAttributes, svg } from './dom.js';
import { axesOf, brushed } from './parallel-axes.js';
import { groupsLeft } from './selection.js';
import { lineColour } from './shade.js';

const CHOICES = ['off', 'q', 'only', 'not'];
const SHOWS = ['model', 'theme', ...CHOICES, 'colour', 'dash', 'baseline'];
const SIDE = 76;
const LEAST_APART_PX = 120; // two axes; where there is no room the picture scrolls

export function create(app) {
  const picture = new Parallel(app);
  return {
    element: picture.element,
    tools: picture.tools,
    update: (packet, why) => picture.update(packet, why),
  };
}

class Parallel {
  constructor(app) {
    this.app = app;
    this.brushes = {};
    this.byLook = false;
    this.lines = new Map(); // key of a group -> {line, target}
    this.width = 0;
    this.drawing = svg('svg', {
      class: 'parallel',
      height: HEIGHT,
      role: 'group',
      'aria-label': 'settings and result of every group',
    });
    this.lineLayer = svg('g');
    this.axisLayer = svg('g');
    this.drawing.append(this.lineLayer, this.axisLayer);
    this.element = h('div', { class: 'parallel-view' }, this.drawing);
    const colour = h(
      'button',
      { type: 'button', class: 'tool', onclick: () => this.recolour(colour) },
      'colour: result',
    );
    this.clearButton = h(
      'button',
      { type: 'button', class: 'tool', onclick: () => this.clear(), hidden: true },
      'show all',
    );
    this.tools = [this.clearButton, colour];
    this.listen();
  }

  listen() {
    new ResizeObserver(([{ contentRect }]) => {
      if (Math.round(contentRect.width) === this.width) return;
      this.width = Math.round(contentRect.width);
      this.draw();
    }).observe(this.element);
    this.drawing.addEventListener('click', ({ target }) => target === this.drawing && this.clear());
    this.lineLayer.addEventListener('pointerover', ({ target }) => {
      const runs = this.entries.find(({ key }) => key === target.dataset.group)?.runs;
      if (runs) this.app.state.set({ hover: new Set(runs.map((run) => run.name)) });
    });
    this.lineLayer.addEventListener('pointerleave', () => this.app.state.set({ hover: null }));
  }

  update(packet, why) {
    if (packet || SHOWS.some((key) => why.has(key))) this.draw();
    else if (why.has('hover')) this.mark();
  }

  draw() {
    const { model, state } = this.app;
    if (model?.kind !== 'compare' || !this.width) return;
    const choices = Object.fromEntries(CHOICES.map((key) => [key, state.get(key)]));
    this.entries = groupsLeft(model, choices);
    this.axes = axesOf(
      model,
      this.entries.map(({ all }) => all),
    );
    if (!state.get('only')) this.brushes = {};
    this.clearButton.hidden = !state.get('only');
    this.span = Math.max(this.width, 2 * SIDE + LEAST_APART_PX * (this.axes.length - 1));
    this.drawing.setAttribute('width', this.span);
    this.drawAxes();
    this.drawLines();
    this.mark();
  }

  x(i) {
    return SIDE + (i * (this.span - 2 * SIDE)) / Math.max(1, this.axes.length - 1);
  }

  drawLines() {
    const goneKeys = new Set(this.lines.keys());
    for (const entry of this.entries) {
      goneKeys.delete(entry.key);
      this.drawLine(entry);
    }
    for (const key of goneKeys) {
      this.lines.get(key).line.remove();
      this.lines.get(key).target.remove();
      this.lines.delete(key);
    }
  }

  drawLine({ key, runs, off }) {
    if (!this.lines.has(key)) {
      const line = svg('path', { class: 'way' });
      const target = svg('path', { class: 'way-target', 'data-group': key });
      this.lineLayer.append(line, target);
      this.lines.set(key, { line, target });
    }
    const { line, target } = this.lines.get(key);
    const places = this.axes.map((axis) => axis.place(runs));
    const corners = places.flatMap((place, i) =>
      place === null ? [] : [`${this.x(i).toFixed(1)} ${yOf(place).toFixed(1)}`],
    );
    const way = `M${corners.join('L')}`;
    const result = places.at(-1);
    const look = this.app.look(runs[0]);
    const colour = this.byLook
      ? look.grey
        ? 'var(--line)'
        : look.colour
      : result === null
        ? 'var(--soft)'
        : lineColour(result, this.app.dark());
    setAttributes(line, {
      d: way,
      stroke: colour,
      class: `way${off ? ' off' : ''}${result === null ? ' waiting' : ''}`,
    });
    setAttributes(target, { d: way });
  }

  drawAxes() {
    const key = JSON.stringify([
      this.span,
      this.axes.map(({ key: name, ticks }) => [name, ticks]),
      this.brushes,
    ]);
    if (key === this.axesKey) return;
    this.axesKey = key;
    const elements = this.axes.map((axis, i) =>
      axisElement(axis, this.axisLayer, {
        x: this.x(i),
        last: i === this.axes.length - 1,
        brush: this.brushes[axis.key],
        choose: (stretch) => this.brush(axis, stretch),
      }),
    );
    this.axisLayer.replaceChildren(...elements);
  }

  /** Leave the groups within a stretch of an axis alone; null, or the same again: take it back. */
  brush(axis, stretch) {
    const same = JSON.stringify(this.brushes[axis.key]) === JSON.stringify(stretch ?? undefined);
    const { [axis.key]: _, ...rest } = this.brushes;
    this.brushes = stretch && !same ? { ...rest, [axis.key]: stretch } : rest;
    if (!Object.keys(this.brushes).length) return this.clear();
    const groups = brushed(
      this.entries.map(({ key, runs }) => this.wholeGroup(key) ?? runs),
      this.axes,
      this.brushes,
    );
    const numbers = groups
      .flat()
      .map((run) => run.number)
      .sort((a, b) => a - b);
    this.app.state.set({ only: numbers, not: [] });
    this.drawAxes();
    this.app.announce(`${groups.length} of ${this.entries.length} groups are left.`);
  }

  wholeGroup(key) {
    return this.app.model.groups.find((group) => group.some((run) => run.name === key));
  }

  clear() {
    this.brushes = {};
    this.app.state.set({ only: null, not: [] });
    this.draw();
  }

  recolour(button) {
    this.byLook = !this.byLook;
    button.textContent = this.byLook ? 'colour: setting' : 'colour: result';
    this.draw();
  }

  /** The groups that are pointed at, here or elsewhere, stand out and before the others. */
  mark() {
    const hover = this.app.state.get('hover');
    for (const { key, runs } of this.entries ?? []) {
      const isPointed = Boolean(hover) && runs.some((run) => hover.has(run.name));
      this.lines.get(key)?.line.classList.toggle('hovered', isPointed);
    }
    this.lineLayer.classList.toggle('pointing', Boolean(hover));
  }
}
