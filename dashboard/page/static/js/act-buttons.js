/* The buttons of what one click asks of runs; a bar and a row of the leaderboard have them alike.
 *
 * What they are called, and when they can be pressed, is for whoever shows them to say. */
import { ACTS, able } from './acts.js';
import { h } from './dom.js';
import { icon } from './icons.js';

const AT_ONCE = ['pause', 'continue', 'stop'];

/** A button for each act, which asks it of those of runs() that can be asked. looks: their class. */
export function actButtons(app, looks, runs) {
  return AT_ONCE.map((act) =>
    h(
      'button',
      {
        type: 'button',
        class: looks,
        dataset: { act },
        onclick: () => app.asking.ask(act, able(act, runs())),
      },
      icon(ACTS[act].icon),
    ),
  );
}
