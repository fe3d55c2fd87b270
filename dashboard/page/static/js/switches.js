/* The controls of all plots at once: x axis, smoothing, y axis, scale of losses, looks, and reset. */
import { h, setText } from './dom.js';
import { popover } from './help.js';
import { icon } from './icons.js';
import { slowly } from './slowly.js';

const X = [
  ['step', 'step', 'x: optimizer steps'],
  ['epoch', 'epoch', 'x: epochs'],
  ['seconds', 'sec', 'x: seconds of the run’s own training'],
];
const Y = [
  ['auto', 'auto', 'the part of the axis that tells the runs apart'],
  ['all', 'all', 'from 0 to 1'],
  ['top', 'top', 'only the best part'],
  ['error', 'error', '1 − accuracy, on a logarithmic axis'],
];
const SHARES = new Set(['all', 'error']); // of accuracies alone
const SCALES = [
  ['log', 'log', 'losses on a logarithmic axis'],
  ['linear', 'lin', 'losses on a linear axis'],
];

/** {element, update()}. */
export function switches(app) {
  const parts = [
    segments(app, 'x', '', X),
    smoothing(app),
    accuracies(app),
    segments(app, 'loss', 'loss', SCALES),
  ];
  const looks = looksButton(app);
  const reset = h(
    'button',
    {
      type: 'button',
      'aria-label': 'reset view',
      title: 'reset view: everything as the page opens',
      onclick: () => app.state.reset(),
    },
    icon('reset'),
  );
  return {
    element: h(
      'div',
      { class: 'switches', role: 'group', 'aria-label': 'how all plots are drawn' },
      ...parts.map((part) => part.element),
      looks,
      reset,
    ),
    update() {
      for (const part of parts) part.update();
      looks.hidden = !app.model?.settings?.length;
      // It keeps its place, so that nothing moves under the pointer at the first choice.
      reset.disabled = app.state.addressOf('') === '';
    },
  };
}

/** Whether any run says how many steps an epoch has, or none has begun yet; a loop of one's own
 * often has no epochs. */
function knowsEpochs(model) {
  const runs = (model?.runs ?? [model?.run]).filter((run) => run?.step);
  return !runs.length || runs.some((run) => run.steps_per_epoch);
}

function segments(app, key, label, options) {
  const buttons = options.map(([value, text, says]) =>
    h(
      'button',
      {
        type: 'button',
        title: says,
        'aria-label': says,
        onclick: () => app.state.set({ [key]: value }),
        dataset: { value },
      },
      text,
    ),
  );
  const element = h(
    'div',
    { class: 'switch', role: 'group', 'aria-label': label || `${key} axis` },
    label ? h('span', { class: 'switch-label', 'aria-hidden': 'true' }, label) : null,
    h('span', { class: 'segments' }, ...buttons),
  );
  return {
    element,
    update() {
      for (const button of buttons) {
        const { value } = button.dataset;
        button.setAttribute('aria-pressed', String(value === app.state.get(key)));
        button.hidden = value === 'epoch' && !knowsEpochs(app.model);
      }
    },
  };
}

function smoothing(app) {
  const send = slowly((smooth) => app.state.set({ smooth }));
  const label = h('label', { class: 'switch-label smooth-label', for: 'smooth' });
  const say = (value) => setText(label, value ? `≈ ${value.toFixed(2)}` : 'smooth');
  const slider = h('input', {
    id: 'smooth',
    type: 'range',
    min: 0,
    max: 0.99,
    step: 0.01,
    'aria-label': 'smoothing of all curves',
    title: 'smoothing: time-weighted exponential mean; the faint line is the raw one',
    oninput: () => {
      say(Number(slider.value));
      send(Number(slider.value));
    },
  });
  return {
    element: h('div', { class: 'switch' }, label, slider),
    update() {
      const value = app.state.get('smooth');
      if (!slider.matches(':active') && Number(slider.value) !== value) slider.value = value;
      say(Number(slider.value));
    },
  };
}

/** The scale of accuracies, or of the metric; it mostly chooses itself well, so a list does. */
function accuracies(app) {
  const { state } = app;
  const options = Y.map(([value, text, says]) => h('option', { value, title: says }, text));
  const select = h(
    'select',
    {
      id: 'switch-y',
      title: Y.map(([, text, says]) => `${text}: ${says}`).join('\n'),
      onchange: () => state.set({ y: select.value }),
    },
    ...options,
  );
  const label = h('label', { class: 'switch-label', for: 'switch-y' }, 'accuracy');
  return {
    element: h('div', { class: 'switch' }, label, select),
    update() {
      const { metric, measures = [] } = app.model ?? {};
      const hasAccuracy = !metric || measures.some(({ name }) => /accuracy$/.test(name));
      const any = hasAccuracy || metric.share;
      setText(label, hasAccuracy ? 'accuracy' : metric.text);
      for (const option of options) option.hidden = !any && SHARES.has(option.value);
      if (select.value !== state.get('y')) select.value = state.get('y');
    },
  };
}

/** Which setting is told by colour, by dash, and by small plots side by side. */
function looksButton(app) {
  const button = h('button', { type: 'button', class: 'looks' }, 'looks');
  popover(
    button,
    () =>
      h(
        'div',
        { class: 'looks-panel' },
        ...['colour', 'dash', 'facet'].map((key) => choice(app, key)),
      ),
    'Looks of the runs',
  );
  return button;
}

function choice(app, key) {
  const { state, model } = app;
  const usual = { colour: app.encodings().colour, dash: app.encodings().dash, facet: '' };
  const select = h(
    'select',
    { id: `looks-${key}`, onchange: () => state.set({ [key]: select.value }) },
    key === 'facet' ? h('option', { value: '' }, 'nothing: one plot') : null,
    ...model.settings.map((setting) => h('option', { value: setting.key }, setting.text)),
  );
  select.value = state.get(key) || usual[key] || '';
  return h('label', { for: `looks-${key}` }, `${key} by `, select);
}
