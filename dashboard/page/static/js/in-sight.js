/* Which windows a person sees something of, so that the others need not be sent. Pure but for the
 * question whether the page is in the background. */
import { hasSeries, isCarrier } from './model.js';
import { drawnFromModel } from './views.js';

/** The ids of those on the screen, of those that bring the page its model, and of the plots that
 * bring what a difference is taken of. panes: {id, packet, isSeen} each, of layout.js. */
export function idsInSight(panes, app, isHidden = document.hidden) {
  const inSight = isHidden
    ? []
    : panes.filter(({ id, isSeen }) => isSeen && !drawnFromModel(id, app));
  const differs = inSight.some(({ packet }) => packet.content?.layout?.meta?.y === 'difference');
  const sources = differs
    ? panes.filter(({ packet }) => hasSeries(packet, app.model?.metric?.name))
    : [];
  const carriers = panes.filter(({ packet }) => isCarrier(packet));
  return [...new Set([...inSight, ...sources, ...carriers].map(({ id }) => id))].sort();
}
