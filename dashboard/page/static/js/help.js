/* Popovers: what a button explains, in a small dialog beside it, one at a time.
 *
 * Opened by click, touch, Enter or Space; Escape, a click elsewhere or leaving it with Tab closes it
 * and gives the focus back. What the texts say is their owners'; the page's own help is reading.js's. */
import { h } from './dom.js';
import { icon } from './icons.js';
import { markup } from './markup.js';

const GAP_PX = 6; // to the button, and to the edges of the screen

let open = null; // {button, dialog}

/** Make a button open and close a popover.
 *
 * content: a sentence (may hold `code` and *emphasis*), an element, or a function that gives one of
 * the two anew each time. title: the popover's name, for who hears it; shown above the content. */
export function popover(button, content, title = '') {
  button.setAttribute('aria-haspopup', 'dialog');
  button.setAttribute('aria-expanded', 'false');
  button.addEventListener('click', (event) => {
    event.stopPropagation();
    if (open?.button === button) closePopover();
    else show(button, typeof content === 'function' ? content() : content, title);
  });
}

/** A button with an i that explains something. */
export function explainButton(title, text) {
  const button = h(
    'button',
    { class: 'explain', type: 'button', 'aria-label': `what is ${title}?` },
    icon('info'),
  );
  popover(button, text, title);
  return button;
}

/** Close what is open; the focus goes back to its button unless it went somewhere else by itself. */
export function closePopover() {
  if (!open) return;
  const { button, dialog } = open;
  open = null;
  const inside =
    dialog.contains(document.activeElement) || document.activeElement === document.body;
  dialog.remove();
  button.setAttribute('aria-expanded', 'false');
  if (inside) button.focus();
}

function show(button, content, title) {
  closePopover();
  const body = content instanceof Node ? content : h('p', {}, ...markup(content));
  const dialog = h(
    'div',
    {
      class: 'popover',
      role: 'dialog',
      tabindex: -1,
      'aria-label': title || button.textContent || 'explanation',
    },
    title ? h('p', { class: 'popover-title' }, title) : null,
    body,
  );
  document.getElementById('popover-place').append(dialog);
  open = { button, dialog };
  button.setAttribute('aria-expanded', 'true');
  place(dialog, button.getBoundingClientRect());
  if (dialog.scrollHeight > dialog.clientHeight + 1) dialog.tabIndex = 0; // scrolled by the keyboard too
  dialog.focus({ preventScroll: true });
  dialog.addEventListener('focusout', ({ relatedTarget }) => {
    if (open?.dialog !== dialog || relatedTarget === button) return;
    if (relatedTarget && !dialog.contains(relatedTarget)) closePopover();
  });
}

function place(dialog, button) {
  const { innerWidth: width, innerHeight: height, scrollX, scrollY } = window;
  const { left, top } = placed(button, dialog.getBoundingClientRect(), { width, height });
  dialog.style.left = `${left + scrollX}px`;
  dialog.style.top = `${top + scrollY}px`;
}

/** Where a box of a size stands by a button: below it, above where there is no room; inside the screen. */
export function placed(button, box, screen) {
  const below = button.bottom + GAP_PX;
  const above = button.top - GAP_PX - box.height;
  const fits = below + box.height <= screen.height - GAP_PX || above < GAP_PX;
  const most = Math.max(GAP_PX, screen.width - box.width - GAP_PX);
  const mostTop = Math.max(GAP_PX, screen.height - box.height - GAP_PX);
  return {
    left: Math.min(Math.max(GAP_PX, button.left), most),
    top: Math.min(Math.max(GAP_PX, fits ? below : above), mostTop),
  };
}

if (typeof document !== 'undefined') {
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !open) return;
    event.preventDefault();
    closePopover();
  });
  document.addEventListener('click', ({ target }) => {
    if (open && !open.dialog.contains(target)) closePopover();
  });
  window.addEventListener('resize', closePopover);
}
