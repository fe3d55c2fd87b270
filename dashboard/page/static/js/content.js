/* Windows that are no plot: text, images, image histories, properties, and what we do not know.
 *
 * The board's own text is trusted and styled by css/content.css. A stock client's stands in a box of
 * its own (a shadow tree), so that its styles stay with it; the server's CSP runs none of its scripts. */

import { h } from './dom.js';
import { aboutOf } from './model.js';
import { filterRuns } from './votes.js';

export { createHistory, createImage } from './images.js';
export { createProperties } from './properties.js';

/** What would act by itself, outside its box, or under our name. */
const ACTING = 'script, link, meta, base, iframe, frame, object, embed, form';

const FOREIGN = `
  :host { display: block; }
  a { color: var(--accent); }
  img, svg, video, audio { max-width: 100%; }
  pre, code { font: 12.5px/1.45 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
  table { border-collapse: collapse; }
  th, td { padding: 3px 10px 3px 0; text-align: left; }
`;

/** A piece of HTML as nodes that do nothing by themselves. ours: keep no style sheet either. */
function cleaned(html, ours) {
  // Begun within the body, where a leading style sheet would else go to the head and be lost.
  const { body } = new DOMParser().parseFromString(`<body>${html}`, 'text/html');
  for (const element of body.querySelectorAll(ours ? `${ACTING}, style` : ACTING)) element.remove();
  for (const element of body.querySelectorAll('*')) {
    for (const { name } of [...element.attributes])
      if (/^on|^autofocus$/i.test(name)) element.removeAttribute(name);
    if (element.style?.color) soften(element);
  }
  return [...body.childNodes].map((node) => document.adoptNode(node));
}

/** A colour that was chosen for a white ground, nearer to the theme's own ink. */
function soften(element) {
  element.style.color = `color-mix(in srgb, ${element.style.color} 55%, var(--ink))`;
}

export function createText(app, packet) {
  const ours = aboutOf(packet).section !== undefined;
  const element = h('div', { class: ours ? 'content-text' : 'content-text foreign' });
  const inside = ours ? element : shadowOf(element);
  let last = null;
  return {
    element,
    update(next) {
      if (next && next.content !== last) {
        last = next.content;
        const index = [...inside.querySelectorAll('a')].indexOf(
          inside.activeElement ?? document.activeElement,
        );
        inside.replaceChildren(...cleaned(last, ours));
        if (index >= 0) inside.querySelectorAll('a')[index]?.focus({ preventScroll: true });
      }
      filterRuns(inside, app);
      reachable(element, next?.title ?? '');
    },
  };
}

/** What can be scrolled can be reached by the keyboard, and has a name. */
function reachable(element, title) {
  const scrolls =
    element.scrollHeight > element.clientHeight + 1 ||
    element.scrollWidth > element.clientWidth + 1;
  if (!scrolls) {
    for (const name of ['tabindex', 'role', 'aria-label']) element.removeAttribute(name);
  } else if (!element.hasAttribute('tabindex') || title) {
    element.tabIndex = 0;
    element.setAttribute('role', 'group');
    element.setAttribute('aria-label', title || element.getAttribute('aria-label') || 'text');
  }
}

function shadowOf(element) {
  const root = element.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(FOREIGN);
  root.adoptedStyleSheets = [sheet];
  return root;
}

/** A window of a kind that only Visdom's own page draws. */
export function createOther(app, packet) {
  const href = `/visdom/env/${encodeURIComponent(app.environment)}`;
  const element = h(
    'p',
    { class: 'other' },
    `A window of the kind “${packet.type}”: `,
    h('a', { href }, 'Visdom’s own page shows it'),
    '.',
  );
  return { element, update() {} };
}
