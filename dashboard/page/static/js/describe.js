/* A plot in a sentence, for those who do not see it. Pure. */
import { valueText } from './ticks.js';

/** What the lines of the panels say: how many, and which end lowest and highest. */
export function describe(title, panels) {
  const sentences = panels
    .filter(({ lines }) => lines.length)
    .map((panel) => ofPanel(panel, panels.length > 1 || !title ? panel.title || title : title));
  return sentences.length ? sentences.join('; ') : `${title}: no points to show`;
}

function ofPanel({ lines, kind }, title) {
  const runs = lines.reduce((sum, { names }) => sum + names.length, 0);
  const ends = lines
    .map((line) => ({ text: line.text, last: line.y.at(-1) }))
    .sort((a, b) => a.last - b.last);
  const say = ({ text, last }) => `${text} ${valueText(last, kind)}`;
  if (ends.length === 1) return `${title}: ${say(ends[0])} at its last point`;
  const [lowest, highest] = [ends[0], ends.at(-1)];
  const lossFirst =
    kind === 'loss'
      ? `lowest ${say(lowest)}, highest ${say(highest)}`
      : `highest ${say(highest)}, lowest ${say(lowest)}`;
  return `${title} of ${runs} runs: ${lossFirst} at the last point`;
}
