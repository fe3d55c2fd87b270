/* Parallel coordinates: an axis for each setting, the result last, a line for each group of seeds.
 *
 * Dragging along an axis leaves the runs within alone; where a run stands is parallel-axes.js's. */
import { h, svg } from './dom.js';
import { axesOf, brushed, RESULT, stretchOf } from './parallel-axes.js';
import { isTicked, seen } from './selection.js';
import { lineColour } from './shade.js';

const SHOWS = ['model', 'theme', 'off', 'q', 'only', 'not', 'colour', 'dash', 'baseline'];
const TOP = 34;
const FOOT = 16;
const SIDE = 76;
const HEIGHT = 330;
const LEAST_APART_PX = 120; // two axes; where there is no room the picture scrolls
const LEAST_DRAG_PX = 4;

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
    this.clearing = h(
      'button',
      { type: 'button', class: 'tool', onclick: () => this.clear(), hidden: true },
      'show all',
    );
    this.tools = [this.clearing, colour];
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
    const choices = { off: state.get('off'), q: state.get('q') };
    const left = new Set(seen(model.runs, { ...choices, only: null, not: [] }));
    const groups = model.groups
      .map((group) => group.filter((run) => left.has(run)))
      .filter((group) => group.length);
    this.axes = axesOf(model, groups);
    this.entries = groups.map((all) => this.entryOf(all));
    if (!state.get('only')) this.brushes = {};
    this.clearing.hidden = !state.get('only');
    this.span = Math.max(this.width, 2 * SIDE + LEAST_APART_PX * (this.axes.length - 1));
    this.drawing.setAttribute('width', this.span);
    this.drawAxes();
    this.drawLines();
    this.mark();
  }

  entryOf(all) {
    const choices = { only: this.app.state.get('only'), not: this.app.state.get('not') };
    const ticked = all.filter((run) => isTicked(choices, run.number));
    return { key: all[0].name, runs: ticked.length ? ticked : all, off: !ticked.length };
  }

  x(i) {
    return SIDE + (i * (this.span - 2 * SIDE)) / Math.max(1, this.axes.length - 1);
  }

  y(place) {
    return HEIGHT - FOOT - place * (HEIGHT - TOP - FOOT);
  }

  drawLines() {
    const gone = new Set(this.lines.keys());
    for (const entry of this.entries) {
      gone.delete(entry.key);
      this.drawLine(entry);
    }
    for (const key of gone) {
      this.lines.get(key).line.remove();
      this.lines.get(key).target.remove();
      this.lines.delete(key);
    }
  }

  drawLine({ key, runs, off }) {
    if (!this.lines.has(key)) {
      const made = {
        line: svg('path', { class: 'way' }),
        target: svg('path', { class: 'way-target', 'data-group': key }),
      };
      this.lineLayer.append(made.line, made.target);
      this.lines.set(key, made);
    }
    const { line, target } = this.lines.get(key);
    const places = this.axes.map((axis) => axis.place(runs));
    const corners = places.flatMap((place, i) =>
      place === null ? [] : [`${this.x(i).toFixed(1)} ${this.y(place).toFixed(1)}`],
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
    change(line, {
      d: way,
      stroke: colour,
      class: `way${off ? ' off' : ''}${result === null ? ' waiting' : ''}`,
    });
    change(target, { d: way });
  }

  drawAxes() {
    const key = JSON.stringify([
      this.span,
      this.axes.map(({ key: name, ticks }) => [name, ticks]),
      this.brushes,
    ]);
    if (key === this.axesKey) return;
    this.axesKey = key;
    this.axisLayer.replaceChildren(...this.axes.map((axis, i) => this.axisElement(axis, i)));
  }

  axisElement(axis, i) {
    const x = this.x(i);
    const last = i === this.axes.length - 1;
    const title = svg('text', { x, y: 14, 'text-anchor': 'middle', class: 'axis-title' });
    title.textContent = axis.text;
    const line = svg('line', { x1: x, x2: x, y1: this.y(0), y2: this.y(1), class: 'axis-line' });
    const strip = svg('rect', {
      x: x - 14,
      y: this.y(1) - 8,
      width: 28,
      height: this.y(0) - this.y(1) + 16,
      class: 'axis-strip',
    });
    strip.addEventListener('pointerdown', (event) => this.drag(event, axis, x));
    const brush = this.brushes[axis.key];
    const mark = brush
      ? svg('rect', {
          x: x - 7,
          width: 14,
          y: this.y(Math.min(1, brush[1])) - 2,
          height: this.y(Math.max(0, brush[0])) - this.y(Math.min(1, brush[1])) + 4,
          class: 'brush',
        })
      : null;
    return svg(
      'g',
      {},
      title,
      line,
      mark,
      strip,
      ...axis.ticks.map((tick) => this.tickElement(axis, tick, x, last)),
    );
  }

  /** A value as a button: for a mouse, and for who has none. */
  tickElement(axis, tick, x, last) {
    const side = last ? 1 : -1;
    const words = axis.key === RESULT ? `from ${tick.text} up` : tick.text;
    const element = svg('text', {
      x: x + 11 * side,
      y: this.y(tick.place) + 4,
      'text-anchor': last ? 'start' : 'end',
      class: 'axis-tick',
      role: 'button',
      tabindex: 0,
      'aria-label': `only ${axis.text} ${words}`,
    });
    element.textContent = tick.text.length > 16 ? `${tick.text.slice(0, 15)}…` : tick.text;
    const choose = () => this.brush(axis, stretchOf(axis, tick));
    element.addEventListener('click', choose);
    element.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      choose();
      this.axisLayer
        .querySelector(`[aria-label="${CSS.escape(element.getAttribute('aria-label'))}"]`)
        ?.focus();
    });
    return element;
  }

  drag(event, axis, x) {
    event.preventDefault();
    const strip = event.target;
    strip.setPointerCapture(event.pointerId);
    const top = this.drawing.getBoundingClientRect().top;
    const from = event.clientY - top;
    const mark = svg('rect', { x: x - 7, width: 14, y: from, height: 0, class: 'brush' });
    strip.before(mark);
    const move = ({ clientY }) =>
      change(mark, { y: Math.min(from, clientY - top), height: Math.abs(clientY - top - from) });
    const end = ({ clientY, type }) => {
      strip.removeEventListener('pointermove', move);
      mark.remove();
      const ends = [from, clientY - top]
        .sort((a, b) => b - a)
        .map((y) => (HEIGHT - FOOT - y) / (HEIGHT - TOP - FOOT));
      if (type === 'pointerup')
        this.brush(axis, Math.abs(clientY - top - from) < LEAST_DRAG_PX ? null : ends);
    };
    strip.addEventListener('pointermove', move);
    strip.addEventListener('pointerup', end, { once: true });
    strip.addEventListener('pointercancel', end, { once: true });
  }

  /** Leave the groups within a stretch of an axis alone; null, or the same again: take it back. */
  brush(axis, stretch) {
    const same = JSON.stringify(this.brushes[axis.key]) === JSON.stringify(stretch ?? undefined);
    const { [axis.key]: _, ...rest } = this.brushes;
    this.brushes = stretch && !same ? { ...rest, [axis.key]: stretch } : rest;
    if (!Object.keys(this.brushes).length) return this.clear();
    const left = brushed(
      this.entries.map(({ key, runs }) => this.wholeGroup(key) ?? runs),
      this.axes,
      this.brushes,
    );
    const numbers = left
      .flat()
      .map((run) => run.number)
      .sort((a, b) => a - b);
    this.app.state.set({ only: numbers, not: [] });
    this.drawAxes();
    this.app.announce(`${left.length} of ${this.entries.length} groups are left.`);
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
      const pointed = Boolean(hover) && runs.some((run) => hover.has(run.name));
      this.lines.get(key)?.line.classList.toggle('hovered', pointed);
    }
    this.lineLayer.classList.toggle('pointing', Boolean(hover));
  }
}

function change(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (element.getAttribute(key) !== String(value)) element.setAttribute(key, value);
  }
}
