/* A section of the page: a heading and, side by side, the windows that stand in it.
 * Which windows those are, and in which order sections come, is layout.js's. */
import { h } from './dom.js';
import { standFirst } from './in-order.js';

/** {element, windows: where they stand}; the section without a title has a heading for the ear. */
export function sectionOf(title, number) {
  const windows = h('div', { class: 'windows' });
  const id = `section-${number}`;
  const heading = h('h2', { id, class: title ? '' : 'unseen' }, title || 'In short');
  const element = h(
    'section',
    { 'aria-labelledby': id, dataset: { section: title } },
    heading,
    windows,
  );
  return { element, windows };
}

/** Put the windows of `panes` into a section, which takes the room that those to be seen need. */
export function fill({ element, windows }, panes) {
  standFirst(
    windows,
    panes.map((pane) => pane.frame.element),
  );
  const visible = panes.filter((pane) => !pane.frame.element.hidden);
  element.hidden = !visible.length;
  element.classList.toggle(
    'wide',
    visible.some((pane) => pane.frame.element.classList.contains('wide')),
  );
  const weight = (pane) => Number(pane.frame.element.style.getPropertyValue('--weight'));
  element.style.setProperty(
    '--weight',
    visible.reduce((sum, pane) => sum + weight(pane), 0),
  );
}
