/* Where the page begins: home at /, an environment at /env/NAME.
 *
 * Joins the line to the server, what a person chose, and the windows. */
import { startAsking } from './asking.js';
import { Attention } from './attention.js';
import { Connection } from './connection.js';
import { controls } from './controls.js';
import { h } from './dom.js';
import { startHome } from './home.js';
import { startKeys } from './keys.js';
import { Layout } from './layout.js';
import { encodings, greyed, looksOf } from './looks.js';
import { collectCurves, modelOf } from './model.js';
import { plotlyFile } from './plotly-file.js';
import { browser } from './report.js';
import { seen } from './selection.js';
import { State } from './state.js';
import { startTheme } from './theme.js';
import { timeBar } from './time-bar.js';
import { topbar } from './topbar.js';
import { waitingNote } from './waiting.js';

const SELECTING = ['off', 'q', 'only', 'not'];
const PASSING = new Set(['hover', 'cursor']);

/** What every view is handed; see the modules for what they read of it. */
function appFor(environment, state) {
  const curves = new Map();
  let cache = {};
  const app = {
    environment,
    state,
    curves,
    asking: startAsking(),
    windows: new Map(),
    isEditing: false, // whether the person is rearranging windows
    model: null,
    kind: 'other', // compare, run or other: what the environment is
    visible: () => (cache.visible ??= app.model ? seen(app.model.runs, choices(state)) : []),
    isVisible: (name) => (cache.names ??= new Set(app.visible().map((run) => run.name))).has(name),
    encodings: () => encodings(app.model.settings ?? [], choices(state)),
    look: (run) => (cache.look ??= makeLooks(app))(run),
    dark: () => document.documentElement.dataset.theme === 'dark',
    forget: () => (cache = {}),
    announce(text) {
      document.getElementById('announcer').textContent = text;
    },
  };
  return app;
}

function choices(state) {
  return Object.fromEntries(
    [...SELECTING, 'colour', 'dash', 'facet'].map((key) => [key, state.get(key)]),
  );
}

function makeLooks(app) {
  const { model, state } = app;
  if (!model.settings)
    return () => ({
      colour: model.looks[app.dark() ? 'dark' : 'light'][0],
      dash: 'solid',
      marker: 'circle',
      grey: false,
    });
  const visible = new Set(app.visible().map((run) => run.name));
  const groups = model.groups
    .map((group) => group.filter((run) => visible.has(run.name)))
    .filter((group) => group.length);
  const baseline = state.get('baseline') || model.baseline;
  return looksOf(model, choices(state), app.dark(), greyed(groups, model.metric?.goal, baseline));
}

function startEnvironment(environment, state) {
  const app = appFor(environment, state);
  app.edit = () => {}; // replaced once there is a layout
  const bar = topbar(app, document.getElementById('top'));
  const main = document.getElementById('main');
  const place = h('div', { class: 'controls-place' });
  main.append(place);
  const layout = new Layout(app, main, place);
  const panel = controls(app, place);
  const note = waitingNote(app, main);
  const time = timeBar(app);
  main.after(time.element);

  const changed = (why) => {
    const isPassing = [...why].every((key) => PASSING.has(key)); // they come with every move of the pointer
    if (!isPassing) {
      app.forget();
      bar.update(why);
      panel.update(why);
      time.update();
    }
    layout.changed(why);
  };
  app.edit = (on) => {
    layout.edit(on);
    bar.update(new Set(['layout']));
  };
  startTheme(app, () => changed(new Set(['theme']))); // first: others read the theme that it sets
  state.on(null, (keys) => changed(new Set(keys)));
  startKeys();

  const attention = new Attention(
    (message) => connection.send(message),
    () => layout.inSight(),
  );
  layout.looks = () => attention.tell();
  const connection = new Connection(
    environment,
    listener(app, { layout, bar, note, time, changed, attention }),
  );
  app.send = (message) => connection.send(message);
  connection.start();
  window.trainboard = app; // for whoever looks into the page with the browser's own tools
}

/** What the page does with that which comes from the server. */
function listener(app, { layout, bar, note, time, changed, attention }) {
  return {
    window(packet) {
      app.windows.set(packet.id, packet);
      const series = collectCurves(app.curves, packet);
      if (series.size) {
        layout.changed(new Set([...series].map((name) => `curves:${name}`)));
        time.update();
      }
      const model = modelOf(packet);
      if (model) {
        app.model = model;
        app.kind = model.kind;
        document.body.dataset.kind = model.kind;
        changed(new Set(['model']));
      }
      layout.show(packet);
      note.update(false);
    },
    closed(id) {
      app.windows.delete(id);
      layout.remove(id);
      note.update(!app.windows.size);
    },
    answered() {
      layout.filled();
      note.update(!app.windows.size);
      attention.begin();
      afterPaint(() => plotlyFile().then(() => layout.drawPlots(), console.error));
    },
    online: (yes) => bar.online(yes),
    counted: (work) => attention.count(work),
  };
}

/** Once what the page shows now has been seen: executing plotly takes longer than all of it. */
function afterPaint(call) {
  requestAnimationFrame(() => setTimeout(call));
}

function start() {
  const state = new State(browser);
  window.addEventListener('popstate', () => state.reread());
  const [, name] = browser.location.pathname.match(/^\/env\/(.+)$/) ?? [];
  if (name) startEnvironment(decodeURIComponent(name), state);
  else startHome(state);
}

start();
