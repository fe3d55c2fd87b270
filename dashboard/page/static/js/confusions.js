/* What all runs say, and two runs' confusion matrices: one, or the difference of both.
 *
 * The table of all comes with the window; matrices and guesses are asked of the record when a person
 * chooses runs, at the step of the time cursor. */
import { imagesOf } from './confusion.js';
import { h } from './dom.js';
import { differenceOf, matrixTable } from './matrix.js';
import { embeddedIn } from './model.js';

const PAST = '/trainboard/api/past';
const NEWEST = 10 ** 14; // a step that no run reaches

export function create(app) {
  const view = new Confusions(app);
  return { element: view.element, update: (packet, why) => view.update(packet, why) };
}

class Confusions {
  constructor(app) {
    this.app = app;
    this.model = null;
    this.names = ['', '']; // names of the run that is shown and of the one it is compared with
    this.cell = null;
    this.table = h('div', { class: 'said-place' });
    this.selects = [0, 1].map((i) =>
      h('select', {
        'aria-label': i ? 'minus the matrix of' : 'the matrix of',
        onchange: () => this.#choose(i, this.selects[i].value),
      }),
    );
    this.matrix = h('div', { class: 'confusion-place' });
    this.images = h('div', { class: 'confusion-images', 'aria-live': 'polite' });
    this.element = h(
      'div',
      { class: 'confusions' },
      this.table,
      h(
        'div',
        { class: 'compared' },
        h(
          'p',
          { class: 'confusion-choice' },
          'matrix of ',
          this.selects[0],
          ' minus ',
          this.selects[1],
        ),
        h('div', { class: 'confusion-row' }, this.matrix, this.images),
      ),
    );
  }

  update(packet, why) {
    const newModel = packet && embeddedIn(packet);
    if (newModel) this.model = newModel;
    if (!this.model) return;
    const { runs } = this.model;
    if (!runs.some(({ name }) => name === this.names[0])) this.names = [runs[0].name, ''];
    if (newModel || ['off', 'q', 'only', 'not', 'model'].some((key) => why.has(key))) this.#say();
    if (newModel || why.has('at')) this.#show();
  }

  #choose(i, name) {
    this.names[i] = name;
    this.#show();
    this.#say();
  }

  /** The table of all: how often each run says each class. */
  #say() {
    const { classes } = this.model;
    const runs = this.model.runs.filter(({ name }) => this.app.isVisible(name));
    const rows = runs.map((run) =>
      h(
        'tr',
        { class: this.names[0] === run.name ? 'chosen' : '' },
        h(
          'th',
          { scope: 'row' },
          h(
            'button',
            {
              type: 'button',
              class: 'quiet',
              title: `the matrix of ${run.label}`,
              onclick: () => this.#choose(0, run.name),
            },
            run.label,
          ),
        ),
        ...run.said.map((share, i) => saidCell(share, classes.length, classes[i])),
      ),
    );
    const head = h(
      'tr',
      {},
      h('th', { scope: 'col' }, '% of its answers'),
      ...classes.map((name) => h('th', { scope: 'col' }, name)),
    );
    this.table.replaceChildren(
      h('table', { class: 'said' }, h('thead', {}, head), h('tbody', {}, ...rows)),
    );
    this.selects.forEach((select, i) => {
      const options = this.model.runs.map(({ name, label }) => h('option', { value: name }, label));
      select.replaceChildren(...(i ? [h('option', { value: '' }, 'nothing')] : []), ...options);
      select.value = this.names[i];
    });
  }

  async #show() {
    const names = this.names.filter(Boolean);
    const key = (this.lastKey = `${names} ${this.app.state.get('at')}`);
    const models = await Promise.all(names.map((name) => this.#matrixOf(name)));
    if (this.lastKey !== key || models.some((model) => !model)) return; // another was chosen meanwhile
    const [one, other] = models;
    const counts = other ? differenceOf(one.counts, other.counts) : one.counts;
    const showImages = (label, guess) => {
      this.cell = [label, guess];
      const parts = models.flatMap((model, i) => [
        h('h4', {}, this.#label(names[i])),
        ...imagesOf(model, label, guess),
      ]);
      this.images.replaceChildren(...parts);
    };
    const options = { onCell: showImages, cell: this.cell, difference: Boolean(other) };
    this.matrix.replaceChildren(matrixTable(one.classes, counts, options));
    if (this.cell) showImages(...this.cell);
    else
      this.images.replaceChildren(
        h('p', { class: 'tb-note' }, 'A click on a cell shows its images.'),
      );
  }

  #label(name) {
    return this.model.runs.find((run) => run.name === name)?.label ?? name;
  }

  async #matrixOf(name) {
    const { environment } = this.model.runs.find((run) => run.name === name);
    const step = this.app.state.get('at') ?? NEWEST;
    const query = new URLSearchParams({ environment, window: 'confusion', step });
    try {
      const answer = await fetch(`${PAST}?${query}`, { cache: 'no-store' });
      return answer.ok ? embeddedIn(await answer.json()) : null;
    } catch {
      return null;
    }
  }
}

/** Twice the even share is as dark as it gets. */
function saidCell(share, count, name) {
  const percent = Math.round(100 * share);
  const cell = h(
    'td',
    { class: share ? '' : 'never', title: `${name}: ${(100 * share).toFixed(1)} %` },
    share ? percent || '<1' : 'never',
  );
  cell.style.setProperty('--share', Math.min(1, (share * count) / 2).toFixed(3));
  return cell;
}
