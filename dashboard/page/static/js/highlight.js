/* Makes the lines of some runs stand out, by classes on what Plotly drew: Plotly draws nothing anew. */

export class Highlight {
  constructor(chart) {
    this.chart = chart;
    this.traces = [];
  }

  /** After Plotly has drawn: look up which element is whose. */
  found() {
    this.traces = [...this.chart.querySelectorAll('.scatterlayer .trace')].map((element) => {
      const meta = element.__data__?.[0]?.trace?.meta ?? {};
      if (meta.colour) element.style.setProperty('--own', meta.colour);
      element.classList.toggle('is-line', meta.role === 'line');
      return { element, names: meta.names ?? [] };
    });
  }

  /** names: the runs that are pointed at, here or elsewhere; null for none. */
  show(names) {
    const hot = this.traces.map((trace) => Boolean(names?.size) && trace.names.some((name) => names.has(name)));
    const any = hot.includes(true);
    this.chart.classList.toggle('is-pointed', any);
    this.traces.forEach(({ element }, i) => element.classList.toggle('is-hot', any && hot[i]));
  }
}
