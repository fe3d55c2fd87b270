/* What a drag in a plot zooms: x in all plots at once, y in that plot alone. */

const AXIS = /^([xy])axis(\d*)\.range/;

/** What a Plotly event says was drawn: {range: [from, to]|null, zooms: [[y axis id, range]]}. */
export function zoomOf(changes, layout) {
  const zoom = { range: null, zooms: [] };
  for (const path of Object.keys(changes ?? {})) {
    const [, letter, place] = path.match(AXIS) ?? [];
    if (!letter) continue;
    const range = [...layout[`${letter}axis${place}`].range];
    if (letter === 'x') zoom.range = tidy(range);
    else if (!zoom.zooms.some(([id]) => id === `y${place}`)) zoom.zooms.push([`y${place}`, range]);
  }
  return zoom;
}

/** A range in as few digits as its width is worth; it stands in the address. */
export function tidy([from, to]) {
  const step = 10 ** Math.floor(Math.log10(Math.abs(to - from) / 500));
  const digits = Math.max(0, -Math.log10(step));
  return [from, to].map((value) => Number((Math.round(value / step) * step).toFixed(digits)));
}

const watchedStates = new WeakSet();

/** A range is in units of x: with other units there is none. Once for a page. */
export function forgetWithUnits(state) {
  if (watchedStates.has(state)) return;
  watchedStates.add(state);
  state.on(['x'], (changedKeys) => {
    if (!changedKeys.has('range')) state.set({ range: null });
  });
}
