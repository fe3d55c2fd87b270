/* The panel behind "act…": what takes a word or a number, what is out of view, what was asked so far.
 *
 * Each form asks for one act with what its fields say; a mistake comes back as the launcher's sentence. */
import { able, counted, nextSeed, ownName, typed, valuesOf } from './acts.js';
import { h } from './dom.js';
import { closePopover } from './help.js';

const NUMBERS = new Set(['lr', 'batch_size', 'seed', 'epochs', 'weight_decay', 'clip_norm']);
const SIZES = ['hidden', 'dropout', 'weight_decay', 'clip_norm', 'batch_size', 'seed'];
const ADDED = ['activation', 'norm', 'init', 'optimizer', 'schedule', 'lr', ...SIZES];
const RULES = ['lr', 'optimizer', 'schedule', 'weight_decay', 'clip_norm'];
const FORKED = [...RULES, 'activation', 'dropout', 'batch_size', 'epochs'];

/** The panel for these runs. */
export function actPanel(app, runs) {
  const experiments = [...new Set(runs.map((run) => run.experiment))];
  const experiment = experiments[0] ?? app.model?.experiment ?? '';
  const list = h('div', {});
  const panel = h(
    'div',
    { class: 'act-panel' },
    h('p', { class: 'soft' }, runs.length ? `For ${counted(runs)}.` : 'No run is seen.'),
    ...formsFor(app, runs),
    list,
  );
  const fill = () =>
    list.replaceChildren(
      outOfView(app, experiment),
      history(app.asking.requests(experiment).requests),
    );
  fill();
  const one = runs.length === 1 ? ownName(runs[0]) : '';
  app.asking.look(experiment, one).then(
    (about) => {
      fill();
      showPlaces(panel, about?.places ?? []);
    },
    () => {},
  );
  return panel;
}

/** Say at which checkpoints the run can be forked; a click takes one. */
function showPlaces(panel, places) {
  const field = panel.querySelector('input[name="at step"]');
  if (!field || !places.length) return;
  const button = ([epoch, step]) =>
    h(
      'button',
      {
        type: 'button',
        class: 'act-place',
        title: `fork at step ${step}, after epoch ${epoch}`,
        onclick: () => {
          field.value = String(step);
        },
      },
      String(step),
    );
  field.form.append(h('p', { class: 'act-places' }, 'kept: ', ...places.map(button)));
}

function formsFor(app, runs) {
  if (!runs.length) return [];
  const parts = [seedButton(app, runs), addForm(app, runs)];
  if (able('lr', runs).length) parts.push(rateForm(app, able('lr', runs)));
  if (runs.length === 1) parts.push(forkForm(app, runs));
  if (able('remove', runs).length) parts.push(removeButton(app, able('remove', runs)));
  return parts;
}

/** Ask, and close the panel: what comes of it is said beside the buttons. */
export function asks(app, act, runs, details) {
  closePopover();
  app.asking.ask(act, runs, details);
}

function seedButton(app, runs) {
  const seed = nextSeed(runs);
  const says = `Train ${runs.length > 1 ? 'each of these' : 'this'} with seed ${seed} too.`;
  return h(
    'p',
    {},
    h(
      'button',
      {
        type: 'button',
        title: says,
        onclick: () => asks(app, 'add', runs, { choices: { seed: [seed] } }),
      },
      `one more seed (${seed})`,
    ),
  );
}

function removeButton(app, runs) {
  const text = `take ${counted(runs)} out of view`;
  return h(
    'p',
    {},
    h('button', { type: 'button', onclick: () => asks(app, 'remove', runs) }, text),
  );
}

function addForm(app, runs) {
  return form('Add runs like these, but with', ADDED, 'add', (fields) => {
    const choices = Object.fromEntries(
      fields.map(([key, text]) => [key, valuesOf(text, NUMBERS.has(key))]),
    );
    asks(app, 'add', runs, { choices });
  });
}

function rateForm(app, runs) {
  return form(`Learning rate of ${counted(runs)} from the next step on`, ['lr'], 'change', (f) =>
    asks(app, 'lr', runs, { lr: typed(f[0]?.[1] ?? '') }),
  );
}

function forkForm(app, runs) {
  return form(`Fork ${counted(runs)} with`, ['at step', ...FORKED], 'fork', (fields) => {
    const { 'at step': at, ...texts } = Object.fromEntries(fields);
    const changes = Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, changed(key, text)]),
    );
    asks(app, 'fork', runs, { at: at ? typed(at) : null, changes });
  });
}

function changed(key, text) {
  if (key === 'dropout') return text.includes('x') ? text : valuesOf(text, true);
  return NUMBERS.has(key) ? typed(text) : text;
}

/** A form of small fields; send gets [[key, text]] of those that are filled. */
function form(title, keys, verb, send) {
  const inputs = keys.map((key) => {
    const placeholder = key === 'at step' ? 'the last' : 'as it is';
    return h('input', { name: key, size: 9, autocomplete: 'off', placeholder });
  });
  if (keys.length === 1) inputs[0].placeholder = '';
  const onsubmit = (event) => {
    event.preventDefault();
    send(
      inputs.filter(({ value }) => value.trim()).map((input) => [input.name, input.value.trim()]),
    );
  };
  return h(
    'form',
    { class: 'act-form', onsubmit, 'aria-label': title },
    h('p', { class: 'act-title' }, title),
    ...inputs.map((input) => h('label', {}, `${input.name.replace('_', ' ')} `, input)),
    h('button', { type: 'submit' }, verb),
  );
}

/** Runs that were taken out of view, each with a way back and one out. */
function outOfView(app, experiment) {
  const { removed } = app.asking.requests(experiment);
  if (!removed?.length) return h('span', {});
  const row = (name) => {
    const runs = [{ name, experiment, state: 'done', number: name }];
    return h(
      'li',
      {},
      `${name} `,
      h(
        'button',
        {
          type: 'button',
          'aria-label': `bring ${name} back`,
          onclick: () => asks(app, 'restore', runs),
        },
        'bring back',
      ),
      ' ',
      forGood(app, runs),
    );
  };
  return h('section', {}, h('h3', {}, 'Out of view'), h('ul', {}, ...removed.map(row)));
}

/** Asks once more, for what goes does not come back. */
function forGood(app, runs) {
  const [{ name }] = runs;
  const button = h(
    'button',
    { type: 'button', class: 'act-loses', 'aria-label': `remove ${name} for good` },
    'remove for good',
  );
  button.addEventListener('click', (event) => {
    event.stopPropagation();
    if (button.dataset.sure) {
      asks(app, 'delete', runs);
      return;
    }
    button.dataset.sure = 'yes';
    button.textContent = 'really? its curves and models go';
    button.setAttribute('aria-label', `really remove ${name} for good`);
  });
  return button;
}

/** What was asked lately, the newest first. */
function history(requests) {
  if (!requests?.length) return h('span', {});
  const row = ({ act, origin, made_s, state, answer }) => {
    const when = new Date(made_s * 1000).toLocaleTimeString();
    return h('li', {}, `${when} ${act} (${origin}): ${answer || `${state}, nobody has acted yet`}`);
  };
  return h(
    'section',
    {},
    h('h3', {}, 'What was asked'),
    h('ul', { class: 'act-history' }, ...[...requests].reverse().map(row)),
  );
}
