/* The home page: every experiment of the runs folder, live ones first, and several together.
 *
 * Asks the server again every few seconds while it is looked at. How an experiment is worded and searched
 * is experiments.js's, what its row holds home-row.js's. */
import { h, setText } from './dom.js';
import { inOrder, matches, togetherAddress, when } from './experiments.js';
import { homeRow } from './home-row.js';
import { startKeys } from './keys.js';
import { startTheme } from './theme.js';
import { topbar } from './topbar.js';

const LIST = '/trainboard/api/experiments';
const LOOK_EVERY_MS = 4000;

export function startHome(state) {
  const app = { kind: 'home', environment: '', state, model: null };
  const bar = topbar(app, document.getElementById('top'));
  startTheme(app, () => bar.update());
  const view = new ExperimentList();
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

/** The list itself: the search, what is ticked, and a row for each experiment that is left. */
class ExperimentList {
  constructor() {
    this.ticks = new Set(); // environments
    this.answer = { experiments: [], folder: '', program: '', left_out: 0 };
    this.last = '';
    this.input = searchField(() => this.draw());
    this.together = h('button', {
      type: 'button',
      class: 'primary',
      'data-action': 'together',
      'aria-keyshortcuts': 'c',
      onclick: () => location.assign(togetherAddress([...this.ticks])),
    });
    this.count = h('span', { class: 'count', role: 'status' });
    this.body = h('tbody');
    this.table = h('table', { class: 'experiments' }, head(), this.body);
    this.note = h('p', { class: 'home-note', role: 'status', hidden: true });
    this.more = h('p', { class: 'soft', hidden: true });
    const heading = h('h2', {}, 'Experiments');
    this.bar = h('div', { class: 'home-bar' }, heading, this.input, this.count, this.together);
    this.element = h('section', { class: 'home-page' }, this.bar, this.note, this.table, this.more);
  }

  /** What the server answered: {experiments, folder, program, left_out}. */
  show(answer) {
    this.answer = answer;
    const empty = !answer.experiments.length;
    this.note.hidden = !empty;
    this.table.hidden = empty;
    this.bar.classList.toggle('empty', empty);
    this.more.hidden = !answer.left_out;
    setText(
      this.more,
      `${answer.left_out} older ones are not listed; each opens at /env/NAME_compare.`,
    );
    if (empty) this.note.replaceChildren(...howToStart(answer));
    this.draw();
  }

  trouble(sentence) {
    this.note.hidden = false;
    this.note.textContent = sentence;
  }

  draw() {
    const { ticks } = this;
    const { experiments } = this.answer;
    const environments = new Set(experiments.map((each) => each.environment));
    for (const name of [...ticks]) if (!environments.has(name)) ticks.delete(name);
    const hits = inOrder(experiments).filter((each) => matches(each, this.input.value));
    const total = experiments.length;
    setText(this.count, hits.length === total ? `${total}` : `${hits.length} of ${total}`);
    this.together.disabled = ticks.size < 2;
    setText(this.together, ticks.size < 2 ? 'compare together' : `compare ${ticks.size} together`);
    this.together.title = ticks.size < 2 ? 'tick two experiments or more' : '';
    this.drawRows(hits);
  }

  /** The rows anew, where any says something else; the focus stays where it was. */
  drawRows(experiments) {
    const text = JSON.stringify(experiments) + when(Date.now() / 1000).slice(0, 5);
    if (text === this.last) return;
    this.last = text;
    const focusId = this.body.contains(document.activeElement) && document.activeElement.id;
    const rows = experiments.map((each) => homeRow(each, this.ticks, () => this.draw()));
    this.body.replaceChildren(...rows);
    if (focusId) document.getElementById(focusId)?.focus({ preventScroll: true });
  }
}

/** A search field; Escape empties it. */
function searchField(onChange) {
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
  input.addEventListener('input', onChange);
  input.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    input.value = '';
    onChange();
  });
  return input;
}

function howToStart({ folder, program }) {
  return [
    'No experiment has been recorded',
    folder ? [' in ', h('code', {}, folder)] : '',
    ' yet. Start one with ',
    h('code', {}, `${program} --activation relu tanh --init normal kaiming_normal`),
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
