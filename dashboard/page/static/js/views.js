/* VIEWS: which module draws a window, by the window's name where it has one of its own. */

import * as answer from './answer.js';
import * as card from './card.js';
import * as confusion from './confusion.js';
import * as confusions from './confusions.js';
import * as content from './content.js';
import * as grid from './grid.js';
import * as leaderboard from './leaderboard.js';
import { embeddedIn, modelOf } from './model.js';
import * as parallel from './parallel.js';
import * as plot from './plot.js';

/** Windows of ours that the page draws from the model rather than from what the window holds. */
const OWN = {
  answer: answer.create,
  card: card.create,
  leaderboard: leaderboard.create,
  accuracy_grid: grid.create,
  parallel: parallel.create,
};

const BY_TYPE = {
  plot: plot.create,
  text: content.createText,
  image: content.createImage,
  image_history: content.createHistory,
  properties: content.createProperties,
};

/** Windows that are drawn from the model alone, whatever they hold: Visdom's page shows that. */
const FROM_MODEL = new Set(['leaderboard', 'accuracy_grid']);

export const drawnFromModel = (id, app) => FROM_MODEL.has(id) && app.model?.kind === 'compare';

/** What makes the view of a window: a function of (app, packet). */
export function viewFor(packet, app) {
  if (packet.id === 'confusion' && packet.type === 'text' && embeddedIn(packet))
    return embeddedIn(packet).runs ? confusions.create : confusion.create;
  const own = OWN[packet.id];
  const ours = modelOf(packet) || app.model?.kind === 'compare';
  if (own && ours) return own;
  return BY_TYPE[packet.type] ?? content.createOther;
}
