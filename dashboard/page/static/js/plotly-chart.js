/* The element that Plotly draws a plot in, and the two ways in which it is set up.
 *
 * Knows nothing of what is drawn; makes a new element where Plotly would keep too much of the old one. */
import { h, setAttributes } from './dom.js';

/** For our own lines: the page has its own zoom, cursor and tools. */
export const SILENT = {
  displayModeBar: false,
  doubleClick: false,
  showTips: false,
  responsive: false,
};

/** For a plot that is shown as it came: Plotly's tools, but none that sends, or that our bar has. */
export const STOCK = {
  displaylogo: false,
  showLink: false,
  plotlyServerURL: '',
  modeBarButtonsToRemove: ['sendDataToCloud', 'sendChartToCloud', 'toImage'],
  responsive: false,
};

export class PlotlyChart {
  /** doings: {relayout(changes), pressed(menu, button)}, both by index, when a person has done so. */
  constructor(doings) {
    this.doings = doings;
    this.element = emptyElement();
  }

  /** Plotly changes what is there where it can, which costs about half of drawing anew. */
  draw({ traces, layout }, config) {
    const first = this.config !== config;
    if (this.config && first) this.#renew();
    this.config = config;
    // A picture holds nothing to press; Plotly's tools stand inside the plot.
    setAttributes(this.element, { role: config === STOCK ? 'group' : 'img' });
    this.drawPromise = window.Plotly.react(this.element, traces, layout, config);
    if (first) this.#watchPlotly();
  }

  /** Let Plotly forget the element, once it has drawn what it is drawing. */
  remove() {
    this.drawPromise?.finally(() => window.Plotly.purge(this.element));
  }

  /** A plot that becomes one of the other kind: Plotly keeps too much of the old one. */
  #renew() {
    const old = this.element;
    this.element = emptyElement();
    old.replaceWith(this.element);
    this.drawPromise.finally(() => window.Plotly.purge(old));
  }

  #watchPlotly() {
    this.element.on('plotly_relayout', (changes) => this.doings.relayout(changes));
    this.element.on('plotly_buttonclicked', ({ menu, active }) =>
      this.doings.pressed(menu._index, active),
    );
  }
}

function emptyElement() {
  return h('div', { class: 'plot-chart', role: 'img', 'aria-label': 'a plot without points yet' });
}
