/* acts.js and asking.js: what the page asks, once, and hears. */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  able,
  byExperiment,
  counted,
  nextSeed,
  ownName,
  seedsWords,
  typed,
  valuesOf,
} from '../../../dashboard/page/static/js/acts.js';
import { startAsking } from '../../../dashboard/page/static/js/asking.js';

const run = (number, state, more = {}) => ({
  number,
  name: `r${number}`,
  experiment: 'exp',
  state,
  config: { seed: number },
  ...more,
});

test('an act is asked of the runs that are in a state for it', () => {
  const runs = [run(1, 'running'), run(2, 'done'), run(3, 'paused')];
  assert.deepEqual(
    able('stop', runs).map(({ number }) => number),
    [1, 3],
  );
  assert.deepEqual(able('continue', runs), [runs[2]]);
});

test('runs of several experiments are asked for under their own names', () => {
  const runs = [run(1, 'done'), run(2, 'done', { name: 'b/r1', experiment: 'b' })];
  assert.equal(ownName(runs[1]), 'r1');
  assert.deepEqual(
    [...byExperiment(runs)],
    [
      ['exp', ['r1']],
      ['b', ['r1']],
    ],
  );
});

test('what is typed becomes numbers where the setting is one', () => {
  assert.equal(typed(' 0.1 '), 0.1);
  assert.equal(typed('fast'), 'fast');
  assert.deepEqual(valuesOf('1, 2 3', true), [1, 2, 3]);
  assert.deepEqual(valuesOf('relu gelu', false), ['relu', 'gelu']);
  assert.equal(nextSeed([run(1, 'done'), run(4, 'done')]), 5);
  assert.equal(counted([run(1, 'done'), run(2, 'done')]), 'runs 1, 2');
});

/** A server that answers each request at the second look. */
function server({ cuts = 0, refuse = '' } = {}) {
  const bodies = [];
  let looks = 0;
  return {
    bodies,
    async fetch(_address, request) {
      if (request) {
        bodies.push(JSON.parse(request.body));
        if (bodies.length <= cuts) throw new Error('the line was cut');
        return { ok: !refuse, status: refuse ? 409 : 200, text: async () => refuse };
      }
      looks += 1;
      const state = looks > 1 ? 'done' : 'waits';
      const requests = bodies.map((body) => ({ ...body, state, answer: state }));
      return { ok: true, json: async () => ({ launcher: true, requests, removed: [] }) };
    },
  };
}

test('a request is sent once under its key, and its answer is waited for', async () => {
  const there = server();
  const asking = startAsking(there.fetch);
  const kinds = [];
  asking.hear((event) => kinds.push(event.kind));
  const [answer] = await asking.ask('stop', [run(1, 'running')]);
  assert.equal(answer.state, 'done');
  assert.equal(there.bodies.length, 1);
  assert.deepEqual(there.bodies[0].runs, ['r1']);
  assert.ok(there.bodies[0].key.length >= 8 && there.bodies[0].key.length <= 40);
  assert.equal(kinds[0], 'asked');
  assert.equal(kinds.at(-1), 'answered');
});

test('where the line is cut it is sent again under the same key', async () => {
  const there = server({ cuts: 1 });
  await startAsking(there.fetch).ask('stop', [run(1, 'running')]);
  assert.equal(there.bodies.length, 2);
  assert.equal(there.bodies[0].key, there.bodies[1].key);
});

test('a refusal of the server is an answer', async () => {
  const there = server({ refuse: 'no launcher trains exp now' });
  const [answer] = await startAsking(there.fetch).ask('stop', [run(1, 'running')]);
  assert.deepEqual([answer.state, answer.answer], ['refused', 'no launcher trains exp now']);
});

test('what was taken is asked after until the server is back', async () => {
  const there = server();
  let away = 3;
  const fetcher = (address, request) => {
    if (!request && there.bodies.length && away-- > 0) return Promise.reject(new Error('away'));
    return there.fetch(address, request);
  };
  const [answer] = await startAsking(fetcher).ask('stop', [run(1, 'running')]);
  assert.equal(answer.state, 'done');
  assert.equal(there.bodies.length, 1);
});

test('a button says which runs it trains with which seeds', () => {
  const runs = [run(1, 'done'), run(2, 'done')];
  assert.deepEqual(seedsWords(runs, [1, 2]), {
    label: 'train seeds 1, 2',
    hover: 'Train each of 2 runs with seeds 1, 2 too.',
  });
  assert.equal(seedsWords(runs.slice(0, 1), [4]).hover, 'Train run 1 with seed 4 too.');
});
