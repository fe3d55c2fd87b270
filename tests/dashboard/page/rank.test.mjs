/* The order of the leaderboard's rows. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { columnsOf } from '../../../dashboard/page/static/js/columns.js';
import {
  between,
  byColumn,
  byResult,
  heldOrder,
  nextSort,
} from '../../../dashboard/page/static/js/rank.js';
import { modelOf } from './support/invented.mjs';

const FOUR = { activation: ['a', 'b', 'c', 'd'] };
const rowsOf = (model) => model.groups.map((runs) => ({ key: runs[0].name, runs }));
const keys = (rows) => rows.map(({ key }) => key).join('');

test('the best stand first, then those without a result, then those that went wrong', () => {
  const model = modelOf(FOUR, (run, i) =>
    Object.assign(run, {
      result: [null, 0.5, 0.99, 0.8][i],
      state: i === 2 ? 'diverged' : 'done',
    }),
  );
  assert.equal(keys(byResult(rowsOf(model))), 'dbac');
  assert.equal(keys(byResult(rowsOf(model), 'min')), 'bdac');
});

test('equal results stay in the order of the plan', () => {
  assert.equal(keys(byResult(rowsOf(modelOf(FOUR)))), 'abcd');
});

test('what is not known stands last, whichever way is sorted', () => {
  const model = modelOf(FOUR, (run, i) => (run.images_per_s = [20, null, 30, 10][i]));
  const speed = columnsOf(model).find(({ key }) => key === 'speed');
  assert.equal(keys(byColumn(rowsOf(model), speed, true)), 'cadb');
  assert.equal(keys(byColumn(rowsOf(model), speed, false)), 'dacb');
});

test('settings are sorted as a person counts', () => {
  const model = modelOf({ lr: [0.1, 10, 2] });
  const lr = columnsOf(model).find(({ key }) => key === 'setting:lr');
  assert.deepEqual(
    byColumn(rowsOf(model), lr, false).map(({ key }) => key),
    ['0.1', '2', '10'],
  );
  const words = modelOf({ layer: ['fc10', 'fc2', 'fc1'] });
  const layer = columnsOf(words).find(({ key }) => key === 'setting:layer');
  assert.deepEqual(
    byColumn(rowsOf(words), layer, false).map(({ key }) => key),
    ['fc1', 'fc2', 'fc10'],
  );
});

test('a first click shows the better end of a column, a second the other', () => {
  const columns = columnsOf(modelOf(FOUR));
  const speed = columns.find(({ key }) => key === 'speed');
  const loss = columns.find(({ key }) => key === 'measure:test_loss');
  assert.deepEqual(nextSort(null, speed), { column: 'speed', down: true });
  assert.deepEqual(nextSort({ column: 'speed', down: true }, speed), {
    column: 'speed',
    down: false,
  });
  assert.deepEqual(nextSort({ column: 'speed', down: true }, loss), {
    column: 'measure:test_loss',
    down: false,
  });
});

test('a held order takes in new rows at its end and lets go of those that are gone', () => {
  assert.deepEqual(heldOrder(['a', 'b', 'c'], ['d', 'c', 'a']), ['a', 'c', 'd']);
});

test('a range reaches from one row to another in either direction', () => {
  assert.deepEqual(between(['a', 'b', 'c', 'd'], 'c', 'a'), ['a', 'b', 'c']);
  assert.deepEqual(between(['a', 'b'], 'gone', 'b'), ['b']);
});
