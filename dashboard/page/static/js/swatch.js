/* A run's look as a small picture: a piece of its line with its marker. */
import { svg } from './dom.js';

const WIDTH = 34;
const HEIGHT = 14;
const RADIUS = 4;
const STROKES = {
  solid: null, dash: '6 3', dot: '1.5 3', dashdot: '6 2.5 1.5 2.5', longdash: '10 3', longdashdot: '10 2.5 1.5 2.5',
};

/** {element, show(look)}; look: {colour, dash, marker, grey}. */
export function swatch() {
  const line = svg('line', { x1: 1, x2: WIDTH - 1, y1: HEIGHT / 2, y2: HEIGHT / 2, 'stroke-width': 2 });
  const marker = svg('path', { transform: `translate(${WIDTH / 2} ${HEIGHT / 2})` });
  const element = svg(
    'svg',
    { class: 'swatch', width: WIDTH, height: HEIGHT, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, 'aria-hidden': 'true' },
    line,
    marker,
  );
  let shown = '';
  return {
    element,
    show(look) {
      const text = `${look.colour} ${look.dash} ${look.marker} ${look.grey}`;
      if (text === shown) return;
      shown = text;
      const colour = look.grey ? 'var(--soft)' : look.colour;
      line.style.stroke = colour;
      line.setAttribute('stroke-dasharray', STROKES[look.dash] ?? 'none');
      marker.style.fill = colour;
      marker.setAttribute('d', outline(look.marker));
    },
  };
}

/** The outline of a marker around 0, 0. */
function outline(marker) {
  const r = RADIUS;
  const square = (size) => `M${-size} ${-size}H${size}V${size}H${-size}Z`;
  switch (marker) {
    case 'square': return square(r - 0.5);
    case 'diamond': return polygon(4, r + 1);
    case 'triangle-up': return polygon(3, r + 1);
    case 'cross': return `M-1.5 ${-r}H1.5V-1.5H${r}V1.5H1.5V${r}H-1.5V1.5H${-r}V-1.5H-1.5Z`;
    case 'star': return polygon(10, r + 1, 0.45);
    case 'pentagon': return polygon(5, r + 0.5);
    case 'hexagon': return polygon(6, r + 0.5);
    default: return `M${-r} 0A${r} ${r} 0 1 1 ${r} 0A${r} ${r} 0 1 1 ${-r} 0Z`;
  }
}

/** A regular polygon, its first corner up; every other corner so far inside as `inner` says. */
function polygon(corners, radius, inner = 1) {
  const points = Array.from({ length: corners }, (_, i) => {
    const angle = (2 * Math.PI * i) / corners - Math.PI / 2;
    const r = i % 2 ? radius * inner : radius;
    return `${(r * Math.cos(angle)).toFixed(2)} ${(r * Math.sin(angle)).toFixed(2)}`;
  });
  return `M${points.join('L')}Z`;
}
