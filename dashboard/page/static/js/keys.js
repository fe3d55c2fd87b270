/* KEYS: every key the page listens to, what it does, and the element that does it.
 *
 * A key clicks or focuses the element with the same `data-action`, so there is nothing that only a
 * key can do. While a person types, the keys are letters again. */

/** {keys, action, says}; `focus`: the element is focused instead of clicked. */
export const KEYS = [
  { keys: ['?'], action: 'help', says: 'how to read this page' },
  { keys: ['/'], action: 'search', says: 'search the runs; Escape clears', focus: true },
  { keys: ['[', '<'], action: 'previous', says: 'the run before this one' },
  { keys: [']', '>'], action: 'next', says: 'the run after this one' },
  { keys: ['u'], action: 'up', says: 'from a run up to its experiment' },
  { keys: ['h'], action: 'home', says: 'all experiments' },
  { keys: [','], action: 'earlier', says: 'back in time: the evaluation before' },
  { keys: ['.'], action: 'later', says: 'on in time: the evaluation after' },
  { keys: ['p'], action: 'play', says: 'play the evaluations, or stop' },
  { keys: ['l'], action: 'live', says: 'follow the newest again' },
  { keys: ['c'], action: 'together', says: 'on the list: compare the ticked experiments together' },
  { keys: ['t'], action: 'theme', says: 'light, dark, or as the system has it' },
  { keys: ['e'], action: 'edit', says: 'edit the layout: hide and move windows' },
];

const TYPING =
  'input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, select, [contenteditable]';

/** The entry of KEYS that a key press means, or undefined. */
export function entryFor({ key, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey || altKey) return undefined;
  return KEYS.find(({ keys }) => keys.includes(key));
}

/** Listen for the whole page. */
export function startKeys() {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.target.closest?.(TYPING)) return;
    const entry = entryFor(event);
    const element =
      entry && document.querySelector(`[data-action="${entry.action}"]:not([hidden])`);
    if (!element?.checkVisibility()) return;
    event.preventDefault();
    if (entry.focus) element.focus();
    else element.click();
  });
}
