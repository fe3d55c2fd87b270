/* What can be done with a plot, in its window's bar: reset the zoom, keep it as a picture; and what
 * could not be done. */
import { h, setText } from './dom.js';

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
  const note = h('span', { class: 'plot-note', hidden: true });
  return {
    elements: [note, reset, save('svg'), save('png')],
    update: () => (reset.hidden = !view.own || !view.zoomed),
    /** Say why the plot is not as the person chose; '' where it is. */
    say(text) {
      note.hidden = !text;
      setText(note, text);
    },
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
