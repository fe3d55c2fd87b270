/* Light, dark, or as the system has it; one click always changes what is seen.
 *
 * The colours themselves are in css/theme.css; theme-first.js sets the first one before anything is
 * drawn. */

const SYSTEM_IS_DARK = '(prefers-color-scheme: dark)';

/** Whether a choice ('system', 'light' or 'dark') is dark on such a system. */
export function isDark(choice, systemIsDark) {
  return choice === 'dark' || (choice === 'system' && systemIsDark);
}

/** The choice after a click: the other look than the system's, then the system's own, then neither's. */
export function nextTheme(choice, systemIsDark) {
  const [same, other] = systemIsDark ? ['dark', 'light'] : ['light', 'dark'];
  return { system: other, [other]: same, [same]: 'system' }[choice];
}

/** What the switch says of itself. */
export function themeSentence(choice, systemIsDark) {
  const now =
    choice === 'system' ? `as the system has it (${systemIsDark ? 'dark' : 'light'})` : choice;
  return `theme: ${now}; click for ${nextTheme(choice, systemIsDark)}`;
}

export const systemIsDark = () => matchMedia(SYSTEM_IS_DARK).matches;

/** Keep the document's theme in step with the choice and the system; `onChange()` when it turned. */
export function startTheme({ state }, onChange) {
  const root = document.documentElement;
  const apply = () => {
    const theme = isDark(state.get('theme'), systemIsDark()) ? 'dark' : 'light';
    if (root.dataset.theme === theme) return;
    root.dataset.theme = theme;
    onChange();
  };
  state.on(['theme'], apply);
  matchMedia(SYSTEM_IS_DARK).addEventListener('change', apply);
  apply();
}
