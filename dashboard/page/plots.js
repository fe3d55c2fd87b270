/* Our script for the plots on Visdom's page: what a person chose in a plot outlives live updates.
 *
 * Visdom draws a plot anew with every update. Instead the drawing there is changed, and before that
 * the choices made in it (buttons and menus, zoom, hidden traces) are put into what comes. It also
 * lets the entries of a legend that name a colour or a dash hide every trace with that look
 * (dashboard/windows/legend.py).
 * A plot that nobody can see is drawn when somebody can: it costs the browser, and the training
 * beside it, the most. It asks no server and changes no number.
 */
'use strict';

(() => {
  const AXIS = /^([xy]axis\d*)\.(range|range\[\d\]|autorange)$/;
  const DOUBLE_CLICK_MS = 300; // as Plotly has it
  const SEEN_PX = 40; // of a window's height, before it counts as seen
  const all = new WeakMap(); // a window's element -> the choices made in it

  function choicesOf(plot) {
    const owner = plot.closest('.react-grid-item') || plot;
    if (!all.has(owner)) all.set(owner, { menus: new Map(), ranges: new Map(), hidden: new Set() });
    return all.get(owner);
  }

  const keyOf = (trace) => `${trace.name}\n${trace.legendgroup}`;

  /* Set what a dotted path such as "yaxis.type" or "xaxis.range[0]" names. */
  function put(target, path, value) {
    const steps = path.split(/[.[\]]+/).filter(Boolean);
    const last = steps.pop();
    let place = target;
    for (const step of steps) {
      if (typeof place[step] !== 'object' || place[step] === null) place[step] = {};
      place = place[step];
    }
    place[last] = value;
  }

  function style(traces, changes, indices) {
    const chosen = indices === undefined ? traces : [].concat(indices).map((i) => traces[i]);
    for (const [path, value] of Object.entries(changes || {})) {
      chosen.forEach((trace, i) => {
        if (trace) put(trace, path, Array.isArray(value) ? value[i % value.length] : value);
      });
    }
  }

  /* Do to data and layout what Plotly would do when the button is pressed. */
  function press(button, traces, layout) {
    const [first, second, third] = button.args || [];
    const apply = (changes) => {
      for (const [path, value] of Object.entries(changes || {})) put(layout, path, value);
    };
    if (button.method === 'relayout') apply(first);
    if (button.method === 'restyle') style(traces, first, second);
    if (button.method === 'update') {
      style(traces, first, third);
      apply(second);
    }
  }

  function restore(choices, traces, layout) {
    (layout.updatemenus || []).forEach((menu, i) => {
      if (choices.menus.has(i)) menu.active = choices.menus.get(i);
      const button = (menu.buttons || [])[menu.active || 0];
      if (button) press(button, traces, layout);
    });
    for (const [axis, range] of choices.ranges) {
      if (layout[axis]) Object.assign(layout[axis], { range: [...range], autorange: false });
    }
    for (const trace of traces) {
      if (trace.visible === false) continue; // another button's
      if (choices.hidden.has(keyOf(trace))) trace.visible = 'legendonly';
      else if (trace.visible === 'legendonly') trace.visible = true; // Visdom mixes up equal names
    }
    const visible = byLooks(traces, hiddenLooks(traces));
    traces.forEach((trace, i) => trace.meta && trace.meta.looks && (trace.visible = visible[i]));
  }

  function noteZoom(plot, choices, changes) {
    for (const path of Object.keys(changes || {})) {
      const [, axis, what] = path.match(AXIS) || [];
      if (!axis) continue;
      if (what === 'autorange') choices.ranges.delete(axis);
      else choices.ranges.set(axis, [...plot.layout[axis].range]);
    }
  }

  function noteHidden(plot, choices) {
    const hidden = plot.data.filter((trace) => trace.visible === 'legendonly');
    choices.hidden = new Set(hidden.map(keyOf));
  }

  /* Legends of looks: entries with meta.hides stand for all traces that list it in meta.looks. */

  let clicked = null; // the look whose click may still become a double click
  let waiting;
  const lookOf = (trace) => trace.meta && trace.meta.hides;

  function hiddenLooks(traces) {
    return new Set(traces.filter((t) => t.visible === 'legendonly').map(lookOf).filter(Boolean));
  }

  function byLooks(traces, hidden) {
    return traces.map((trace) => {
      const looks = (trace.meta && trace.meta.looks) || [lookOf(trace)];
      const off = looks.some((look) => hidden.has(look));
      if (off) return 'legendonly';
      return trace.visible === 'legendonly' ? true : trace.visible === undefined || trace.visible;
    });
  }

  function clickLook(plotly, plot, event) {
    const trace = plot.data[event.curveNumber];
    if (!trace) return false; // the title of a group stands for nothing
    const look = lookOf(trace);
    if (!look) return true; // an ordinary entry: Plotly knows what to do
    if (clicked === look) {
      clearTimeout(waiting); // Plotly tells of no double click once a click was refused
      clicked = null;
      toggle(plotly, plot, look, true);
      return false;
    }
    clicked = look;
    waiting = setTimeout(() => {
      clicked = null;
      toggle(plotly, plot, look, false);
    }, DOUBLE_CLICK_MS);
    return false;
  }

  /* Hide a look or show it again; alone: hide all others of its kind, or show them again. */
  function toggle(plotly, plot, look, alone) {
    const hidden = hiddenLooks(plot.data);
    const kind = look.split(' ')[0];
    const others = plot.data
      .map(lookOf)
      .filter((other) => other && other !== look && other.split(' ')[0] === kind);
    if (!alone) hidden[hidden.has(look) ? 'delete' : 'add'](look);
    else {
      const show = others.every((other) => hidden.has(other)) && !hidden.has(look);
      others.forEach((other) => hidden[show ? 'delete' : 'add'](other));
      hidden.delete(look);
    }
    const traces = plot.data.map((_, i) => i);
    plotly.restyle(plot, { visible: byLooks(plot.data, hidden) }, traces);
  }

  function watch(plotly, plot, choices) {
    plot.on('plotly_relayout', (changes) => noteZoom(plot, choices, changes));
    plot.on('plotly_restyle', () => noteHidden(plot, choices));
    plot.on('plotly_buttonclicked', (event) => choices.menus.set(event.menu._index, event.active));
    plot.on('plotly_legendclick', (event) => clickLook(plotly, plot, event));
  }

  /* Plots that wait until they are seen: a plot's element -> what draws it. */

  const unseen = new Map();
  const scrolled = new IntersectionObserver(
    () => drawSeen(), // what it says of an element may be old by now: look again
    { rootMargin: `-${SEEN_PX}px 0px` },
  );

  function isSeen(plot) {
    const { top, bottom } = (plot.closest('.react-grid-item') || plot).getBoundingClientRect();
    return !document.hidden && bottom > SEEN_PX && top < window.innerHeight - SEEN_PX;
  }

  function drawSeen() {
    for (const [plot, draw] of [...unseen]) {
      if (plot.isConnected && !isSeen(plot)) continue;
      unseen.delete(plot);
      scrolled.unobserve(plot);
      if (plot.isConnected) draw();
    }
  }

  function drawWhenSeen(plot, draw) {
    if (isSeen(plot)) return draw();
    unseen.set(plot, draw);
    scrolled.observe(plot);
    return Promise.resolve(plot);
  }

  document.addEventListener('visibilitychange', drawSeen); // the observer tells of the rest

  /* The first time a plot is drawn anew; after that only what differs is changed, which costs about
   * half of that and leaves what the pointer is doing alone. */
  function wrap(plotly) {
    const drawAnew = plotly.newPlot;
    const drawn = new WeakSet();
    plotly.newPlot = (target, traces, layout, config) => {
      const plot = typeof target === 'string' ? document.getElementById(target) : target;
      if (!plot || !Array.isArray(traces) || !layout) {
        return drawAnew(target, traces, layout, config);
      }
      const ours = { ...config, showLink: false }; // the link would hand the data to another site
      return drawWhenSeen(plot, () => {
        const choices = choicesOf(plot);
        restore(choices, traces, layout);
        if (drawn.has(plot)) return plotly.react(plot, traces, layout, ours);
        drawn.add(plot);
        const promise = drawAnew(plot, traces, layout, ours);
        watch(plotly, plot, choices);
        return promise;
      });
    };
    return plotly;
  }

  /* Plotly's own script sets window.Plotly some time after this one has run. */
  let plotly;
  Object.defineProperty(window, 'Plotly', {
    configurable: true,
    get: () => plotly,
    set: (loaded) => (plotly = loaded && loaded.newPlot ? wrap(loaded) : loaded),
  });
})();
