/* ICONS: small drawings for buttons, in the colour of the text around them; the button names itself. */
import { svg } from './dom.js';

const LINE = {
  fill: 'none',
  stroke: 'currentColor',
  'stroke-width': 1.6,
  'stroke-linecap': 'round',
  'stroke-linejoin': 'round',
};

const ICONS = {
  info: ['M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4Z', 'M8 7.3v3.7', 'M8 4.9v.2'],
  help: [
    'M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4Z',
    'M6.2 6.3a1.8 1.8 0 1 1 2.6 1.6c-.5.3-.8.6-.8 1.3',
    'M8 11.3v.2',
  ],
  stop: ['M4 4h8v8H4z'],
  more: ['M3.5 8v.1', 'M8 8v.1', 'M12.5 8v.1'],
  left: ['M10 3 5 8l5 5'],
  right: ['M6 3l5 5-5 5'],
  play: ['M5 3v10l8-5Z'],
  pause: ['M5.5 3.5v9', 'M10.5 3.5v9'],
  reset: ['M3.2 8a4.9 4.9 0 1 0 1.6-3.6L3 6', 'M3 2.6V6h3.4'],
  close: ['M3.5 3.5l9 9', 'M12.5 3.5l-9 9'],
  edit: ['M2 2.5h5v5H2z', 'M9.5 2.5H14v5H9.5z', 'M2 10h5v3.5H2z', 'M9.5 10H14v3.5H9.5z'],
  sun: [
    'M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6Z',
    'M8 1.4v1.2M8 13.4v1.2M1.4 8h1.2M13.4 8h1.2M3.3 3.3l.9.9M11.8 11.8l.9.9M3.3 12.7l.9-.9M11.8 4.2l.9-.9',
  ],
  moon: ['M13.4 9.6A5.7 5.7 0 0 1 6.4 2.6a5.7 5.7 0 1 0 7 7Z'],
  half: ['M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4Z', 'M8 2v12M10.5 2.6v10.8M12.7 4.3v7.4'],
};

export function icon(name) {
  const paths = ICONS[name].map((d) => svg('path', { d, ...LINE }));
  return svg(
    'svg',
    { viewBox: '0 0 16 16', width: 16, height: 16, 'aria-hidden': 'true', class: 'icon' },
    ...paths,
  );
}
