/* "How to read this page": the panel behind the ? of the bar. */
import { h } from './dom.js';
import { KEYS } from './keys.js';
import { markup } from './markup.js';

const SECTIONS = [
  [
    'Which runs are seen',
    [
      'Each value of a setting is a *chip*: a click hides its runs everywhere, in plots, grid, table and images; a double click, or Shift and a click, leaves only them.',
      'The search takes words and comparisons: `sigmoid lr=0.1 -zeros acc>0.9`, or a regular expression such as `/xavier_(n|u)/`.',
      'A box in the leaderboard hides one run. The address always says what is seen: send it to a colleague.',
    ],
  ],
  [
    'Curves',
    [
      'Colour stands for the first setting that differs, the dash of the line for the second, the marker for the third; the chips show which.',
      'A band is min to max: of the steps of a short stretch in the training loss, of the seeds of a group elsewhere. The line is the mean.',
      'Smoothing weights by time; the faint line behind it is the raw one. Drag in a plot to zoom all of them; a double click shows all again.',
      'With the keyboard: in a plot that has the focus the arrows move the cursor, by an epoch where there are few; with Shift they mark a stretch, Enter zooms all plots to it, Escape shows all again.',
    ],
  ],
  [
    'Grid and leaderboard',
    [
      'A cell of the grid is the newest result of one pair of settings: the mean ± standard deviation of its seeds, and how many there are; where a third setting varies, the best choice of it. The best are the darkest, whether more of the metric is better or less.',
      'Δ is the metric minus the baseline’s *at the same step*, seed paired with seed: both saw the same batches, so it is a paired comparison; with several seeds its tooltip has the 95 % interval (paired t-test). Groups share their places where that interval includes 0. Green is better than the baseline.',
      '“Real” at the top allows for all that is compared: where nothing differs, it is said in at most 5 of 100 experiments (paired t-tests, Holm’s correction), and never with fewer than 3 seeds.',
      'A verdict says by fixed rules what the statistics inside the layers mean; click it for the numbers behind it.',
    ],
  ],
];

/** The panel's content. */
export function readingPanel() {
  return h(
    'div',
    { class: 'reading' },
    ...SECTIONS.map(([title, items]) =>
      h(
        'section',
        {},
        h('h3', {}, title),
        h('ul', {}, ...items.map((item) => h('li', {}, ...markup(item)))),
      ),
    ),
    h('section', {}, h('h3', {}, 'Keys'), h('dl', { class: 'keys' }, ...KEYS.flatMap(keyRow))),
  );
}

function keyRow({ keys, says }) {
  const names = keys.flatMap((key, i) => [i ? ' or ' : '', h('kbd', {}, key)]);
  return [h('dt', {}, ...names), h('dd', {}, says)];
}
