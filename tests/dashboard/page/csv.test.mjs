/* The leaderboard as text for other programs. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { columnsOf } from '../../../dashboard/page/static/js/columns.js';
import { sheetOf, toCsv, toTsv } from '../../../dashboard/page/static/js/csv.js';
import { modelOf } from './support/invented.mjs';

test('a sheet holds numbers, the spread and the count of seeds in columns of their own', () => {
  const model = modelOf(
    { activation: ['relu', 'tanh'], seed: [0, 1] },
    (run, i) => (run.result = [0.25, 0.75, null, null][i]),
  );
  const columns = columnsOf(model).filter(({ key }) =>
    ['number', 'setting:activation', 'result', 'speed'].includes(key),
  );
  const rows = model.groups.map((runs) => ({ runs }));
  assert.deepEqual(sheetOf(rows, columns, {}), [
    ['run', 'activation', 'test accuracy', 'std over seeds', 'seeds', 'images/s'],
    ['1 2', 'relu', 0.5, Math.SQRT1_2 / 2, 2, 1000],
    ['3 4', 'tanh', null, null, 0, 1000],
  ]);
});

test('commas, quotes and line breaks within a cell stay within it', () => {
  assert.equal(
    toCsv([['a,b', 'say "x"', 'two\nlines', null, 0]]),
    '"a,b","say ""x""","two\nlines",,0\r\n',
  );
});

test('tabs and line breaks within a cell do not part it', () => {
  assert.equal(toTsv([['a\tb', 'two\r\nlines', 1.5]]), 'a b\ttwo lines\t1.5\r\n');
});

test('a difference is written without the digits that binary fractions add', () => {
  assert.equal(
    toCsv([[0.82 - 0.8286, 0.1, 1e-12, 123456789, 255677246.9]]).trim(),
    '-0.0086,0.1,1e-12,123456789,255677246.9',
  );
});
