/* The line to Visdom's socket: the messages its own page gets, and an end to every silence.
 *
 * Registers, asks for an environment's windows, and says of each what came. When the server is gone
 * it asks for it again until it answers; the windows are then asked for anew, and nothing a person
 * chose is lost. It draws nothing and keeps no window. */
import { applyPatch } from './patch.js';

const PING_EVERY_MS = 2000;
const SILENCE_MS = 6000; // without any message after a ping: the connection is dead
const WAKING_SILENCE_MS = 2000; // the same, when the page has just come to the front
const REDRAWN_MS = 5000; // a server that was restarted has got its windows again within it
const RETRY_MS = 400; // between looks for a server that is away; grows to RETRY_SLOWEST_MS
const RETRY_SLOWEST_MS = 3000;

export class Connection {
  /** on: {window(packet), closed(id), answered(): all windows came, online(bool), counted(work):
   * does the work that a message is}. */
  constructor(environment, on) {
    this.environment = environment;
    this.on = on;
    this.windows = new Map(); // id -> packet, for patches
    this.socket = null;
    this.askedAt = 0; // when the oldest unanswered ping was sent; 0: none
    this.pings = []; // for each unanswered one: what follows its answer
    this.allowedSilence = SILENCE_MS;
    this.retryMs = RETRY_MS;
  }

  start() {
    this.#open();
    setInterval(() => this.#check(), PING_EVERY_MS);
    for (const [target, event] of [
      [document, 'visibilitychange'],
      [window, 'pageshow'],
      [window, 'online'],
      [window, 'offline'], // of the network; a server on this machine answers all the same
    ]) {
      target.addEventListener(event, () => this.#wake());
    }
  }

  /** Send a message to the server; lost while it is away, as on Visdom's own page. */
  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  #open() {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/socket`);
    this.socket = socket;
    this.pings = [];
    this.askedAt = performance.now();
    this.allowedSilence = SILENCE_MS;
    socket.addEventListener('message', (event) =>
      this.on.counted(() => this.#heard(socket, event.data)),
    );
    socket.addEventListener('close', () => this.#lost(socket));
  }

  #heard(socket, data) {
    if (socket !== this.socket) return;
    this.askedAt = 0;
    this.allowedSilence = SILENCE_MS;
    const message = JSON.parse(data);
    const act = this.#acts[message.command];
    if (act) act(message);
  }

  #acts = {
    register: (message) => this.#register(message.data),
    window: (message) => this.#take(message),
    window_update: (message) => this.#patch(message),
    close: (message) => this.#close(message.data),
    trainboard_pong: () => this.pings.shift()?.(),
  };

  /** Visdom answers with every window of the environment, then goes on with what changes. */
  async #register(sid) {
    this.retryMs = RETRY_MS;
    this.on.online(true);
    if (!this.environment) return;
    const present = (this.present = new Set());
    try {
      const answer = await fetch(`/env/${encodeURIComponent(this.environment)}`, {
        method: 'POST',
        body: JSON.stringify({ sid }),
      });
      await answer.text(); // the windows were sent over the socket before it
    } catch {
      return; // the socket says so too
    }
    this.#ask(() => {
      this.on.answered(); // what was sent before the answer to this has come
      setTimeout(() => this.present === present && this.#sweep(), REDRAWN_MS);
    });
  }

  /** What did not come again is gone: it was closed while we were away. */
  #sweep() {
    for (const id of [...this.windows.keys()]) if (!this.present.has(id)) this.#close(id);
  }

  #take(packet) {
    this.present?.add(packet.id);
    this.windows.set(packet.id, packet);
    this.on.window(packet);
  }

  /** What a stock client appended. Visdom 0.2.4 calls the environment env, 0.3.0 eid. */
  #patch({ win, env, eid = env, content }) {
    const packet = this.windows.get(win);
    if (!packet || eid !== this.environment) return;
    this.#take(applyPatch(packet, content));
  }

  #close(id) {
    this.windows.delete(id);
    this.on.closed(id);
  }

  #lost(socket) {
    if (socket !== this.socket) return;
    this.socket = null;
    this.present = null; // who comes again is to be seen anew
    this.on.online(false);
    this.#retryIn(this.retryMs);
  }

  #retryIn(ms) {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.#retry(), ms);
  }

  async #retry() {
    if (this.socket) return;
    const answers = await serverAnswers();
    if (this.socket) return; // another look was quicker
    if (answers) {
      this.#open();
      return;
    }
    this.retryMs = Math.min(this.retryMs * 1.5, RETRY_SLOWEST_MS);
    this.#retryIn(this.retryMs);
  }

  #ping() {
    if (this.socket?.readyState !== WebSocket.OPEN || this.askedAt) return;
    this.askedAt = performance.now();
    this.#ask(() => {});
  }

  #ask(then) {
    this.pings.push(then);
    this.send({ cmd: 'trainboard_ping' });
  }

  /** A dead connection may stay "open" for minutes: give it up ourselves. */
  #check() {
    const isWaiting = this.socket && this.askedAt;
    if (!isWaiting || performance.now() - this.askedAt <= this.allowedSilence) {
      this.#ping();
      return;
    }
    const dead = this.socket;
    this.#lost(dead);
    dead.close();
  }

  /** Timers sleep with the laptop and are slow in a hidden tab: look again when either ends, and
   * when the network goes or comes. */
  #wake() {
    if (document.hidden) return;
    if (!this.socket) {
      this.retryMs = RETRY_MS;
      this.#retryIn(0);
      return;
    }
    if (this.askedAt) this.askedAt = performance.now();
    else this.#ping();
    this.allowedSilence = WAKING_SILENCE_MS;
    setTimeout(() => this.#check(), WAKING_SILENCE_MS + 100);
  }
}

/** Ask the server first: a refused socket would only fill the console. */
async function serverAnswers() {
  try {
    const answer = await fetch('/trainboard/alive', {
      cache: 'no-store',
      signal: AbortSignal.timeout(RETRY_SLOWEST_MS),
    });
    if (answer.status === 401) location.reload(); // the session is over: log in again
    return answer.ok;
  } catch {
    return false;
  }
}
