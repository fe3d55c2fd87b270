/* One row of the home page: an experiment's name, states, best result and curve, and its tick.
 * How they are worded is experiments.js's. */
import { h, svg } from './dom.js';
import { settingsText, sparkPath, stateParts, when } from './experiments.js';
import { result } from './numbers.js';

const SPARK = { width: 120, height: 24 };

/** The row of an experiment. ticks: the environments to compare; onChange(): one was set or taken back. */
export function homeRow(each, ticks, onChange) {
  return h(
    'tr',
    { class: each.live ? 'live' : '' },
    h('td', { class: 'cell-tick' }, h('label', {}, tickBox(each, ticks, onChange))),
    h('th', { scope: 'row', class: 'cell-name' }, ...nameOf(each)),
    h('td', { class: 'cell-date' }, dateOf(each)),
    h(
      'td',
      { class: 'cell-states' },
      ...stateParts(each.runs, each.states).map(({ text, state }) =>
        h('span', { class: `count-${state || 'all'}` }, text),
      ),
    ),
    h('td', { class: 'cell-best' }, ...bestOf(each)),
    h('td', { class: 'cell-spark' }, spark(each)),
    h('td', { class: 'cell-settings' }, settingsText(each.settings)),
  );
}

function tickBox({ environment, name }, ticks, onChange) {
  const box = h('input', {
    type: 'checkbox',
    id: `tick-${environment}`,
    'aria-label': `compare ${name} with others`,
    onchange: () => {
      if (box.checked) ticks.add(environment);
      else ticks.delete(environment);
      onChange();
    },
  });
  box.checked = ticks.has(environment);
  return box;
}

function nameOf({ environment, name, live, note }) {
  return [
    h('a', { id: `open-${environment}`, href: `/env/${encodeURIComponent(environment)}` }, name),
    live ? h('span', { class: 'live-word' }, 'live') : null,
    note ? h('small', {}, note) : null,
  ];
}

function dateOf({ updated_s }) {
  const date = new Date(updated_s * 1000);
  const attributes = { datetime: date.toISOString(), title: date.toLocaleString() };
  return h('time', attributes, when(updated_s));
}

function bestOf({ best, metric }) {
  if (!best) return [h('span', { class: 'soft' }, 'no result yet')];
  return [
    h('b', {}, result(best.value)),
    ' ',
    metric?.share ? null : h('span', { class: 'soft' }, `${metric.text} `),
    h('small', { title: metric?.text ?? '' }, best.label),
  ];
}

function spark({ sparkline, name, best }) {
  const path = sparkPath(sparkline, SPARK.width, SPARK.height - 4);
  if (!path) return null;
  const says = `curve of ${name}${best ? `, now ${result(best.value)}` : ''}`;
  return svg(
    'svg',
    {
      class: 'spark',
      viewBox: `0 -2 ${SPARK.width} ${SPARK.height}`,
      width: SPARK.width,
      height: SPARK.height,
      role: 'img',
      'aria-label': says,
    },
    svg('path', { d: path }),
  );
}
