/* A run's card: its verdict and why, its result and rank, and what differs from the best run. */
import { actBar } from './act-bar.js';
import { h } from './dom.js';
import { modelOf } from './model.js';
import { result } from './numbers.js';
import { whyNumbers, whyWords } from './why.js';

export function create(app) {
  const bar = actBar(app, { runs: () => app.model?.runs ?? [], all: () => false });
  const body = h('div', { class: 'card-body' });
  const element = h('div', { class: 'card' }, body, bar.element);
  let last = '';
  let open = false; // whether the numbers behind the verdict are, which outlasts a new drawing
  const setOpen = (yes) => (open = yes);
  return {
    element,
    update(packet) {
      const model = packet && modelOf(packet);
      if (!model) return;
      bar.update();
      const text = JSON.stringify(facts(model));
      if (text === last) return;
      last = text;
      body.replaceChildren(
        verdictPart(model, open, setOpen),
        resultPart(app, model),
        differsPart(model),
      );
    },
  };
}

/** What the card says, as plain values; the rest of the model may change without a new drawing. Pure. */
function facts({ run, forecast, rank, places, of, best, differs, compare }) {
  return [
    run.verdict,
    forecast,
    run.result,
    run.best,
    run.best_step,
    run.state,
    run.error,
    percentOf(run),
    leftText(run),
    rank,
    places,
    of,
    best,
    differs,
    compare,
  ];
}

function verdictPart({ run, forecast }, open, setOpen) {
  const { text, tone } = run.verdict;
  return h(
    'div',
    { class: 'card-verdict' },
    h(
      'p',
      { class: 'card-line' },
      h('span', { class: `pill tone-${tone}` }, text),
      h('span', { class: `state state-${run.state}` }, stateText(run)),
    ),
    h('div', { class: 'card-evidence' }, ...whyWords(run.verdict)),
    forecast ? h('p', { class: 'card-evidence' }, forecast) : null,
    numbersPart(run.verdict, open, setOpen),
    run.error && run.verdict.kind !== 'failed' ? h('p', { class: 'card-error' }, run.error) : null,
    run.state === 'running'
      ? h('progress', { max: 100, value: percentOf(run), 'aria-label': 'progress of the run' })
      : null,
  );
}

function numbersPart(verdict, open, setOpen) {
  const numbers = whyNumbers(verdict);
  if (!numbers) return null;
  return h(
    'details',
    { class: 'why', open, ontoggle: ({ target }) => setOpen(target.open) },
    h('summary', {}, 'The numbers behind it'),
    numbers,
  );
}

function resultPart(app, { run, rank, places, of, best, compare, metric }) {
  const link = (name, text) =>
    h('a', { href: app.state.addressOf(`/env/${encodeURIComponent(name)}`) }, text);
  const isBest = best?.name === run.name;
  return h(
    'div',
    { class: 'card-result' },
    h('p', { class: 'card-number' }, h('b', {}, result(run.result)), ` ${metric.text}`),
    h(
      'p',
      {},
      rankText(rank, of, places),
      run.best !== null && run.best !== run.result
        ? ` · best ${result(run.best)} at step ${run.best_step}`
        : '',
    ),
    h(
      'p',
      { class: 'card-links' },
      best && !isBest ? link(best.environment, `best run (${result(best.result)})`) : null,
      link(compare, 'all runs'),
    ),
  );
}

function differsPart({ differs, rank, best }) {
  if (!differs.length)
    return h(
      'div',
      { class: 'card-differs' },
      h(
        'p',
        { class: 'soft' },
        rank === 1
          ? 'The best settings of the experiment.'
          : best
            ? 'The settings of the best run.'
            : 'No run has a result yet.',
      ),
    );
  return h(
    'div',
    { class: 'card-differs' },
    h('p', { class: 'soft' }, 'Here → in the best run'),
    h(
      'ul',
      { class: 'differences' },
      ...differs.map(({ key, mine, best: theirs }) =>
        h(
          'li',
          { class: 'difference' },
          h('span', { class: 'chip-key' }, key.replaceAll('_', ' ')),
          ` ${valueText(mine)} → `,
          h('b', {}, valueText(theirs)),
        ),
      ),
    ),
  );
}

const percentOf = (run) => Math.floor((run.progress ?? 0) * 100);

function stateText(run) {
  if (run.state !== 'running') return run.state;
  return ['running', `${percentOf(run)} %`, leftText(run)].filter(Boolean).join(' · ');
}

/** "12 s left", in steps that do not flicker. Pure. */
export function leftText({ eta_s: etaS }) {
  if (etaS === null || etaS === undefined) return '';
  if (etaS < 60) return `${Math.ceil(etaS)} s left`;
  return etaS < 3600 ? `${Math.ceil(etaS / 60)} min left` : `${(etaS / 3600).toFixed(1)} h left`;
}

/** "place 3 of 18", or "place 2–5 of 18" where it is shared. Pure. */
export function rankText(rank, of, places) {
  const [first, last] = places ?? [rank, rank];
  if (!rank) return 'no place yet';
  return `place ${first === last ? first : `${first}–${last}`} of ${of}`;
}

function valueText(value) {
  if (value === null || value === undefined) return 'none';
  return Array.isArray(value) ? value.join('x') || 'none' : String(value);
}
