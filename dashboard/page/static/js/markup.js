/* The little Markdown of our sentences, `code` and *emphasis*, as elements; nothing else means anything. */
import { h } from './dom.js';

/** [{kind: 'text' | 'code' | 'em', text}]. Pure. */
export function pieces(sentence) {
  return [...String(sentence).matchAll(/`([^`]+)`|\*([^*\s](?:[^*]*[^*\s])?)\*|[^`*]+|[`*]/g)].map(
    ([all, code, emphasis]) => {
      if (code !== undefined) return { kind: 'code', text: code };
      if (emphasis !== undefined) return { kind: 'em', text: emphasis };
      return { kind: 'text', text: all };
    },
  );
}

/** The same as nodes that can be appended. */
export function markup(sentence) {
  return pieces(sentence).map(({ kind, text }) => (kind === 'text' ? text : h(kind, {}, text)));
}
