/* A person's own order of windows, and which are hidden: {order: [ids], hidden: [ids]}. Pure. */

/** Windows the person never moved keep their place: each follows what stands before it by design. */
export function ordered(panes, order = []) {
  const byDesign = [...panes].sort((a, b) => a.order - b.order);
  if (!order.length) return byDesign;
  const byChoice = order.map((id) => byDesign.find((pane) => pane.id === id)).filter(Boolean);
  byDesign.forEach((pane, i) => {
    if (byChoice.includes(pane)) return;
    const before = byDesign
      .slice(0, i)
      .reverse()
      .find((other) => byChoice.includes(other));
    byChoice.splice(before ? byChoice.indexOf(before) + 1 : 0, 0, pane);
  });
  return byChoice;
}

/** The order after a window went one place forward (by -1) or back (1) among those seen with it. */
export function moved(all, seenTogether, id, by) {
  const place = seenTogether.indexOf(id);
  const other = seenTogether[place + by];
  if (place < 0 || other === undefined) return all;
  const rest = all.filter((each) => each !== id);
  rest.splice(rest.indexOf(other) + (by > 0 ? 1 : 0), 0, id);
  return rest;
}

/** The arrangement after a window was hidden, or brought back. */
export function withHidden(arrangement, id, isHidden) {
  const others = (arrangement.hidden ?? []).filter((each) => each !== id);
  return { ...arrangement, hidden: isHidden ? [...others, id] : others };
}
