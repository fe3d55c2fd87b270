/* The frame of a window: its title, what it shows (ⓘ), what can be done with it, its trouble. */
import { h, setText } from './dom.js';
import { explainButton } from './help.js';

/** {element, trouble(sentence)}; the view's element is the body. */
export function frameOf(app, packet, about, view) {
  const title = packet.title || packet.id;
  const id = `window-${packet.id.replace(/[^\w-]/g, '_')}`;
  const trouble = h('p', { class: 'trouble', role: 'alert', hidden: true });
  const heading = h('h3', { id }, view.title ?? title);
  const explain = about.says ? explainButton(title, about.says) : null;
  const tools = h('span', { class: 'window-tools' }, ...(view.tools ?? []));
  const element = h(
    'article',
    {
      class: `window window-${packet.type}`,
      'aria-labelledby': id,
      dataset: { window: packet.id },
      style: { '--width': `${about.width ?? packet.width ?? 500}px`, '--height': `${about.height ?? packet.height ?? 340}px` },
    },
    h('header', { class: 'window-bar' }, heading, explain, tools),
    trouble,
    view.element,
  );
  for (const [name, value] of [['--width', about.width ?? packet.width ?? 500], ['--height', about.height ?? packet.height ?? 340]]) {
    element.style.setProperty(name, `${value}px`);
  }
  return {
    element,
    trouble(sentence) {
      trouble.hidden = !sentence;
      setText(trouble, sentence);
    },
  };
}
