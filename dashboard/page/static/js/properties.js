/* Properties: a stock client's editable values, sent back to it as Visdom's own page does. */
import { h } from './dom.js';

export function createProperties(app) {
  const element = h('div', { class: 'properties' });
  let last = '';
  return {
    element,
    update(packet) {
      const text = packet && JSON.stringify(packet.content);
      if (!packet || text === last) return;
      last = text;
      const index = [...element.querySelectorAll('input, select, button')].indexOf(
        document.activeElement,
      );
      const send = (propertyId, value) =>
        app.send(changeOf(packet.id, app.environment, propertyId, value));
      element.replaceChildren(
        ...packet.content.map((property, i) =>
          row(property, `${packet.id}-${i}`, (value) => send(i, value)),
        ),
      );
      if (index >= 0) element.querySelectorAll('input, select, button')[index]?.focus();
    },
  };
}

/** The message that tells the window's owner of a changed value. Pure. */
export function changeOf(target, eid, propertyId, value) {
  return {
    cmd: 'forward_to_vis',
    data: { event_type: 'PropertyUpdate', target, eid, propertyId, value },
  };
}

function row(property, id, send) {
  if (property.type === 'button')
    return h(
      'div',
      { class: 'property' },
      h('span', {}, property.name),
      h('button', { type: 'button', onclick: () => send('clicked') }, property.value),
    );
  const control = controlOf(property, send);
  control.id = id;
  return h('div', { class: 'property' }, h('label', { for: id }, property.name), control);
}

function controlOf({ type, value, values = [] }, send) {
  if (type === 'checkbox') {
    const box = h('input', { type: 'checkbox', onchange: () => send(box.checked) });
    box.checked = Boolean(value);
    return box;
  }
  if (type === 'select') {
    const select = h(
      'select',
      { onchange: () => send(Number(select.value)) },
      ...values.map((name, i) => h('option', { value: i }, name)),
    );
    select.value = value;
    return select;
  }
  const input = h('input', {
    type: type === 'number' ? 'number' : 'text',
    step: 'any',
    onchange: () => send(input.value),
  });
  input.value = value ?? '';
  return input;
}
