/* JSON Patch as Visdom sends it when a stock client appends (RFC 6902). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyPatch } from '../../../dashboard/page/static/js/patch.js';

const DOCUMENT = { content: { data: [{ x: [1, 2], y: [3, 4] }], layout: { 'a/b': 1, 'm~n': 2 } } };

for (const [what, operations, path, result] of [
  [
    'adds to the end of a list',
    [{ op: 'add', path: '/content/data/0/x/2', value: 9 }],
    ['content', 'data', 0, 'x'],
    [1, 2, 9],
  ],
  [
    'adds with a dash',
    [{ op: 'add', path: '/content/data/0/x/-', value: 9 }],
    ['content', 'data', 0, 'x'],
    [1, 2, 9],
  ],
  [
    'inserts before',
    [{ op: 'add', path: '/content/data/0/x/0', value: 9 }],
    ['content', 'data', 0, 'x'],
    [9, 1, 2],
  ],
  [
    'replaces',
    [{ op: 'replace', path: '/content/data/0/y/1', value: null }],
    ['content', 'data', 0, 'y'],
    [3, null],
  ],
  ['removes', [{ op: 'remove', path: '/content/data/0/x/0' }], ['content', 'data', 0, 'x'], [2]],
  [
    'removes a key',
    [{ op: 'remove', path: '/content/layout/m~0n' }],
    ['content', 'layout'],
    { 'a/b': 1 },
  ],
  [
    'knows escaped names',
    [{ op: 'replace', path: '/content/layout/a~1b', value: 5 }],
    ['content', 'layout', 'a/b'],
    5,
  ],
  [
    'moves',
    [{ op: 'move', from: '/content/data/0/x', path: '/content/layout/x' }],
    ['content', 'layout', 'x'],
    [1, 2],
  ],
  [
    'copies',
    [{ op: 'copy', from: '/content/data/0', path: '/content/data/1' }],
    ['content', 'data', 1],
    { x: [1, 2], y: [3, 4] },
  ],
]) {
  test(`it ${what} and leaves the old document alone`, () => {
    const before = structuredClone(DOCUMENT);
    const after = applyPatch(DOCUMENT, operations);
    assert.deepEqual(
      path.reduce((at, step) => at[step], after),
      result,
    );
    assert.deepEqual(DOCUMENT, before);
  });
}

test('operations follow each other', () => {
  const operations = [
    { op: 'replace', path: '/content/data/0/x', value: [] },
    { op: 'add', path: '/content/data/0/x/-', value: 7 },
  ];
  assert.deepEqual(applyPatch(DOCUMENT, operations).content.data[0].x, [7]);
});
