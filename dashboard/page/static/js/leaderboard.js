/* The leaderboard: a row for each group of seeds, from the model; what a click on it chooses.
 *
 * Which rows, in which order, and what they share; a column's words are columns.js's, a row's cells
 * board-rows.js's. Rows that only their own tick hides stay, dimmed, so that it can be set again. */

import { actBar } from './act-bar.js';
import { boardHead } from './board-head.js';
import { watchRows } from './board-pointer.js';
import { boardRow } from './board-rows.js';
import { boardTools } from './board-tools.js';
import { columnsOf } from './columns.js';
import { sheetOf, toCsv, toTsv } from './csv.js';
import { h, setText } from './dom.js';
import { holdWhileIn } from './hold.js';
import { inOrder } from './in-order.js';
import { scaleOf } from './intervals.js';
import { between, byColumn, byResult, heldOrder, nextSort } from './rank.js';
import { differencesFrom, pairedFrom, valuesOf } from './results.js';
import { rowActs } from './row-acts.js';
import { groupsLeft, isTicked, tickAll, toggleTick } from './selection.js';

const ROW_PX = 26; // as in css/board.css
const SPARE_ROWS = 10; // beyond those in sight
const LULL_MS = 1500;
const SHOWS = [
  'model',
  'theme',
  'off',
  'q',
  'only',
  'not',
  'colour',
  'dash',
  'sort',
  'columns',
  'baseline',
];

export function create(app) {
  const board = new Board(app);
  return {
    element: board.element,
    tools: board.tools,
    update: (packet, why) => board.update(packet, why),
  };
}

class Board {
  constructor(app) {
    this.app = app;
    this.rows = new Map(); // key -> row of board-rows.js
    this.order = []; // keys of the group rows as they stand
    this.open = new Set(); // keys of the groups whose runs are listed
    this.sight = { top: 0, height: 400 }; // of the scrolled table, in pixels
    this.last = null; // the row whose tick was clicked last, where a range begins
    this.body = h('tbody');
    this.table = h('table', { class: 'board' });
    this.note = h('span', { class: 'held', role: 'status' });
    this.empty = h(
      'p',
      { class: 'nothing', hidden: true },
      'No run is left by the chips and the search.',
    );
    this.element = h(
      'div',
      { class: 'board-scroll', tabindex: '0', role: 'region', 'aria-label': 'leaderboard' },
      this.table,
      this.empty,
    );
    this.acts = actBar(app, {
      runs: () => app.visible(),
      all: () => app.visible().length === app.model.runs.length,
    });
    this.rowActs = rowActs(app, this.body, this.rows);
    this.tools = [
      this.note,
      this.acts.element,
      ...boardTools(app, { columns: () => this.columns ?? [], sheet: (how) => this.sheet(how) }),
    ];
    this.hold = holdWhileIn(this.body, () => this.draw());
    this.listen();
  }

  update(packet, why) {
    const { model } = this.app;
    if (model?.kind !== 'compare') return;
    const shows = [...SHOWS, `curves:${model.metric.name}`];
    if (packet || shows.some((key) => why.has(key))) this.draw(why.has('sort'));
    if (packet || why.has('hover')) this.mark();
  }

  /** Everything anew that differs; now: in its due order even under the pointer. */
  draw(now = false) {
    const { state, model } = this.app;
    this.choices = Object.fromEntries(
      ['off', 'q', 'only', 'not'].map((key) => [key, state.get(key)]),
    );
    this.frame();
    const baseline = state.get('baseline') || model.baseline;
    const curves = this.app.curves.get(model.metric.name);
    this.entries = groupsLeft(model, this.choices);
    const results = this.entries.flatMap(({ runs }) => valuesOf(runs, 'result'));
    this.context = {
      model,
      baseline,
      delta: differencesFrom(model, curves, baseline),
      paired: pairedFrom(model, curves, baseline),
      scale: scaleOf(results),
    };
    this.arrange(now);
    this.show();
    this.acts.update();
    this.rowActs.update();
  }

  /** The head and the columns; made anew when the columns are others. */
  frame() {
    const hiddenKeys = new Set(this.app.state.get('columns'));
    this.columns = columnsOf(this.app.model);
    this.shownColumns = this.columns.filter(
      (column) => column.fixed || !hiddenKeys.has(column.key),
    );
    const key = JSON.stringify(
      this.shownColumns.map(({ key, title, width }) => [key, title, width]),
    );
    if (key === this.frameKey) return;
    this.frameKey = key;
    this.head = boardHead(this.shownColumns, {
      sort: (column) => this.app.state.set({ sort: nextSort(this.app.state.get('sort'), column) }),
      tickAll: (on) => this.app.state.set(tickAll(on)),
    });
    this.rows.clear();
    this.body.replaceChildren();
    const caption = h(
      'caption',
      { class: 'unseen' },
      'The runs and their results; runs that differ in nothing but the seed share a row.',
    );
    this.table.replaceChildren(caption, this.head.cols.group, this.head.element, this.body);
    this.table.style.setProperty('--board-width', this.head.cols.total);
  }

  /** Put the rows into their order, or leave them where a hand holds them. */
  arrange(now) {
    const { state, model } = this.app;
    const sort = state.get('sort');
    const column = sort && this.columns.find(({ key }) => key === sort.column);
    const entries = column
      ? byColumn(this.entries, column, sort.down, this.context)
      : byResult(this.entries, model.metric.goal);
    const keys = entries.map(({ key }) => key);
    const isHeld = !now && this.hold.held();
    this.order = isHeld ? heldOrder(this.order, keys) : keys;
    setText(this.note, isHeld && this.order.some((key, i) => key !== keys[i]) ? 'order held' : '');
    this.sort = column ? sort : { column: 'result', down: model.metric.goal === 'max' };
  }

  show() {
    const byKey = new Map(this.entries.map((entry) => [entry.key, entry]));
    const view = this.view();
    this.lines = []; // the rows from the top: {rowView, runs, view}
    for (const key of this.order) {
      const { all, runs } = byKey.get(key);
      const open = this.open.has(key) && all.length > 1;
      this.lines.push({ rowView: this.rowOf(key, all, null), runs, view: { ...view, open } });
      if (!open) continue;
      for (const run of all)
        this.lines.push({
          rowView: this.rowOf(`${key}\n${run.name}`, [run], key),
          runs: [run],
          view,
        });
    }
    inOrder(
      this.body,
      this.lines.map(({ rowView }) => rowView.element),
    );
    this.stale = new Set(this.lines);
    this.refresh();
    this.empty.hidden = this.lines.length > 0;
    const all = this.entries.flatMap((entry) => entry.all);
    const tickedCount = all.filter((run) => isTicked(this.choices, run.number)).length;
    this.head.show({ sort: this.sort, all: tickedCount === all.length, some: tickedCount > 0 });
  }

  /** Change the rows in sight, so that 200 cost what 30 do; the others as they come, or in a lull. */
  refresh(all = false) {
    const from = this.sight.top / ROW_PX - SPARE_ROWS;
    const to = (this.sight.top + this.sight.height) / ROW_PX + SPARE_ROWS;
    this.lines?.forEach((line, i) => {
      const isDue = all || (i >= from && i <= to);
      if (isDue && this.stale.delete(line)) line.rowView.show(line.runs, line.view);
    });
    clearTimeout(this.lull);
    if (this.stale?.size) this.lull = setTimeout(() => this.refresh(true), LULL_MS);
  }

  /** What every row reads beside its runs. */
  view() {
    const { app } = this;
    const query = app.state.addressOf('');
    return {
      context: this.context,
      choices: this.choices,
      look: app.look,
      isVisible: app.isVisible,
      address: (path) => path + query,
      open: false,
    };
  }

  /** The row of a key, made if it is not there. */
  rowOf(key, runs, parent) {
    const several = runs.length > 1;
    let rowView = this.rows.get(key);
    if (rowView?.row.several !== several) {
      rowView = boardRow({ key, parent, runs, several }, this.shownColumns, {
        tick: (row, on, range) => this.tick(row, on, range),
        open: (row) => this.toggleOpen(row.key),
        baseline: (row) => this.setBaseline(row),
      });
      this.rows.set(key, rowView);
    }
    Object.assign(rowView.row, { runs, name: nameOf(runs, this.app.model) });
    return rowView;
  }

  /** A box was clicked; with shift: all rows from the one before. */
  tick(row, on, range) {
    const keys = range && this.last ? between(this.order, this.last, row.key) : [row.key];
    const numbers = keys.flatMap((key) => this.rows.get(key).row.runs.map((run) => run.number));
    this.last = row.parent ? null : row.key;
    this.app.state.set(toggleTick(this.choices, numbers, on));
    if (this.app.state.get('only') === this.choices.only) this.show(); // nothing changed: the box did
  }

  toggleOpen(key) {
    if (!this.open.delete(key)) this.open.add(key);
    this.show();
  }

  setBaseline(row) {
    const { name } = row.runs[0];
    this.app.state.set({ baseline: name === this.app.model.baseline ? '' : name });
  }

  /** Rows of the runs that are pointed at, here or elsewhere. */
  mark() {
    const hover = this.app.state.get('hover');
    for (const { row, hover: mark } of this.rows.values())
      mark(Boolean(hover) && row.runs.some((run) => hover.has(run.name)));
  }

  listen() {
    const look = () => {
      this.sight = { top: this.element.scrollTop, height: this.element.clientHeight };
      this.refresh();
    };
    this.element.addEventListener('scroll', look, { passive: true });
    new ResizeObserver(look).observe(this.element);
    watchRows(this.body, this.rows, this.app.state);
  }

  sheet(how) {
    const byKey = new Map((this.entries ?? []).map((entry) => [entry.key, entry]));
    const rows = this.order
      .map((key) => byKey.get(key))
      .filter(({ runs }) => runs.some((run) => this.app.isVisible(run.name)));
    const sheet = sheetOf(rows, this.shownColumns ?? [], this.context);
    return how === 'tsv' ? toTsv(sheet) : toCsv(sheet);
  }
}

/** What a row is called where it is not seen: its settings, or its run's whole label. */
function nameOf(runs, model) {
  if (runs.length === 1) return `run ${runs[0].number}, ${runs[0].label}`;
  const seed = model.settings.some(({ key }) => key === 'seed') ? / · seed [^·]*$/ : /$^/;
  return runs[0].label.replace(seed, '');
}
