/* Samples of a look, small enough for a chip: a dot of colour, a stretch of dashed line, a marker. */
import { svg } from './dom.js';

/** Plotly's dashes and markers as SVG draws them, in a box 12 high. */
const DASHES = { solid: '', dash: '6 3', dot: '1.5 2.5', dashdot: '6 2.5 1.5 2.5', longdash: '9 3', longdashdot: '9 2.5 1.5 2.5' };
const MARKERS = {
  circle: 'M6 2.2a3.8 3.8 0 1 1 0 7.6a3.8 3.8 0 0 1 0-7.6Z',
  square: 'M2.6 2.6h6.8v6.8H2.6Z',
  diamond: 'M6 1.2 10.8 6 6 10.8 1.2 6Z',
  'triangle-up': 'M6 1.8 10.6 9.8H1.4Z',
  cross: 'M4.4 1.6h3.2v2.8h2.8v3.2H7.6v2.8H4.4V7.6H1.6V4.4h2.8Z',
  star: 'M6 1l1.5 3.3 3.6.4-2.7 2.4.8 3.6L6 8.9 2.8 10.7l.8-3.6L.9 4.7l3.6-.4Z',
  pentagon: 'M6 1.4 10.7 4.9 8.9 10.4H3.1L1.3 4.9Z',
  hexagon: 'M3.6 1.9h4.8L10.8 6l-2.4 4.1H3.6L1.2 6Z',
};

const box = (width, ...children) => svg('svg', { viewBox: `0 0 ${width} 12`, width, height: 12, 'aria-hidden': 'true', class: 'glyph' }, ...children);

export function dot(colour) {
  return box(10, svg('circle', { cx: 5, cy: 6, r: 4.5, fill: colour }));
}

export function dashSample(name) {
  return box(24, svg('path', { d: 'M0 6h24', stroke: 'currentColor', 'stroke-width': 2, 'stroke-dasharray': DASHES[name] || null, fill: 'none' }));
}

export function marker(name) {
  return box(12, svg('path', { d: MARKERS[name] ?? MARKERS.circle, fill: 'currentColor' }));
}
