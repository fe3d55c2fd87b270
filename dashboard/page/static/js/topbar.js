/* The bar on top: where we are, the runs beside, whether the line to the server lives, theme, help.
 *
 * Every control carries a data-action, by which keys.js finds it. It draws nothing below itself. */
import { h, setText } from './dom.js';
import { popover } from './help.js';
import { icon } from './icons.js';
import { readingPanel } from './reading.js';
import { sourceOf } from './report.js';
import { hasEnded } from './states.js';
import { nextTheme, systemIsDark, themeSentence } from './theme.js';

const SILENT_S = 60; // a running run that says nothing for so long may have been killed

/** 'connecting', 'offline', 'online' (no runs here), 'live', 'silent' or 'ended'. online: null until
 * the server first answered. */
export function connectionState(online, model) {
  if (online === null) return 'connecting';
  if (!online) return 'offline';
  const runs = model?.runs ?? [];
  if (!runs.length) return 'online';
  if (runs.every(hasEnded)) return 'ended';
  const active = runs.filter((run) => run.state === 'running');
  return active.length && active.every((run) => run.silent_s > SILENT_S) ? 'silent' : 'live';
}

/** {update(why), online(yes)} of the bar in `place`. app.kind 'home': all experiments. */
export function topbar(app, place) {
  const crumbs = h('ol', { class: 'crumbs' });
  const neighbours = h('span', { class: 'neighbours' });
  const connection = connectionSign();
  const tools = toolsOf(app);
  place.replaceChildren(
    h('nav', { 'aria-label': 'Where we are' }, crumbs),
    neighbours,
    h('span', { class: 'bar-space' }),
    connection.element,
    tools.element,
  );
  offerLogOut(tools.element);

  let online = null;
  let last = '';
  const update = (why) => {
    if (why && [...why].every((key) => key === 'hover' || key === 'cursor')) return;
    connection.show(connectionState(online, app.model));
    tools.update();
    const where = placeOf(app);
    const text = JSON.stringify(where);
    if (text === last) return;
    last = text;
    document.title = app.environment ? `${app.environment} · Trainboard` : 'Trainboard';
    crumbs.replaceChildren(...where.crumbs.map(crumb));
    neighbours.replaceChildren(...where.neighbours.map(neighbour));
    document.body.classList.toggle('home', app.kind === 'home');
  };
  update();
  return {
    update,
    online(yes) {
      online = yes;
      update();
    },
  };
}

function connectionSign() {
  const word = h('span', { class: 'word' });
  const dot = h('span', { class: 'dot', 'aria-hidden': 'true' });
  const element = h('span', { class: 'connection', role: 'status' }, dot, word);
  return {
    element,
    show(state) {
      element.dataset.state = state;
      setText(word, state);
    },
  };
}

/** What the bar links to: {crumbs: [{text, href, action}], neighbours: [{href, name, action}]}. */
export function placeOf({ environment, kind, model, state }) {
  const env = (name) => state.addressOf(`/env/${encodeURIComponent(name)}`);
  const crumbs = [{ text: 'Trainboard', href: kind === 'home' ? '' : '/', action: 'home' }];
  const neighbours = [];
  if (kind === 'run') {
    crumbs.push(
      { text: model.experiment, href: env(model.compare), action: 'up' },
      { text: model.run.name },
    );
    for (const action of ['previous', 'next']) {
      const run = model[action];
      neighbours.push({ action, name: run?.name ?? '', href: run ? env(run.environment) : '' });
    }
  } else if (kind !== 'home') crumbs.push({ text: model?.experiment ?? environment });
  return { crumbs, neighbours };
}

function crumb({ text, href, action }, i, all) {
  const last = i === all.length - 1;
  const name = i ? text : [logo(), h('span', {}, text)];
  if (last) return h('li', { 'aria-current': 'page' }, h('h1', {}, ...[name].flat()));
  return h('li', {}, h('a', { href, 'data-action': action }, ...[name].flat()));
}

function logo() {
  return h('img', { src: sourceOf('/trainboard/page/icon.svg'), alt: '', width: 18, height: 18 });
}

function neighbour({ action, name, href }) {
  const arrow = icon(action === 'next' ? 'right' : 'left');
  const says = `${action} run${name ? `: ${name}` : ': there is none'}`;
  if (!href) return h('span', { class: 'button quiet off', title: says }, arrow);
  return h(
    'a',
    {
      class: 'button quiet',
      href,
      'data-action': action,
      'aria-label': says,
      title: says,
      'aria-keyshortcuts': action === 'next' ? ']' : '[',
    },
    arrow,
  );
}

function toolsOf(app) {
  const { state } = app;
  const edit = app.edit && editButton(app);
  const theme = h('button', {
    type: 'button',
    class: 'quiet',
    'data-action': 'theme',
    'aria-keyshortcuts': 't',
    onclick: () => state.set({ theme: nextTheme(state.get('theme'), systemIsDark()) }),
  });
  let last = '';
  const update = () => {
    edit?.setAttribute('aria-pressed', String(Boolean(app.isEditing)));
    const says = themeSentence(state.get('theme'), systemIsDark());
    if (says === last) return;
    last = says;
    theme.title = says;
    theme.setAttribute('aria-label', says);
    theme.replaceChildren(icon({ system: 'half', light: 'sun', dark: 'moon' }[state.get('theme')]));
  };
  return { element: h('span', { class: 'bar-tools' }, edit, theme, helpButton()), update };
}

function editButton(app) {
  return h(
    'button',
    {
      type: 'button',
      class: 'quiet',
      'data-action': 'edit',
      'aria-keyshortcuts': 'e',
      onclick: () => app.edit(),
    },
    icon('edit'),
    h('span', { class: 'wide-only' }, 'edit layout'),
  );
}

function helpButton() {
  const help = h(
    'button',
    {
      type: 'button',
      class: 'quiet',
      'data-action': 'help',
      'aria-label': 'how to read this page',
      title: 'how to read this page',
      'aria-keyshortcuts': '?',
    },
    icon('help'),
  );
  popover(help, readingPanel, 'How to read this page');
  return help;
}

/** Where a person logged in there is a way out; the server says whether. */
async function offerLogOut(tools) {
  try {
    const answer = await fetch('/trainboard/alive', { cache: 'no-store' });
    if (!(await answer.json()).session) return;
  } catch {
    return; // offline: the socket says so
  }
  tools.append(
    h('form', { method: 'post', action: '/logout' }, h('button', { class: 'quiet' }, 'log out')),
  );
}
