import assert from 'node:assert/strict';
import test from 'node:test';

import { meantBy } from '../../../dashboard/page/static/js/meant.js';
import { causeText, lessonAddress } from '../../../dashboard/page/static/js/why.js';

test('a cause is a whole sentence', () => {
  assert.equal(causeText({ evidence: 'inputs of fc1 spread 2.8' }), 'Inputs of fc1 spread 2.8.');
  assert.equal(causeText({ evidence: 'Out of memory!' }), 'Out of memory!');
  assert.equal(causeText({ evidence: '' }), 'No numbers yet.');
});

test('a lesson is an address that names its window, and its window is found from it', () => {
  const address = lessonAddress({ lesson: ['atlas_activations', 'tanh', 'where tanh is flat'] });
  assert.equal(address, '/env/atlas_activations#window-tanh');
  assert.equal(meantBy(new URL(address, 'http://here').hash), 'tanh');
  assert.equal(lessonAddress({}), null);
});

test('an address that names no window, or is odd, means none', () => {
  for (const hash of ['', '#main', '#window-%E0%A4%A']) assert.equal(meantBy(hash), null);
});
