/* The home page: every experiment of the runs folder, live ones first, and several together.
 *
 * Asks the server again every few seconds while it is looked at. How an experiment is worded and found
 * is experiments.js's. */
import { h, setText, svg } from './dom.js';
import {
  inOrder,
  matches,
  settingsText,
  sparkPath,
  stateParts,
  togetherAddress,
  when,
} from './experiments.js';
import { startKeys } from './keys.js';
import { result } from './numbers.js';
import { startTheme } from './theme.js';
import { topbar } from './topbar.js';

const LIST = '/trainboard/api/experiments';
const LOOK_EVERY_MS = 4000;
const SPARK = { width: 120, height: 24 };

export function startHome(state) {
  const app = { kind: 'home', environment: '', state, model: null };
  const bar = topbar(app, document.getElementById('top'));
  startTheme(app, () => bar.update());
  const view = page();
  document.getElementById('main').append(view.element);
  state.on(['theme'], () => bar.update());
  startKeys();
  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(LIST, { cache: 'no-store' });
      if (answer.status === 401) return location.reload(); // the session is over: log in again
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      view.show(await answer.json());
      bar.online(true);
    } catch (error) {
      bar.online(false);
      view.trouble(
        `The list of experiments did not come (${error.message}); this page asks again.`,
      );
    }
  };
  look();
  setInterval(look, LOOK_EVERY_MS);
  document.addEventListener('visibilitychange', look);
}

/** {element, show(answer), trouble(sentence)}. */
function page() {
  const ticked = new Set(); // environments
  let listed = { experiments: [], folder: '', left_out: 0 };
  let drawn = '';
  const input = h('input', {
    type: 'search',
    class: 'search',
    placeholder: 'name, setting or value',
    'aria-label': 'search the experiments',
    'data-action': 'search',
    'aria-keyshortcuts': '/',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const together = h('button', {
    type: 'button',
    class: 'primary',
    onclick: () => location.assign(togetherAddress([...ticked])),
  });
  const count = h('span', { class: 'count', role: 'status' });
  const body = h('tbody');
  const table = h('table', { class: 'experiments' }, head(), body);
  const note = h('p', { class: 'home-note', role: 'status', hidden: true });
  const left = h('p', { class: 'soft', hidden: true });
  const bar = h('div', { class: 'home-bar' }, h('h2', {}, 'Experiments'), input, count, together);

  const draw = () => {
    const known = new Set(listed.experiments.map((each) => each.environment));
    for (const name of [...ticked]) if (!known.has(name)) ticked.delete(name);
    const found = inOrder(listed.experiments).filter((each) => matches(each, input.value));
    const total = listed.experiments.length;
    setText(count, found.length === total ? `${total}` : `${found.length} of ${total}`);
    together.disabled = ticked.size < 2;
    setText(together, ticked.size < 2 ? 'compare together' : `compare ${ticked.size} together`);
    together.title = ticked.size < 2 ? 'tick two experiments or more' : '';
    const text = JSON.stringify(found) + when(Date.now() / 1000).slice(0, 5);
    if (text === drawn) return;
    drawn = text;
    const focused = body.contains(document.activeElement) && document.activeElement.id;
    body.replaceChildren(...found.map((each) => row(each, ticked, draw)));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };
  input.addEventListener('input', draw);
  input.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    input.value = '';
    draw();
  });
  return {
    element: h('section', { class: 'home-page' }, bar, note, table, left),
    show(answer) {
      listed = answer;
      const empty = !answer.experiments.length;
      note.hidden = !empty;
      table.hidden = empty;
      bar.classList.toggle('empty', empty);
      left.hidden = !answer.left_out;
      setText(
        left,
        `${answer.left_out} older ones are not listed; each opens at /env/NAME_compare.`,
      );
      if (empty) note.replaceChildren(...howToStart(answer.folder));
      draw();
    },
    trouble(sentence) {
      note.hidden = false;
      note.textContent = sentence;
    },
  };
}

function howToStart(folder) {
  return [
    'No experiment has been recorded',
    folder ? [' in ', h('code', {}, folder)] : '',
    ' yet. Start one with ',
    h('code', {}, 'python launch.py --activation relu tanh --init normal kaiming_normal'),
    ': it appears here.',
  ].flat();
}

function head() {
  const titles = ['', 'Experiment', 'Last change', 'Runs', 'Best', 'Curve', 'What differs'];
  return h(
    'thead',
    {},
    h('tr', {}, ...titles.map((title) => (title ? h('th', { scope: 'col' }, title) : h('td', {})))),
  );
}

function row(each, ticked, changed) {
  const box = h('input', {
    type: 'checkbox',
    id: `tick-${each.environment}`,
    'aria-label': `compare ${each.name} with others`,
    onchange: () => {
      if (box.checked) ticked.add(each.environment);
      else ticked.delete(each.environment);
      changed();
    },
  });
  box.checked = ticked.has(each.environment);
  const date = new Date(each.updated_s * 1000);
  return h(
    'tr',
    { class: each.live ? 'live' : '' },
    h('td', { class: 'cell-tick' }, h('label', {}, box)),
    h(
      'th',
      { scope: 'row', class: 'cell-name' },
      h(
        'a',
        { id: `open-${each.environment}`, href: `/env/${encodeURIComponent(each.environment)}` },
        each.name,
      ),
      each.live ? h('span', { class: 'live-word' }, 'live') : null,
      each.note ? h('small', {}, each.note) : null,
    ),
    h(
      'td',
      { class: 'cell-date' },
      h(
        'time',
        { datetime: date.toISOString(), title: date.toLocaleString() },
        when(each.updated_s),
      ),
    ),
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
