/* How many chips of each setting have room in their row. Pure; what a chip does is chips.js's. */

const GAP_PX = 4; // between chips, as in css/controls.css
const BETWEEN_PX = 14; // between settings
const FEWEST = 2; // one chip alone beside a menu says less than the menu

/** How many px a setting takes that shows so many of its chips, and a menu of the others.
 * setting: {label, chips: [px each], all: whether those are all, menu: px of its menu alone, rest: px
 * of the menu behind chips}. */
export function widthOf({ label, chips, all, menu, rest }, count) {
  if (!count) return menu;
  const own = chips.slice(0, count).reduce((sum, px) => sum + px + GAP_PX, label);
  return count === chips.length && all ? own : own + GAP_PX + rest;
}

/** How many chips each setting shows within so many px: all of the first one that has room for them,
 * then of the next; with what is left, some of the first that has not. */
export function fit(settings, roomPx) {
  const counts = settings.map(() => 0);
  const totalPx = () =>
    settings.reduce(
      (sum, setting, i) => sum + widthOf(setting, counts[i]) + BETWEEN_PX,
      -BETWEEN_PX,
    );
  const grow = (i, count) => {
    const before = counts[i];
    counts[i] = count;
    if (totalPx() > roomPx) counts[i] = before;
    return counts[i] === count;
  };
  settings.forEach(({ chips, all }, i) => all && grow(i, chips.length));
  settings.forEach(({ chips }, i) => {
    for (let count = chips.length; counts[i] === 0 && count >= FEWEST; count -= 1) grow(i, count);
  });
  return counts;
}
