/* The frame's pure parts: the bar, keys, chips, search count, popovers' places, the card's words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftText, rankText } from '../../../dashboard/page/static/js/card.js';
import { fit, widthOf } from '../../../dashboard/page/static/js/chip-fit.js';
import { menuName } from '../../../dashboard/page/static/js/chips.js';
import { placed } from '../../../dashboard/page/static/js/help.js';
import { entryFor, KEYS } from '../../../dashboard/page/static/js/keys.js';
import { pieces } from '../../../dashboard/page/static/js/markup.js';
import { changeOf } from '../../../dashboard/page/static/js/properties.js';
import { countText } from '../../../dashboard/page/static/js/search.js';
import { slowly } from '../../../dashboard/page/static/js/slowly.js';
import { isDark, nextTheme } from '../../../dashboard/page/static/js/theme.js';
import { connectionState, placeOf } from '../../../dashboard/page/static/js/topbar.js';

test('one click turns a light page dark, whatever the theme was set to', () => {
  assert.equal(nextTheme('system', false), 'dark');
  assert.equal(nextTheme('light', false), 'system');
  assert.equal(nextTheme('system', true), 'light');
  for (const system of [true, false])
    assert.equal(isDark(nextTheme('system', system), system), !system);
});

test('three clicks on the theme lead back to where it was', () => {
  for (const system of [true, false]) {
    for (const choice of ['system', 'light', 'dark']) {
      const round = [1, 2, 3].reduce((at) => nextTheme(at, system), choice);
      assert.equal(round, choice);
    }
  }
});

test('a key means one thing, and nothing together with Ctrl, Alt or Meta', () => {
  const all = KEYS.flatMap(({ keys }) => keys);
  assert.equal(new Set(all).size, all.length);
  assert.equal(entryFor({ key: '?' }).action, 'help');
  assert.equal(entryFor({ key: 't', ctrlKey: true }), undefined);
  assert.equal(entryFor({ key: 'z' }), undefined);
});

test('the bar says live while a run is not ended, ended after, and offline whatever the runs do', () => {
  const model = (...states) => ({ runs: states.map((state) => ({ state })) });
  assert.equal(connectionState(null, null), 'connecting');
  assert.equal(connectionState(true, null), 'online');
  assert.equal(connectionState(true, model('done', 'queued')), 'live');
  assert.equal(connectionState(true, model('done', 'failed', 'stopped')), 'ended');
  assert.equal(connectionState(false, model('running')), 'offline');
  const heard = (...seconds) => ({
    runs: seconds.map((silent_s) => ({ state: 'running', silent_s })),
  });
  assert.equal(connectionState(true, heard(900, 2)), 'live');
  assert.equal(connectionState(true, heard(900, 800)), 'silent');
});

test('links of the bar keep the view', () => {
  const state = { addressOf: (path) => `${path}?x=epoch` };
  const model = {
    experiment: 'e',
    compare: 'e_compare',
    run: { name: 'b' },
    previous: { name: 'a', environment: 'e_a' },
    next: null,
  };
  const { crumbs, neighbours } = placeOf({ environment: 'e_b', kind: 'run', model, state });
  assert.deepEqual(
    crumbs.map(({ text }) => text),
    ['Trainboard', 'e', 'b'],
  );
  assert.equal(crumbs[1].href, '/env/e_compare?x=epoch');
  assert.deepEqual(
    neighbours.map(({ href }) => href),
    ['/env/e_a?x=epoch', ''],
  );
});

const ACTIVATIONS = { label: 60, chips: [50, 50, 50, 50], all: true, menu: 90, rest: 40 };
const INITS = { label: 30, chips: [100, 100, 100], all: true, menu: 60, rest: 40 };
const MANY = { label: 60, chips: Array(8).fill(50), all: false, menu: 90, rest: 40 };

test('chips stand as far as there is room: the first setting whole, others behind a menu', () => {
  assert.deepEqual(fit([ACTIVATIONS, INITS], 1000), [4, 3]);
  assert.deepEqual(fit([ACTIVATIONS, INITS], 400), [4, 0]);
  assert.deepEqual(fit([ACTIVATIONS, INITS], 340), [3, 0]);
  assert.deepEqual(fit([ACTIVATIONS, INITS], 200), [0, 0]);
  assert.deepEqual(fit([ACTIVATIONS, INITS], Infinity), [4, 3]);
});

test('a setting with room for all chips has them before a longer one has some', () => {
  assert.deepEqual(fit([MANY, INITS], 480), [0, 3]);
  assert.deepEqual(fit([MANY, INITS], 600), [2, 3]);
  assert.deepEqual(fit([MANY], Infinity), [8]);
});

test('what is shown is never wider than the room, unless even the menus are', () => {
  for (let room = 170; room < 900; room += 7) {
    const counts = fit([ACTIVATIONS, INITS], room);
    const px = widthOf(ACTIVATIONS, counts[0]) + 14 + widthOf(INITS, counts[1]);
    assert.ok(px <= room, `${px} of ${room}`);
  }
});

test('a menu of values says how many stand behind it, and how many of them are off', () => {
  assert.equal(menuName('lr', 4, 0, 0), 'lr: 4 values');
  assert.equal(menuName('lr', 2, 1, 2), 'lr: 2 more values, 1 off');
});

test('the count says how many of the runs are seen', () => {
  assert.equal(countText(6, 18), '6 of 18 runs');
  assert.equal(countText(18, 18), '18 runs');
  assert.equal(countText(0, 1), '0 of 1 run');
});

test('a popover stands below its button, above where there is no room, and never outside the screen', () => {
  const screen = { width: 400, height: 300 };
  const box = { width: 200, height: 100 };
  assert.deepEqual(placed({ left: 20, top: 20, bottom: 40 }, box, screen), { left: 20, top: 46 });
  assert.deepEqual(placed({ left: 380, top: 260, bottom: 280 }, box, screen), {
    left: 194,
    top: 154,
  });
  const tall = placed({ left: -50, top: 100, bottom: 120 }, { width: 500, height: 400 }, screen);
  assert.deepEqual(tall, { left: 6, top: 6 });
});

test('code and emphasis are found in a sentence, and a lone star or backtick is itself', () => {
  assert.deepEqual(pieces('from *queued* by `--grid ROWS`.'), [
    { kind: 'text', text: 'from ' },
    { kind: 'em', text: 'queued' },
    { kind: 'text', text: ' by ' },
    { kind: 'code', text: '--grid ROWS' },
    { kind: 'text', text: '.' },
  ]);
  assert.equal(
    pieces('2 * 3 * 4 `')
      .map(({ text }) => text)
      .join(''),
    '2 * 3 * 4 `',
  );
  assert.ok(pieces('<b>a</b>').every(({ kind }) => kind === 'text'));
});

test('a changed property is said as Visdom says it', () => {
  assert.deepEqual(changeOf('w', 'main', 2, 'x'), {
    cmd: 'forward_to_vis',
    data: { event_type: 'PropertyUpdate', target: 'w', eid: 'main', propertyId: 2, value: 'x' },
  });
});

test('time left is told in steps that do not flicker', () => {
  assert.equal(leftText({ eta_s: null }), '');
  assert.equal(leftText({ eta_s: 11.2 }), '12 s left');
  assert.equal(leftText({ eta_s: 119 }), '2 min left');
  assert.equal(leftText({ eta_s: 5400 }), '1.5 h left');
  assert.equal(rankText(3, 18), 'place 3 of 18');
  assert.equal(rankText(null, 18), 'no place yet');
});

test('of many values in a row the first and the last pass', async () => {
  const values = [];
  const slow = slowly((value) => values.push(value), 20);
  for (const value of [1, 2, 3, 4]) slow(value);
  assert.deepEqual(values, [1]);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual(values, [1, 4]);
});
