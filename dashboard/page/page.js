/* Our script for Visdom's page: it keeps the page connected and names it.
 *
 * It loads before Visdom's own script and changes no line of it: it watches the socket that the
 * page opens, and presses the page's own "offline" button when the server is back. Visdom then
 * registers anew and asks for every window, so a page survives a restarted server, a laptop's
 * sleep and a dropped connection without losing its scroll position, zoom or layout.
 */
'use strict';

(() => {
  const PING_EVERY_MS = 2000;
  const SILENCE_MS = 6000; // without any message after a ping: the connection is dead
  const WAKING_SILENCE_MS = 2000; // the same, when the page has just come to the front
  const WIDTH_MS = 400; // after which Visdom knows how wide the page is
  const RETRY_MS = 400; // between looks for a server that is away; grows to RETRY_SLOWEST_MS
  const RETRY_SLOWEST_MS = 3000;

  let socket = null;
  let askedAt = 0; // when the oldest unanswered ping was sent; 0: none
  let allowedSilence = SILENCE_MS;
  let held = []; // messages that wait until the page has measured its width; null: none wait

  class WatchedSocket extends WebSocket {
    constructor(...address) {
      super(...address);
      socket = this;
      askedAt = performance.now();
      allowedSilence = SILENCE_MS;
      this.addEventListener('message', (event) => {
        askedAt = 0;
        allowedSilence = SILENCE_MS;
        const ours = event.data === '{"command": "trainboard_pong"}';
        if (ours || held) event.stopImmediatePropagation();
        if (held && !ours) held.push([this, event.data]);
      });
    }
  }
  window.WebSocket = WatchedSocket;

  function ping() {
    if (!socket || socket.readyState !== WebSocket.OPEN || askedAt) return;
    askedAt = performance.now();
    socket.send('{"cmd": "trainboard_ping"}');
  }

  /* A dead connection may stay "open" for minutes: tell the page at once, and only once. */
  function abandon(dead) {
    const tell = dead.onclose;
    dead.onclose = dead.onerror = dead.onmessage = dead.onopen = null;
    socket = null;
    dead.close();
    if (tell) tell.call(dead, new CloseEvent('close', { wasClean: true }));
  }

  function checkSocket() {
    if (!socket) return;
    const waiting = socket.readyState <= WebSocket.OPEN && askedAt;
    if (waiting && performance.now() - askedAt > allowedSilence) abandon(socket);
    else ping();
  }

  function offlineButton() {
    const button = document.querySelector('.navbar-form button.btn-danger');
    return button && button.textContent.trim() === 'offline' ? button : null;
  }

  /* Ask the server first: a refused socket would only fill the console. */
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

  async function keepConnected() {
    let pause = RETRY_MS;
    for (;;) {
      await new Promise((resume) => setTimeout(resume, pause));
      if (!offlineButton()) pause = RETRY_MS;
      else if (!(await serverAnswers())) pause = Math.min(pause * 1.5, RETRY_SLOWEST_MS);
      else {
        pause = RETRY_MS;
        offlineButton()?.click();
      }
    }
  }

  /* Timers sleep with the laptop and are slow in a hidden tab: look again when either ends. */
  function wake() {
    if (document.hidden) return;
    if (!askedAt) ping();
    else askedAt = performance.now();
    allowedSilence = WAKING_SILENCE_MS;
    setTimeout(checkSocket, WAKING_SILENCE_MS + 100);
  }

  function nameOfEnvironment() {
    const chosen = document.querySelectorAll(
      '.rc-tree-select-selection__choice[title], .rc-tree-select-selection-item[title]',
    );
    return [...chosen].map((choice) => choice.title).join(' + ');
  }

  function name() {
    const brand = document.querySelector('.visdom-title');
    if (brand && brand.textContent !== 'Trainboard') brand.textContent = 'Trainboard';
    const environment = nameOfEnvironment();
    const title = environment ? `${environment} · Trainboard` : 'Trainboard';
    if (document.title !== title) document.title = title;
  }

  /* Visdom takes the page for 1280 pixels wide until 0.2 s after a change of size, and gives
   * windows that come before a wrong width for good: let them come after. */
  function settle() {
    window.dispatchEvent(new Event('resize'));
    setTimeout(() => {
      const waiting = held;
      held = null;
      for (const [target, data] of waiting) {
        target.dispatchEvent(new MessageEvent('message', { data }));
      }
    }, WIDTH_MS);
  }

  document.addEventListener('visibilitychange', wake);
  window.addEventListener('pageshow', wake);
  window.addEventListener('online', wake);
  document.addEventListener('DOMContentLoaded', () => {
    setInterval(checkSocket, PING_EVERY_MS);
    setInterval(name, 1000);
    setTimeout(name, 0);
    setTimeout(settle, 0);
    keepConnected();
  });
})();
