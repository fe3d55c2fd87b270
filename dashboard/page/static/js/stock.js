/* A plot that comes as it is shown: of stock clients, and ours that the page does not redraw. Pure.
 *
 * Only its colours follow the theme, its size the window, and the rows of a heat map the runs that
 * are seen; what a person chose in its buttons outlives live updates. */
import { themedLayout, themedTraces } from './colours.js';

/** {traces, layout} as Plotly takes them. view: {width, height, dark, looks, isVisible,
 * menus: Map nth menu -> the button that was pressed}. */
export function stockFigure(content, view) {
  const copy = structuredClone(content);
  const rows = copy.layout?.meta?.rows;
  const indices = rows?.map((name, i) => (view.isVisible(name) ? i : -1)).filter((i) => i >= 0);
  const traces = themedTraces(copy.data ?? [], view.dark, view.looks).map((trace) =>
    indices ? onlyRows(trace, indices, rows.length) : trace,
  );
  const layout = {
    ...themedLayout(copy.layout ?? {}, view.dark),
    width: view.width,
    height: view.height,
    autosize: false,
  };
  pressAgain(traces, layout, view.menus);
  if (traces.some((trace) => trace.type === 'heatmap' && typeof trace.y?.[0] === 'string'))
    roomForNames(layout);
  layout.uirevision ??= 'kept'; // zoom and hidden traces outlive an update
  return { traces, layout };
}

const BY_ROW = ['y', 'z', 'text', 'hovertext', 'customdata'];

/** A heat map with some of its rows. */
function onlyRows(trace, indices, count) {
  const copy = { ...trace };
  for (const key of BY_ROW) {
    if (Array.isArray(trace[key]) && trace[key].length === count)
      copy[key] = indices.map((i) => trace[key][i]);
  }
  return copy;
}

/** Names of rows and columns get as much room as they are long. */
function roomForNames(layout) {
  for (const name of Object.keys(layout)) {
    if (/^[xy]axis\d*$/.test(name)) layout[name] = { ...layout[name], automargin: true };
  }
}

function pressAgain(traces, layout, menus) {
  (layout.updatemenus ?? []).forEach((menu, i) => {
    if (menus.has(i)) menu.active = menus.get(i);
    const button = menu.buttons?.[menu.active ?? 0];
    if (button) press(button, traces, layout);
  });
}

/** Do to traces and layout what Plotly would do when the button is pressed. */
function press({ method, args: [first, second, third] = [] }, traces, layout) {
  const apply = (changes) =>
    Object.entries(changes ?? {}).forEach(([path, value]) => put(layout, path, value));
  if (method === 'relayout') apply(first);
  if (method === 'restyle') style(traces, first, second);
  if (method === 'update') {
    style(traces, first, third);
    apply(second);
  }
}

function style(traces, changes, indices) {
  const targets = indices === undefined ? traces : [].concat(indices).map((i) => traces[i]);
  for (const [path, value] of Object.entries(changes ?? {})) {
    targets.forEach(
      (trace, i) =>
        trace && put(trace, path, Array.isArray(value) ? value[i % value.length] : value),
    );
  }
}

/** Set what a dotted path such as "yaxis.type" or "xaxis.range[0]" names. */
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
