/* Makes the lines of some runs stand out, by classes on what Plotly drew: Plotly draws nothing anew. */

export class Highlight {
  chart = null;
  traces = [];

  /** After Plotly has drawn: look up which element is whose. */
  found(chart) {
    this.chart = chart;
    this.traces = [...this.chart.querySelectorAll('.scatterlayer .trace')].map((element) => {
      const meta = element.__data__?.[0]?.trace?.meta ?? {};
      if (meta.colour) element.style.setProperty('--own', meta.colour);
      element.classList.toggle('is-line', meta.role === 'line');
      return { element, names: meta.names ?? [] };
    });
  }

  /** names: the runs that are pointed at, here or elsewhere; any: whether one has a line here. */
  show(names, any) {
    this.chart.classList.toggle('is-pointed', any);
    for (const trace of this.traces) {
      trace.element.classList.toggle('is-hot', any && trace.names.some((name) => names.has(name)));
    }
  }
}
