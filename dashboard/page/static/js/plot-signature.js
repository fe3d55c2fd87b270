/* Whether a plot must be drawn anew: a text of all that it shows, another as soon as any of it is.
 * Draws nothing; what the plot shows is plot.js's to say. */

/** Of a plot of our own lines. runs: those that are seen; choices: what the person chose for it. */
export function ownSignature(plot, runs, choices) {
  const { app } = plot;
  const seconds = choices.x === 'seconds';
  const lines = runs.map((run) => [
    run.name,
    run.state,
    run.label,
    run.group,
    run.steps_per_epoch,
    run.epoch_shift,
    seconds && run.clock?.at(-1),
    app.look(run),
  ]);
  return JSON.stringify([
    ...sharedParts(plot),
    Object.values(choices),
    app.model.baseline,
    [...plot.zooms],
    lines,
  ]);
}

/** Of a plot that is shown as it came. sees: whether the run of a name is to be seen. */
export function stockSignature(plot, sees) {
  const rows = plot.packet.content?.layout?.meta?.rows;
  return JSON.stringify([...sharedParts(plot), rows?.filter(sees)]);
}

function sharedParts({ version, width, height, app }) {
  return [version, width, height, app.dark()];
}
