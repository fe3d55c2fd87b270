/* The view of a plot window: our own lines drawn anew from the curves, everything else as it came.
 *
 * Joins the pure modules (curves, axes, figure, stock) to Plotly; draws only when something that it
 * shows has changed. */

import { Cursor } from './cursor.js';
import { describe } from './describe.js';
import { h, setAttributes } from './dom.js';
import { panelsOf, unsplit } from './facets.js';
import { figureOf } from './figure.js';
import { placesOf } from './geometry.js';
import { Highlight } from './highlight.js';
import { aboutOf, toAxis } from './model.js';
import { watchKeys } from './plot-keys.js';
import { ownSignature, stockSignature } from './plot-signature.js';
import { toolsOf } from './plot-tools.js';
import { PlotlyChart, SILENT, STOCK } from './plotly-chart.js';
import { watchPointer } from './pointer.js';
import { stockFigure } from './stock.js';
import { forgetWithUnits, zoomOf } from './zoom.js';

const CHOICES = ['x', 'smooth', 'y', 'loss', 'range', 'facet', 'baseline'];
const PASSING = new Set(['hover', 'cursor', 'at']);
const NEEDED_PX = 780; // a wide plot of fixed content is not squeezed further
const MODEL_WAIT_MS = 1500; // a plot of ours waits so long for the model, which may come after it

class PlotView {
  constructor(app) {
    this.app = app;
    this.state = app.state;
    this.menus = new Map(); // of a plot that is shown as it came: nth menu -> its pressed button
    this.plotly = new PlotlyChart({
      relayout: (changes) => this.own && this.#zoomed(changes),
      pressed: (menu, button) => this.menus.set(menu, button),
    });
    this.cursor = new Cursor();
    this.element = h('div', { class: 'plot' }, this.chart, ...this.cursor.elements);
    this.tools = toolsOf(this);
    this.highlight = new Highlight();
    this.zooms = new Map(); // y axis -> the range that a person drew
    this.drawnPanels = []; // the panels that Plotly has drawn
    this.pointedPanels = []; // those under the pointer
    this.markedRange = null; // [from, to] on the x axis: what the keyboard is about to zoom to
    this.version = 0; // of the window's content
    this.madeAt = performance.now();
    setTimeout(() => this.#draw(), MODEL_WAIT_MS + 50);
    this.endController = new AbortController();
    this.endSignal = this.endController.signal;
    this.sizes = new ResizeObserver(() => this.#measure() && this.#draw());
    this.sizes.observe(this.element);
    watchPointer(this);
    watchKeys(this);
    forgetWithUnits(this.state);
  }

  update(packet, why) {
    if (packet) {
      this.packet = packet;
      this.version += 1;
    }
    if (why?.has('y') || why?.has('loss')) this.zooms.clear();
    if (!packet && why.size && [...why].every((key) => PASSING.has(key))) return this.point();
    this.#draw();
  }

  remove() {
    this.endController.abort();
    this.sizes.disconnect();
    this.plotly.remove();
  }

  /** The element that Plotly draws in; another when the plot becomes one of the other kind. */
  get chart() {
    return this.plotly.element;
  }

  places() {
    return (this.cachedPlaces ??= placesOf(this.chart, this.drawnPanels));
  }

  /** Everything that was zoomed, back to all there is. */
  reset() {
    this.zooms.clear();
    this.state.set({ range: null });
    this.#draw();
  }

  get zoomed() {
    return this.zooms.size > 0 || this.state.get('range') !== null;
  }

  /** Whether the page draws this plot from its curves. */
  get own() {
    return this.packet?.content?.layout?.meta?.x === 'step' && Boolean(this.app.model);
  }

  get #waits() {
    return (
      this.packet.content?.layout?.meta?.x === 'step' &&
      !this.app.model &&
      performance.now() - this.madeAt < MODEL_WAIT_MS
    );
  }

  /** The size in px that the window gives; whether it is another than before. */
  #measure() {
    const minHeight = this.element.style.minHeight;
    this.element.style.minHeight = '';
    const [width, height] = [this.element.clientWidth, this.element.clientHeight];
    this.element.style.minHeight = minHeight;
    const hasChanged = width !== this.width || height !== this.height;
    this.width = width;
    this.height = height;
    return hasChanged;
  }

  #draw() {
    if (!this.packet || !window.Plotly || this.endSignal.aborted) return;
    if (this.#waits) return;
    if (!this.width) this.#measure();
    if (!this.width || !this.height) return; // the observer says when there is room
    const signature = this.#signature();
    if (signature === this.signature) return;
    this.signature = signature;
    if (this.own) this.#drawOwn();
    else this.#drawStock();
  }

  #signature() {
    if (this.own) return ownSignature(this, this.#runs, this.#choice());
    return stockSignature(this, (name) => this.#sees(name));
  }

  #choice() {
    const choices = Object.fromEntries(CHOICES.map((key) => [key, this.state.get(key)]));
    return { ...choices, metric: this.app.model.metric };
  }

  #sees(name) {
    return this.app.kind !== 'compare' || this.app.isVisible(name);
  }

  /** A run's own page shows the run, whatever an address from elsewhere selects. */
  get #runs() {
    return this.app.kind === 'compare' ? this.app.visible() : this.app.model.runs;
  }

  #drawOwn() {
    const { app } = this;
    const choice = this.#choice();
    const view = {
      ...choice,
      model: app.model,
      curves: app.curves,
      runs: this.#runs,
      look: app.look,
      dark: app.dark(),
    };
    this.element.classList.remove('is-empty');
    const panels = panelsOf(this.packet, view);
    this.tools.say(unsplit(this.packet, view));
    const touch = matchMedia('(pointer: coarse)').matches;
    const size = {
      width: this.width,
      height: this.height,
      dark: app.dark(),
      zooms: this.zooms,
      run: app.kind === 'run',
      touch,
    };
    const figure = figureOf(panels, choice, size);
    this.#scrolls(false);
    this.#plot(figure, SILENT);
    this.drawnPanels = figure.drawnPanels;
    this.element.style.minHeight = figure.height > this.height ? `${figure.height}px` : '';
    this.chart.setAttribute('aria-label', describe(this.#title(), panels));
    this.highlight.found(this.chart);
    this.point();
  }

  #drawStock() {
    const { content } = this.packet;
    this.element.classList.toggle('is-empty', !content.data?.length);
    const width = Math.max(
      this.width,
      Math.min(NEEDED_PX, (aboutOf(this.packet).width ?? 0) * 0.58),
    );
    this.#scrolls(width > this.width);
    const tall = content.layout?.meta?.height ?? 0; // what needs more room than its window has
    this.element.style.minHeight = tall > this.height ? `${tall}px` : '';
    const view = {
      width,
      height: Math.max(this.height, tall),
      dark: this.app.dark(),
      looks: this.app.model?.looks,
      isVisible: (name) => this.#sees(name),
      menus: this.menus,
    };
    this.#plot(stockFigure(content, view), STOCK);
    this.drawnPanels = [];
    this.chart.setAttribute(
      'aria-label',
      `${this.#title()}: a plot of ${content.data?.length ?? 0} traces`,
    );
  }

  /** What has no room in a narrow window is scrolled to, with the keyboard too; and a plot of ours
   * takes its keys while it has the focus. */
  #scrolls(yes) {
    this.element.classList.toggle('is-wide', yes);
    if (yes || this.own) this.element.setAttribute('tabindex', '0');
    else this.element.removeAttribute('tabindex');
    if (!this.own) return;
    const says = `${this.#title()}: arrows move the cursor, with Shift they mark a stretch, Enter zooms`;
    setAttributes(this.element, { role: 'group', 'aria-label': says });
  }

  #title() {
    return this.packet.content.layout?.meta?.title || this.packet.title || this.packet.id;
  }

  #plot(figure, config) {
    this.cachedPlaces = null;
    this.plotly.draw(figure, config);
    this.tools.update();
  }

  #zoomed(changes) {
    const { range, zooms } = zoomOf(changes, this.chart.layout);
    zooms.forEach(([axis, ends]) => this.zooms.set(axis, ends));
    this.signature = null; // Plotly has moved its axes itself; their numbers are ours to set
    if (range) this.state.set({ range });
    this.#draw();
  }

  /** Show the cursor, what is pointed at and what is marked. */
  point() {
    if (!this.drawnPanels.length) return;
    const hover = this.state.get('hover');
    const at = this.state.get('cursor') ?? this.#timeCursor();
    const isHot = ({ names }) => names.some((name) => hover?.has(name));
    this.highlight.show(
      hover,
      this.drawnPanels.some(({ lines }) => lines.some(isHot)),
    );
    this.cursor.show(this.places(), {
      at,
      hover,
      unit: this.state.get('x'),
      pointedPlaces: this.#pointedPlaces(),
      markedRange: this.markedRange,
    });
  }

  /** Where the page looks back to, on an axis that all runs share. */
  #timeCursor() {
    const at = this.state.get('at');
    const [run] = this.app.model?.runs ?? [];
    return at === null || this.state.get('x') === 'seconds'
      ? null
      : toAxis(run, at, this.state.get('x'));
  }

  /** The panels under the pointer as they lie now. */
  #pointedPlaces() {
    const axes = new Set(this.pointedPanels.map(({ y }) => y));
    return this.places().filter(({ y }) => axes.has(y));
  }
}

export function create(app) {
  const view = new PlotView(app);
  return {
    element: view.element,
    tools: view.tools.elements,
    update: (packet, why) => view.update(packet, why),
    remove: () => view.remove(),
    view,
  };
}
