/* What can be done with a plot, in its window's bar: reset the zoom, keep it as a picture. */
import { h } from './dom.js';

const PNG_SCALE = 2; // pixels of the picture a pixel of the page

export function toolsOf(view) {
  const reset = h(
    'button',
    {
      type: 'button',
      class: 'tool',
      hidden: true,
      title: 'Show everything again (double click in the plot)',
      'aria-label': 'Reset the zoom',
      onclick: () => view.reset(),
    },
    '⟲',
  );
  const save = (format) =>
    h(
      'button',
      {
        type: 'button',
        class: 'tool tool-quiet',
        title: `Save this plot as ${format.toUpperCase()}`,
        'aria-label': `Save this plot as ${format.toUpperCase()}`,
        onclick: () => download(view, format),
      },
      format.toUpperCase(),
    );
  return {
    elements: [reset, save('svg'), save('png')],
    update: () => (reset.hidden = !view.own || !view.zoomed),
  };
}

function download(view, format) {
  if (!view.width) return;
  const { width, height } = view.chart._fullLayout;
  const name = `${view.app.environment} ${view.packet.id}`.replace(/[^\w.-]+/g, '_');
  window.Plotly.downloadImage(view.chart, {
    format,
    width,
    height,
    scale: format === 'png' ? PNG_SCALE : 1,
    filename: name,
  });
}
