/* The search box: what a text means. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readQuery } from '../../../dashboard/page/static/js/query.js';

const RUNS = [
  run(1, { activation: 'sigmoid', init: 'zeros', lr: 0.1, hidden: [200, 100] }, 'done', 0.11),
  run(2, { activation: 'sigmoid', init: 'xavier_uniform', lr: 0.01 }, 'running', 0.92),
  run(3, { activation: 'relu', init: 'xavier_normal', lr: 0.1 }, 'diverged', null),
];

function run(number, config, state, test_accuracy) {
  const values = { test_accuracy, fid: 100 * number };
  const name = [config.activation, config.init].join('-');
  return { number, name, config, state, values, verdict: { kind: 'healthy' } };
}

function meant(query) {
  const { test: matches, error } = readQuery(query);
  assert.equal(error, '');
  return RUNS.filter(matches).map(({ number }) => number);
}

for (const [query, numbers] of [
  ['', [1, 2, 3]],
  ['  ', [1, 2, 3]],
  ['sigmoid', [1, 2]],
  ['SIGM', [1, 2]],
  ['sigmoid -zeros', [2]],
  ['-sigmoid', [3]],
  ['lr=0.1', [1, 3]],
  ['lr=.1', [1, 3]],
  ['lr!=0.1', [2]],
  ['lr<0.1', [2]],
  ['lr>=0.01', [1, 2, 3]],
  ['lr=0.1 relu', [3]],
  ['acc>0.9', [2]],
  ['accuracy<=0.11', [1]],
  ['fid<150', [1]],
  ['run=3', [3]],
  ['activ=relu', [3]],
  ['state=diverged', [3]],
  ['diverged', [3]],
  ['hidden=200x100', [1]],
  ['nothing=1', []],
  ['/xa.ier_(u|n)/', [2, 3]],
  ['-/xa.ier_/', [1]],
  ['/^relu-xav/', [3]],
  ['"sigmoid"', [1, 2]],
  ['-', [1, 2, 3]],
]) {
  test(`"${query}" means ${numbers.length ? numbers : 'no run'}`, () => {
    assert.deepEqual(meant(query), numbers);
  });
}

test('a pattern that is none is named, and hides nothing meanwhile', () => {
  const { test: matches, error } = readQuery('/(/');
  assert.match(error, /^\/\(\/ is no regular expression/);
  assert.ok(RUNS.every(matches));
});

test('a setting that a run does not have is not equal to anything', () => {
  assert.deepEqual(meant('hidden!=200x100'), [2, 3]);
});
