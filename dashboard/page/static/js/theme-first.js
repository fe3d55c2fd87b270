/* Sets the theme before anything is drawn, so that a dark page never flashes white.
 * A classic script, for modules wait for the document; theme.js does the rest. */
(() => {
  let choice = 'system';
  try {
    choice = JSON.parse(localStorage.getItem('trainboard.theme')) || 'system';
  } catch {
    // nothing was stored, or storing is forbidden here
  }
  const dark =
    choice === 'dark' ||
    (choice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
