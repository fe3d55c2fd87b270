/* Tells the server which windows are in sight, and how often the page can take a new frame.
 *
 * Drawing what comes may take a tenth of the page's time: the rest is for the person, and for the
 * training on the same cores. The board sends less to a page that needs longer, and hardly anything
 * of what is out of sight. Draws nothing and holds no frame back itself. */
import { slowly } from './slowly.js';

const SHARE = 0.1; // of the page's time, for drawing what comes
const MEASURED_MS = 4000;
const FRAME_S = 0.5; // the board's own pace: a page that asks for this or less gets all
const SLOWEST_S = 10;
const HIDDEN_S = 5; // of a page in the background: its model stays about right
const TELL_EVERY_MS = 250;

/** The seconds between two frames with which drawing takes its share, from those until now and the
 * share that they took; 0 where no pause is needed. One step goes no further than twice or half. */
export function nextPause(everyS, share) {
  const now = Math.max(everyS, FRAME_S);
  const pauseS = now * Math.min(2, Math.max(0.5, share / SHARE));
  return pauseS <= FRAME_S ? 0 : Math.min(SLOWEST_S, Math.round(pauseS * 100) / 100);
}

export class Attention {
  /** send(message): to the server; inSight(): the ids of the windows that a person sees. */
  constructor(send, inSight) {
    this.everyS = 0;
    this.busyMs = 0;
    this.since = null; // when the measuring began; null: the first windows are still coming
    this.last = '';
    this.tell = slowly(() => {
      const isHidden = document.hidden;
      const message = {
        cmd: 'trainboard_attention',
        seen: inSight(),
        every_s: isHidden ? HIDDEN_S : this.everyS,
      };
      const text = JSON.stringify(message);
      if (text === this.last) return;
      this.last = text;
      send(message);
    }, TELL_EVERY_MS);
    document.addEventListener('visibilitychange', () => this.tell());
  }

  /** The first windows are there, of this connection: what is drawn from now on counts. */
  begin() {
    this.last = ''; // a new connection has been told nothing
    this.since ??= performance.now();
    this.tell();
  }

  /** Do some drawing, and count the time that it takes, with that of showing it. */
  count(draw) {
    const before = performance.now();
    draw();
    this.busyMs += performance.now() - before;
    this.#countShowing();
    this.#settle();
  }

  /** What the browser does before it has shown a change: from its last call of ours until it comes
   * back to us. */
  #countShowing() {
    if (this.isShowing || document.hidden) return;
    this.isShowing = true;
    requestAnimationFrame(() => {
      const before = performance.now();
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        this.isShowing = false;
        this.busyMs += performance.now() - before;
      };
      port2.postMessage(null);
    });
  }

  #settle() {
    if (this.since === null || document.hidden) return;
    const passedMs = performance.now() - this.since;
    if (passedMs < MEASURED_MS) return;
    this.everyS = nextPause(this.everyS, this.busyMs / passedMs);
    this.busyMs = 0;
    this.since = performance.now();
    this.tell();
  }
}
