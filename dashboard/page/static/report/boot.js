/* Begins a report: one file that holds the page, its windows and Plotly, and needs no server.
 *
 * Unpacks what is in the file and stands in for the server: the page's modules ask and are answered
 * as ever. Which windows there are was decided when the report was written (dashboard/cli/report.py). */
(async () => {
  const report = await unpacked(document.getElementById('packed').textContent);
  const first = `/env/${encodeURIComponent(report.start)}`;
  const urls = new Map(); // address on a server -> the same from memory

  // The page keeps what is looked at in its address; here that stands behind the #.
  const here = () => new URL(location.hash.slice(1) || first, 'http://report');
  const place = {
    get location() {
      const { pathname, search, hash } = here();
      return { pathname, search, hash };
    },
    history: {
      state: null,
      replaceState: (_state, _title, address) => history.replaceState(null, '', `#${address}`),
    },
    get localStorage() {
      return window.localStorage; // forbidden in some browsers; who asks expects that
    },
  };

  window.trainboardReport = { place, sourceOf: (address) => urls.get(address) ?? media(address) };
  window.WebSocket = Line;
  window.fetch = answered;
  document.addEventListener('click', followed);
  window.addEventListener('hashchange', () => location.reload());
  urls.set('/trainboard/plotly.js', inMemory(report.plotly, 'text/javascript'));
  urls.set('/trainboard/page/icon.svg', inMemory(report.icon, 'image/svg+xml'));
  begin();

  /** The page's modules under names that an import map leads to their texts. */
  function begin() {
    const imports = Object.fromEntries(
      Object.entries(report.modules).map(([name, text]) => [
        `trainboard/${name}`,
        inMemory(text, 'text/javascript'),
      ]),
    );
    const map = document.createElement('script');
    map.type = 'importmap';
    map.textContent = JSON.stringify({ imports });
    const main = document.createElement('script');
    main.type = 'module';
    main.textContent = "import 'trainboard/main.js';";
    document.head.append(map, main);
  }

  function inMemory(text, type) {
    return URL.createObjectURL(new Blob([text], { type }));
  }

  async function unpacked(base64) {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    return JSON.parse(await new Response(stream).text());
  }

  /** A picture of an earlier step as the page asks a server for it. */
  function media(address) {
    const { pathname, searchParams } = new URL(address, 'http://report');
    if (pathname !== '/trainboard/api/media') return address;
    const { environment, window: name, step } = Object.fromEntries(searchParams);
    const entry = report.media[environment]?.[name];
    return entry ? newest(entry.items, Number(step)) : address;
  }

  /** Of pairs [step, what], in order, what is of the last step that is not later. */
  function newest(pairs, step) {
    return pairs.filter(([at]) => at <= step).at(-1)?.[1] ?? pairs[0]?.[1];
  }

  async function answered(address, { method = 'GET' } = {}) {
    const { pathname, searchParams } = new URL(address, 'http://report');
    const { environment, window: name, step } = Object.fromEntries(searchParams);
    const json = (value) => new Response(JSON.stringify(value));
    const none = new Response('This is a report: nothing can be asked of it.', { status: 404 });
    if (pathname.startsWith('/env/')) {
      Line.newest.windows(report.environments[decodeURIComponent(pathname.slice(5))] ?? []);
      return json({});
    }
    if (pathname === '/trainboard/alive') return json({ watched: [], session: false });
    if (pathname === '/trainboard/api/past') {
      const pairs = report.past[environment]?.[name];
      return pairs ? json(newest(pairs, Number(step))) : none;
    }
    if (pathname === '/trainboard/api/media/steps') {
      const entry = report.media[environment]?.[name];
      return entry ? json({ ...entry, steps: entry.items.map(([at]) => at), items: null }) : none;
    }
    if (pathname === '/trainboard/api/requests' && method === 'GET')
      return json({ launcher: false, requests: [], removed: [], places: [] });
    return none;
  }

  function followed(event) {
    const link = event.target.closest?.('a[href^="/"]');
    if (!link) return;
    event.preventDefault();
    const { pathname, search, hash } = new URL(link.getAttribute('href'), 'http://report');
    const name = decodeURIComponent(pathname.slice(5));
    if (pathname === '/') location.hash = first;
    else if (name in report.environments) location.hash = pathname + search + hash;
  }
})();

/** In place of the socket to Visdom: it is open at once and has all windows already. */
class Line extends EventTarget {
  static OPEN = 1;
  static newest = null;
  readyState = Line.OPEN;

  constructor() {
    super();
    Line.newest = this;
    queueMicrotask(() => this.#say({ command: 'register', data: 'report' }));
  }

  windows(packets) {
    for (const packet of packets) this.#say(packet);
  }

  send(text) {
    if (JSON.parse(text).cmd === 'trainboard_ping')
      queueMicrotask(() => this.#say({ command: 'trainboard_pong' }));
  }

  close() {}

  #say(message) {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  }
}
