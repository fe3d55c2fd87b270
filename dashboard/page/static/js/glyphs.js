/* Samples of a look: a marker, a stretch of dashed line, both together. Names are Plotly's. */
import { svg } from './dom.js';

const DASHES = {
  solid: 'none',
  dash: '6 3',
  dot: '1.5 2.5',
  dashdot: '6 2.5 1.5 2.5',
  longdash: '9 3',
  longdashdot: '9 2.5 1.5 2.5',
};

/* Outlines around 0, 0; about 8 high. */
const SHAPES = {
  circle: 'M-3.8 0a3.8 3.8 0 1 1 7.6 0a3.8 3.8 0 1 1 -7.6 0Z',
  square: 'M-3.4 -3.4h6.8v6.8h-6.8Z',
  diamond: 'M0 -4.8 4.8 0 0 4.8 -4.8 0Z',
  'triangle-up': 'M0 -4.2 4.6 3.8H-4.6Z',
  cross: 'M-1.6 -4.4h3.2v2.8h2.8v3.2h-2.8v2.8h-3.2v-2.8h-2.8v-3.2h2.8Z',
  star: 'M0 -5l1.5 3.3 3.6.4-2.7 2.4.8 3.6L0 2.9-3.2 4.7l.8-3.6-2.7-2.4 3.6-.4Z',
  pentagon: 'M0 -4.6 4.7 -1.1 2.9 4.4H-2.9L-4.7 -1.1Z',
  hexagon: 'M-2.4 -4.1h4.8L4.8 0l-2.4 4.1h-4.8L-4.8 0Z',
};

/** The dash pattern as SVG has it. */
const strokeOf = (dash) => DASHES[dash] ?? 'none';

/** A marker around (x, y), as an element within an SVG. */
function markerAt(name, colour, x, y) {
  const [shape, filling] = split(name);
  const place = `translate(${x} ${y})`;
  const outline = { d: SHAPES[shape], transform: place, stroke: colour, 'stroke-width': 1.4 };
  const hollow = filling.startsWith('open');
  const body = svg('path', { ...outline, fill: hollow ? 'var(--card)' : colour });
  const ink = hollow ? colour : 'var(--card)';
  const dot = filling.endsWith('dot') && svg('circle', { r: 1.4, transform: place, fill: ink });
  return svg('g', { class: 'marker' }, body, dot);
}

function split(name) {
  const [, shape, filling = ''] = name.match(/^(.*?)(?:-(open|open-dot|dot))?$/);
  return [shape in SHAPES ? shape : 'circle', filling];
}

const box = (width, ...children) =>
  svg(
    'svg',
    { viewBox: `0 0 ${width} 12`, width, height: 12, 'aria-hidden': 'true', class: 'glyph' },
    ...children,
  );

export function marker(name, colour = 'currentColor') {
  return box(12, markerAt(name, colour, 6, 6));
}

export function dashSample(name) {
  const line = { d: 'M0 6h24', stroke: 'currentColor', 'stroke-width': 2, fill: 'none' };
  return box(24, svg('path', { ...line, 'stroke-dasharray': strokeOf(name) }));
}

/** A piece of a run's line with its marker; a run without a colour of its own is grey. */
export function sample({ colour, dash, marker: name, grey }, width = 34) {
  const ink = grey ? 'var(--soft)' : colour;
  const ends = { x1: 1, x2: width - 1, y1: 6, y2: 6 };
  const line = svg('line', { ...ends, stroke: ink, 'stroke-width': 2 });
  line.setAttribute('stroke-dasharray', strokeOf(dash));
  return box(width, line, markerAt(name, ink, width / 2, 6));
}
