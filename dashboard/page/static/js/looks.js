/* How a run looks: colour and the shape of its marker by one setting, dash by a second, the marker's
 * filling by a third. Pure. No two looks differ by their colour alone.
 *
 * The indices come from the model (dashboard/windows/palette.py), so a value looks the same in every
 * experiment; which setting is told by colour, and which by dash, a person chooses. */

const MOST_COLOURED = 12; // groups; with more, the best and the baseline keep their colours
const BEST_COLOURED = 8;
const FILLINGS = ['', '-open', '-open-dot', '-dot'];

/** The settings that colour (with the marker's shape), dash and filling stand for. choice: {colour, dash}, setting keys or ''. */
export function encodings(settings, choice) {
  const keys = settings.map((setting) => setting.key);
  const others = keys.filter((key) => key !== 'seed');
  const usual = others.length ? others : keys;
  const colour = keys.includes(choice.colour) ? choice.colour : usual[0];
  const rest = usual.filter((key) => key !== colour);
  const dash = keys.includes(choice.dash) && choice.dash !== colour ? choice.dash : rest[0];
  const filling = rest.find((key) => key !== dash);
  return { colour, dash, filling };
}

/** A function from a run to its look. dark: which palette; grey: names of the runs without colour. */
export function looksOf(model, choice, dark, grey = new Set()) {
  const { colour, dash, filling } = encodings(model.settings, choice);
  const palette = dark ? model.looks.dark : model.looks.light;
  const placeOf = places(model.settings);
  return (run) => ({
    colour: palette[placeOf(run, colour, 'colour', run.number - 1) % palette.length],
    dash: model.looks.dashes[placeOf(run, dash, 'dash', 0)],
    marker: markerOf(
      model.looks.markers,
      placeOf(run, colour, 'marker', run.number - 1),
      placeOf(run, filling, 'marker', 0),
    ),
    grey: grey.has(run.name),
  });
}

/** Plotly's name of a marker: a shape, and how it is filled. */
export function markerOf(shapes, shape, filling) {
  return shapes[shape % shapes.length] + FILLINGS[filling % FILLINGS.length];
}

function places(settings) {
  const tables = {};
  for (const { key, values } of settings) {
    tables[key] = new Map(values.map((entry) => [JSON.stringify(entry.value), entry]));
  }
  return (run, key, kind, fallback) => {
    if (!(key in tables)) return key === undefined ? fallback : 0;
    return tables[key].get(JSON.stringify(run.config[key] ?? null))?.[kind] ?? 0;
  };
}

/** The runs that are drawn grey where groups are too many to tell apart: all but the best few. */
export function greyed(groups, goal, baseline) {
  if (groups.length <= MOST_COLOURED) return new Set();
  const score = (group) => {
    const values = group.map((run) => run.result).filter((value) => value !== null);
    const sign = goal === 'max' ? 1 : -1;
    return values.length ? (sign * values.reduce((a, b) => a + b, 0)) / values.length : -Infinity;
  };
  const best = [...groups].sort((a, b) => score(b) - score(a)).slice(0, BEST_COLOURED);
  const inColour = new Set(best.flat().map((run) => run.name));
  for (const group of groups) {
    if (group.some((run) => run.name === baseline)) group.forEach((run) => inColour.add(run.name));
  }
  return new Set(
    groups
      .flat()
      .map((run) => run.name)
      .filter((name) => !inColour.has(name)),
  );
}
