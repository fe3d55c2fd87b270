/* Which bands a plot shows: those of an evaluation's seeds, and any where lines are few. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { panelsOf } from '../../../dashboard/page/static/js/facets.js';

/** The lines of a plot of so many groups of two seeds each. */
function linesOf(series, groups) {
  const runs = Array.from({ length: 2 * groups }, (_, i) => ({
    name: `r${i}`,
    number: i,
    group: i % groups,
    state: 'done',
  }));
  const byRun = new Map(runs.map(({ name }, i) => [name, { x: [1, 2], y: [i, i + 1] }]));
  const data = runs.map(({ name }) => ({ meta: { run: name, role: 'line', series } }));
  const look = () => ({ colour: '#000', dash: 'solid', marker: 'circle', grey: false });
  const view = {
    model: { settings: [] },
    curves: new Map([[series, byRun]]),
    runs,
    look,
    x: 'step',
  };
  const [{ lines }] = panelsOf({ content: { data, layout: { meta: { y: 'loss' } } } }, view);
  return lines;
}

const shown = (lines) => lines.filter(({ bandShown }) => bandShown).length;

test('the band of an evaluation says how sure each mean is, with however many groups', () => {
  assert.equal(shown(linesOf('test_loss', 12)), 12);
});

test('where each step counts, bands are drawn of a few lines, else of one that is pointed at', () => {
  assert.equal(shown(linesOf('train_loss', 4)), 4);
  const many = linesOf('train_loss', 5);
  assert.equal(shown(many), 0);
  assert.ok(many.every(({ band }) => band)); // it is there for who points at the line
});
