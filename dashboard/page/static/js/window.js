/* The frame of a window: its title, what it shows (ⓘ), what can be done with it, its trouble.
 *
 * A window of the untitled section (the answer, a run's card) has no bar: its title is only heard. */
import { h, setText } from './dom.js';
import { explainButton } from './help.js';
import { icon } from './icons.js';

const LEAST_PX = 240; // stock clients ask for windows as small as their pictures
const WIDE_PX = 1000; // designed so wide, a window has a row of its own on any screen

/** {element, trouble(sentence)}; the view's element is the body. act: {hide(), move(by)}. */
export function frameOf(packet, about, view, act) {
  const title = view.title ?? (packet.title || packet.id);
  const id = `window-${packet.id.replace(/[^\w-]/g, '_')}`;
  const bare = about.section === '';
  const width_px = Math.max(LEAST_PX, about.width ?? packet.width ?? 500);
  const kinds = [
    `window-${packet.type}`,
    'undrawn',
    bare && 'bare',
    about.past && 'past',
    width_px >= WIDE_PX && 'wide',
  ].filter(Boolean);
  const trouble = h('p', { class: 'trouble', role: 'alert', hidden: true });
  const element = h(
    'article',
    { class: `window ${kinds.join(' ')}`, 'aria-labelledby': id, dataset: { window: packet.id } },
    h(
      'header',
      { class: 'window-bar' },
      h('h3', { id, class: bare ? 'unseen' : '' }, title),
      about.says ? explainButton(title, sentenceOf(about.says)) : null,
      h('span', { class: 'window-tools' }, ...(view.tools ?? [])),
      editTools(title, act),
    ),
    trouble,
    view.element,
  );
  element.style.setProperty('--designed-width', `${width_px}px`);
  element.style.setProperty('--designed-height', `${about.height ?? packet.height ?? 340}px`);
  element.style.setProperty('--weight', width_px); // its share of a row
  return {
    element,
    trouble(sentence) {
      trouble.hidden = !sentence;
      setText(trouble, sentence);
    },
  };
}

/** Seen only while the layout is edited. */
function editTools(title, { hide, move }) {
  const button = (name, says, onclick) =>
    h(
      'button',
      { type: 'button', class: 'quiet', title: says, 'aria-label': `${says}: ${title}`, onclick },
      icon(name),
    );
  return h(
    'span',
    { class: 'edit-tools' },
    button('left', 'move to the front', () => move(-1)),
    button('right', 'move to the back', () => move(1)),
    button('close', 'hide', hide),
  );
}

/** The table of windows holds the beginning of a sentence; a popover shows a whole one. */
function sentenceOf(says) {
  const whole = says.charAt(0).toUpperCase() + says.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
