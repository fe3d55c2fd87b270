/* The buttons that act on runs: for all that are seen, or for the one run of a page.
 *
 * One click each; what takes words or numbers stands in a panel behind "more" (act-forms.js). What
 * became of the last act is said beside them, with a button that takes it back. */
import { actButtons } from './act-buttons.js';
import { actPanel } from './act-forms.js';
import { ACTS, able, counted } from './acts.js';
import { h, setText } from './dom.js';
import { popover } from './help.js';

/** {element, update()}. runs(): those that are acted on. all(): whether those are all that there are. */
export function actBar(app, { runs, all }) {
  const buttons = actButtons(app, 'tool act', runs);
  const more = h('button', { type: 'button', class: 'tool act-more' }, 'act…');
  more.title = 'add runs, fork, change the learning rate, remove, and what was asked so far';
  popover(more, () => actPanel(app, runs()), 'Act on runs');
  const status = actStatus(app);
  return {
    element: h(
      'span',
      { class: 'acts', role: 'group', 'aria-label': 'act on runs' },
      status.element,
      ...buttons,
      more,
    ),
    update() {
      for (const button of buttons) {
        const { act } = button.dataset;
        const those = able(act, runs());
        button.disabled = !those.length;
        const which = those.length > 1 && all() ? `all ${those.length} runs` : counted(those);
        const label = those.length ? `${act} ${which}` : `${act}: no run here can`;
        if (button.getAttribute('aria-label') === label) continue;
        button.setAttribute('aria-label', label);
        button.title = `${label}: ${ACTS[act].says}`;
      }
    },
  };
}

/** What became of the last act: {element}. What others asked stands in the panel. */
function actStatus(app) {
  const text = h('span', { class: 'act-answer', role: 'status' });
  const undo = h('button', { type: 'button', class: 'tool act-undo', hidden: true }, 'undo');
  const element = h('span', { class: 'act-said' }, text, undo);
  app.asking.hear((event) => {
    undo.hidden = true;
    element.dataset.state = event.kind;
    if (event.kind === 'asked') {
      setText(text, `${event.act} …`);
      return;
    }
    const refusals = event.answers.filter(({ state }) => state === 'refused');
    element.dataset.state = refusals.length ? 'refused' : 'done';
    setText(text, event.answers.map(({ answer }) => answer).join('; '));
    text.title = text.textContent;
    const back = ACTS[event.act].undo;
    if (refusals.length || !back) return;
    undo.hidden = false;
    undo.onclick = () => app.asking.ask(back, event.runs);
    undo.setAttribute('aria-label', `undo: ${back} ${counted(event.runs)}`);
  });
  return { element };
}
