/* What axes span, and the numbers on them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { xRange, yAxis } from '../../../dashboard/page/static/js/axes.js';
import {
  errorTicks,
  linearTicks,
  logTicks,
  numberText,
} from '../../../dashboard/page/static/js/ticks.js';

const line = (y, x = y.map((_, i) => i * 100)) => ({ names: ['r'], x, y });
const rise = (last) => line([0.1, last - 0.1, last - 0.02, last - 0.01, last]);
const auto = { y: 'auto', loss: 'log' };
const axis = (kind, lines, choice = auto, zoom = null) =>
  yAxis(kind, lines, choice, xRange(lines, choice.range), zoom, 250);

test('a log axis within one decade has numbers that can be read, and whole ones', () => {
  const { texts } = logTicks(0.2, 0.9, 6);
  assert.deepEqual(texts, ['0.2', '0.3', '0.5', '0.7']);
  for (const [low, high] of [
    [0.31, 0.34],
    [0.9, 1.1],
    [1e-7, 1],
    [0.11, 2.4],
    [2.2, 2.31],
  ]) {
    const { values } = logTicks(low, high, 6);
    assert.ok(values.length >= 3 && values.length <= 7, `${low} to ${high}: ${values}`);
    assert.ok(values.every((value) => value >= low * 0.999 && value <= high * 1.001));
  }
});

test('numbers are never written with a letter for their power', () => {
  assert.deepEqual([0, 2e-6, 1e-5, 0.0002, 1500, 25000, 3e7].map(numberText), [
    '0',
    '2·10<sup>-6</sup>',
    '10<sup>-5</sup>',
    '0.0002',
    '1500',
    '25\u202f000',
    '3·10<sup>7</sup>',
  ]);
});

test('even ticks have as many digits as they need', () => {
  assert.deepEqual(linearTicks(0.92, 0.96, 5).texts, ['0.92', '0.93', '0.94', '0.95', '0.96']);
  assert.deepEqual(linearTicks(0, 1, 4).texts, ['0', '0.25', '0.50', '0.75', '1.00']);
});

test('errors on a log axis are written as accuracies', () => {
  assert.deepEqual(errorTicks(0.01, 0.9, 8).texts.slice(0, 3), ['0.99', '0.98', '0.95']);
  const { range, plotted } = axis('accuracy', [rise(0.95), rise(1)], { ...auto, y: 'error' });
  assert.ok(range[0] > range[1], 'better is higher');
  assert.ok(Math.abs(plotted(0.9) - 0.1) < 1e-9 && plotted(1) > 0);
});

test('0.93 against 0.94 can be seen beside runs that learn nothing', () => {
  const flat = line([0.1, 0.1, 0.1, 0.1, 0.1]);
  const { range, below } = axis('accuracy', [rise(0.94), rise(0.93), rise(0.935), flat, flat]);
  assert.ok(range[1] <= 1 && range[1] - range[0] < 0.12, String(range));
  assert.ok(range[0] < 0.93 && range[1] > 0.94);
  assert.equal(below, 2);
});

test('of lines that are little but their rise, the whole is shown', () => {
  const rises = [line([0.08, 0.9]), line([0.11, 0.88])];
  assert.deepEqual(axis('accuracy', rises).range, [0, 1]);
  assert.ok(axis('accuracy', rises, { ...auto, y: 'top' }).range[0] > 0.8, 'a person asked for it');
  const longAxis = axis('accuracy', [line([0.1, 0.8, 0.88, 0.89, 0.9])]);
  assert.ok(longAxis.range[0] > 0.8, String(longAxis.range));
});

test('no accuracy axis goes beyond 1, and the first evaluation has a sensible one', () => {
  const first = axis('accuracy', [line([0.08]), line([0.11])]);
  assert.ok(
    first.range[0] >= 0 && first.range[1] <= 0.3 && first.ticks.values.length >= 3,
    String(first.range),
  );
  assert.ok(axis('accuracy', [rise(1), rise(0.999)]).range[1] <= 1);
  assert.deepEqual(axis('accuracy', [rise(0.9)], { ...auto, y: 'all' }).range, [0, 1]);
  assert.deepEqual(axis('accuracy', []).range, [0, 1]);
});

test('"top" is made for the best five runs', () => {
  const lines = [0.99, 0.985, 0.98, 0.975, 0.97, 0.5, 0.5, 0.5, 0.5, 0.5].map(rise);
  assert.ok(axis('accuracy', lines, { ...auto, y: 'top' }).range[0] > 0.9);
});

test('the first loss has room around it, and zero no place on a log axis', () => {
  const { range, type, plotted } = axis('loss', [line([2.31])]);
  assert.equal(type, 'log');
  assert.ok(10 ** range[0] < 2.2 && 10 ** range[1] > 2.4 && 10 ** range[1] < 10);
  assert.equal(plotted(0), null);
});

test('one run that shoots away does not flatten the others on a linear axis', () => {
  const { range } = axis('loss', [line([2.3, 1, 0.5]), line([2.3, 1, 0.4]), line([2.3, 50, 1e9])], {
    ...auto,
    loss: 'linear',
  });
  assert.ok(range[0] === 0 && range[1] < 10, String(range));
});

test('runs that explode do not flatten the others on a log axis, and are counted', () => {
  const tame = [line([300, 1, 0.5]), line([2.3, 1, 0.4]), line([2.3, 1, 0.3])];
  const wild = [line([2.3, 1e9, 1e25]), line([2.3, 50, 1e7])];
  const { range, above, below } = axis('loss', [...wild, ...tame]);
  assert.ok(range[1] > Math.log10(300) && range[1] < 3.5, `${range}: what falls later is shown`);
  assert.deepEqual([above, below], [2, 0]);
  assert.deepEqual(axis('loss', tame).above, 0);
  assert.ok(axis('loss', [...wild, wild[0], tame[1]]).range[1] < 3, 'most of them explode');
  assert.ok(axis('loss', wild).range[1] > 6, 'nothing else to see');
  assert.ok(axis('loss', [...wild, ...tame], { ...auto, whole: true }).range[1] > 25, 'one run');
});

test('differences always show the baseline', () => {
  const { range } = axis('difference', [line([0, -0.01, -0.02])]);
  assert.ok(range[0] < -0.02 + 1e-9 && range[1] >= 0);
});

test('of few differences all but the first are seen, of many those of the later half', () => {
  const few = axis('difference', [line([0.3, -0.04, 0.01, 0.02])]).range;
  assert.ok(few[0] <= -0.04 && few[1] < 0.3, `${few}`);
  const many = [0.3, -0.04, ...Array.from({ length: 20 }, () => 0.02)];
  assert.ok(axis('difference', [line(many)]).range[0] > -0.04);
});

test('what a person drew is the range, with numbers for it', () => {
  const { range, ticks } = axis('accuracy', [rise(0.9)], auto, [0.8, 0.82]);
  assert.deepEqual(range, [0.8, 0.82]);
  assert.ok(
    ticks.values.length >= 3 && ticks.values.every((value) => value >= 0.8 && value <= 0.82 + 1e-9),
  );
});

test('the y axis is made for what the x axis shows', () => {
  const loss = line([2, 1, 0.5, 0.25, 0.2]);
  const { range } = axis('loss', [loss], { ...auto, range: [300, 400] });
  assert.ok(10 ** range[1] < 0.3, String(range));
});

test('"top" is made for the best lines of the metric, whichever way it goes', () => {
  const metric = { name: 'fid', goal: 'min' };
  const lines = [5, 4, 3, 2, 1, 90, 80].map((last) => ({
    ...line([99, 98, last, last]),
    series: 'fid',
  }));
  const top = axis('number', lines, { ...auto, y: 'top', metric });
  assert.ok(top.range[1] < 10, `${top.range}`);
  assert.ok(axis('number', lines, { ...auto, y: 'auto', metric }).range[1] > 80);
});

test('differences of accuracies stay within 1, those of another metric are as large as they are', () => {
  const lines = [line([0, -12, -11]), line([0, -10, 3])];
  const of = (share) => axis('difference', lines, { ...auto, metric: { share } }).range;
  assert.deepEqual(of(true), [-1, 1]);
  assert.ok(of(false)[0] <= -12 && of(false)[1] >= 3, `${of(false)}`);
  const tiny = axis('difference', [line([0, 1e-5, 2e-5])], { ...auto, metric: { share: false } });
  assert.ok(tiny.range[1] < 1e-4, `${tiny.range}`);
});

for (const kind of ['loss', 'accuracy', 'difference', 'number', 'share', 'decades', 'mixed']) {
  test(`an axis of ${kind} without any line has a range and numbers`, () => {
    for (const y of ['auto', 'all', 'top', 'error']) {
      const { range, ticks } = axis(kind, [], { y, loss: 'log' });
      assert.ok(range.every(Number.isFinite), `${y}: ${range}`);
      assert.ok(ticks.values.length > 0 && ticks.values.every(Number.isFinite));
    }
  });
}
