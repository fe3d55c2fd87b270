/* Where a panel's points lie on the screen, read from Plotly's own axes, and which line is nearest.
 *
 * All places are px from the left and top of the plot's element. */

const NEAR_PX = 28; // a line farther from the pointer is not meant

/** The panels as they lie on the screen: [{lines, kind, axis, left, top, width, height, toX, toY, fromX}]. */
export function placesOf(chart, panels) {
  const full = chart._fullLayout;
  if (!full) return [];
  return panels.flatMap((panel) => {
    const [x, y] = [full[`xaxis${panel.x.slice(1)}`], full[`yaxis${panel.y.slice(1)}`]];
    if (!x || !y) return []; // Plotly makes no second axis as long as nothing is drawn on it
    return {
      ...panel,
      left: x._offset,
      top: y._offset,
      width: x._length,
      height: y._length,
      toX: (value) => x._offset + x.d2p(value),
      toY: (value) => y._offset + y.d2p(panel.axis.plotted(value)),
      fromX: (px) => x.p2d(px - x._offset),
    };
  });
}

/** The panels under a point; two where a plot has a second axis. */
export function under(places, left, top) {
  return places.filter(
    (p) => left >= p.left && left <= p.left + p.width && top >= p.top && top <= p.top + p.height,
  );
}

/** A line's value at x, straight between its points; null beyond its ends. */
export function valueAt({ x, y }, at) {
  if (!x.length || at < x[0] || at > x.at(-1)) return null;
  let [low, high] = [0, x.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= at) low = middle;
    else high = middle;
  }
  if (x[high] === at || low === high) return y[high];
  return y[low] + ((y[high] - y[low]) * (at - x[low])) / (x[high] - x[low]);
}

/** The line nearest to a point, or null where none is near. */
export function nearest(panels, left, top) {
  let best = { line: null, distance: NEAR_PX };
  for (const panel of panels) {
    const at = panel.fromX(left);
    for (const line of panel.lines) {
      const value = valueAt(line, Math.min(Math.max(at, line.x[0]), line.x.at(-1)));
      const beyond = Math.abs(panel.toX(Math.min(Math.max(at, line.x[0]), line.x.at(-1))) - left);
      const distance = Math.hypot(panel.toY(value) - top, beyond);
      if (distance < best.distance) best = { line, distance };
    }
  }
  return best.line;
}
