/* The colours of plots in light and in dark, and a plot of somebody else's turned to them. Pure. */

export const THEMES = {
  light: {
    ink: '#1F2933',
    soft: '#52606D',
    grid: '#E4E7EB',
    line: '#CBD2D9',
    ground: '#FFFFFF',
    grey: '#B8C0C9',
  },
  dark: {
    ink: '#E6EAF0',
    soft: '#9AA7B5',
    grid: '#28313C',
    line: '#3A4552',
    ground: '#171D25',
    grey: '#4D5866',
  },
};

export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

const WHITE = /^(#fff|#ffffff|white|rgba?\(255, ?255, ?255(, ?[\d.]+)?\))$/i;

/** A colour let through by alpha in [0, 1]. */
export function faded(hex, alpha) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return `rgba(${red},${green},${blue},${alpha})`;
}

/** A layout in the theme: what it does not say itself, and our own light colours turned. */
export function themedLayout(layout, dark) {
  const theme = THEMES[dark ? 'dark' : 'light'];
  const copy = dark ? turn(layout, tableOf()) : { ...layout };
  copy.paper_bgcolor = ground(copy.paper_bgcolor, theme);
  copy.plot_bgcolor = ground(copy.plot_bgcolor, theme);
  copy.font = { family: FONT, size: 12, color: theme.ink, ...copy.font };
  for (const name of ['xaxis', 'yaxis', ...Object.keys(copy)]) {
    if (!/^[xyz]axis\d*$/.test(name)) continue;
    copy[name] = {
      gridcolor: theme.grid,
      zerolinecolor: theme.line,
      linecolor: theme.line,
      ...copy[name],
    };
  }
  if (dark)
    copy.hoverlabel = { bgcolor: theme.grid, font: { color: theme.ink }, ...copy.hoverlabel };
  return copy;
}

/** Traces with the light palette's colours as the dark one has them, and other dark ones lighter.
 * looks: of the model, or null. */
export function themedTraces(traces, dark, looks) {
  if (!dark) return traces.map((trace) => ({ ...trace }));
  const palette = new Map(
    (looks?.light ?? []).map((colour, i) => [colour.toLowerCase(), looks.dark[i]]),
  );
  const table = { get: (colour) => palette.get(colour) ?? lightened(colour) };
  return traces.map((trace) => ({
    ...trace,
    ...(trace.line && { line: turn(trace.line, table) }),
    ...(trace.marker && { marker: turn(trace.marker, table) }),
    ...(trace.meta?.shades === 'density' && { colorscale: DARK_DENSITY }),
  }));
}

/** From the dark ground to a pale blue, as dashboard/windows/distributions.py has it for paper. */
const DARK_DENSITY = [
  [0, '#171D25'],
  [0.25, '#1C3A58'],
  [0.5, '#2A6AA8'],
  [0.75, '#6BB0EA'],
  [1, '#E3F2FF'],
];

const LEAST_LIGHT = 110; // of 255, of a colour that is to be seen on the dark ground
const HEX = /^#[0-9a-f]{6}$/;

/** A hex colour, mixed with white until it can be seen on the dark ground; other texts as they are. */
function lightened(colour) {
  if (!HEX.test(colour)) return colour;
  const channels = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const light = 0.299 * channels[0] + 0.587 * channels[1] + 0.114 * channels[2];
  if (light >= LEAST_LIGHT) return colour;
  const share = (LEAST_LIGHT - light) / (255 - light);
  return `#${channels
    .map((c) =>
      Math.round(c + (255 - c) * share)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}

function ground(colour, theme) {
  return colour === undefined || WHITE.test(colour) ? theme.ground : colour;
}

function tableOf() {
  const pairs = Object.keys(THEMES.light).map((key) => [
    THEMES.light[key].toLowerCase(),
    THEMES.dark[key],
  ]);
  return new Map([...pairs, ['rgba(255,255,255,0.7)', 'rgba(23,29,37,0.7)']]);
}

/** A copy with every text that is a colour of the table replaced. */
function turn(node, table) {
  if (typeof node === 'string') return table.get(node.toLowerCase()) ?? node;
  if (Array.isArray(node)) return node.map((item) => turn(item, table));
  if (node && typeof node === 'object')
    return Object.fromEntries(
      Object.entries(node).map(([key, value]) => [key, turn(value, table)]),
    );
  return node;
}
