/* Tables of text windows whose rows or columns are about runs: only those of runs that are seen. */

/** Hide every part with data-run="NAME" whose run is not seen, and show the others. */
export function filterRuns(element, app) {
  if (app.model?.kind !== 'compare') return;
  for (const part of element.querySelectorAll('[data-run]')) {
    const { run } = part.dataset;
    const isHidden = Boolean(app.model.byName(run)) && !app.isVisible(run);
    if (part.hidden !== isHidden) part.hidden = isHidden;
  }
}
