/* Chips: every value of every setting that varies, each a button that hides or shows its runs.
 *
 * A click turns one value off or on, a double click (or Shift) leaves it alone in its setting. Values
 * for which the row has no room stand behind a button that opens all of their setting's. */
import { chip, markChips } from './chip.js';
import { fit } from './chip-fit.js';
import { h, setText } from './dom.js';
import { popover } from './help.js';
import { isOff } from './selection.js';

const MOST_SHOWN = 8; // values of one setting, wherever there is room for all

/** {element, update(), fitInto(px)}. */
export function chips(app) {
  const element = h('div', { class: 'chips' });
  let groups = [];
  let last = '';
  let roomPx = Infinity;
  const fitAgain = () => {
    const counts = fit(
      groups.map(({ widths }) => widths),
      roomPx,
    );
    groups.forEach((group, i) => group.show(counts[i]));
  };
  return {
    element,
    update() {
      const settings = app.model?.settings ?? [];
      const text = JSON.stringify([settings, app.encodings(), app.dark()]);
      if (text !== last) {
        last = text;
        const focusChip =
          element.contains(document.activeElement) && document.activeElement.dataset.chip;
        groups = settings.map((setting) => chipGroup(app, setting));
        element.replaceChildren(...groups.map((group) => group.element));
        for (const group of groups) group.measure();
        fitAgain();
        if (focusChip) element.querySelector(`[data-chip="${CSS.escape(focusChip)}"]`)?.focus();
      }
      markChips(app, element);
      for (const group of groups) group.mark();
    },
    /** Take no more room than so many px; Infinity: a row that is moved sideways. */
    fitInto(px) {
      if (px === roomPx) return;
      roomPx = px;
      fitAgain();
      markChips(app, element);
    },
  };
}

/** The chips of one setting, and the button that opens those without room. */
function chipGroup(app, setting) {
  const id = `chips-${setting.key}`;
  const first = setting.values.slice(0, MOST_SHOWN).map((entry) => chip(app, setting, entry));
  const label = h('span', { class: 'chip-key', id }, setting.text);
  const menu = chipMenu(app, setting);
  const element = h('div', { class: 'chip-group', role: 'group', 'aria-labelledby': id });
  const group = {
    element,
    widths: null,
    /** How wide each of them is; they are all in the element for it. */
    measure() {
      menu.says(0);
      element.replaceChildren(label, ...first, menu.element);
      const width = (part) => part.getBoundingClientRect().width;
      const [labelPx, ...chipsPx] = [label, ...first].map(width);
      const menuPx = width(menu.element);
      menu.says(1);
      group.widths = {
        label: labelPx,
        chips: chipsPx,
        all: first.length === setting.values.length,
        menu: menuPx,
        rest: width(menu.element),
      };
    },
    show(count) {
      menu.says(count);
      const parts = count < setting.values.length ? [menu.element] : [];
      if (count) parts.unshift(label, ...first.slice(0, count));
      element.replaceChildren(...parts);
      element.setAttribute(...(count ? ['aria-labelledby', id] : ['aria-label', setting.text]));
    },
    mark: () => menu.mark(),
  };
  return group;
}

/** The button that opens all values of a setting: "lr 4", or "+3" behind some chips of it. */
function chipMenu(app, setting) {
  const { key, text, values } = setting;
  const name = h('span', { class: 'chip-key' }, text);
  const count = h('span', { class: 'chip-count' });
  count.style.minWidth = `${2 * String(values.length).length + 1}ch`; // "3/4" takes no more than "4"
  const element = h('button', { type: 'button', class: 'chip chip-menu' }, name, count);
  let panel = null;
  let chipCount = 0;
  const open = () => {
    panel = h(
      'div',
      { class: 'chip-panel', role: 'group', 'aria-label': text },
      ...values.map((entry) => chip(app, setting, entry)),
    );
    markChips(app, panel);
    return panel;
  };
  popover(element, open, text);
  const menu = {
    element,
    /** Say how many values stand behind it, after so many chips. */
    says(chipsShown) {
      chipCount = chipsShown;
      name.hidden = chipCount > 0;
      menu.mark();
    },
    mark() {
      const behind = values.slice(chipCount);
      const off = behind.filter(({ value }) => isOff(app.state.get('off'), key, value)).length;
      const countText = off ? `${behind.length - off}/${behind.length}` : `${behind.length}`;
      setText(count, chipCount ? `+${countText}` : countText);
      element.classList.toggle('some-off', off > 0);
      element.setAttribute('aria-label', menuName(text, behind.length, off, chipCount));
      if (panel?.isConnected) markChips(app, panel);
    },
  };
  return menu;
}

/** What the menu's button is called. Pure. */
export function menuName(text, behind, off, chipCount) {
  const more = chipCount ? 'more values' : 'values';
  return `${text}: ${behind} ${more}${off ? `, ${off} off` : ''}`;
}
