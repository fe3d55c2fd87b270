/* Puts elements into an order within their parent. Knows nothing of what they are. */

/** Make these the only children, moving few where few have changed their place. */
export function inOrder(parent, elements) {
  const members = new Set(elements);
  for (const child of [...parent.children]) if (!members.has(child)) child.remove();
  let next = parent.firstChild;
  for (const element of elements) {
    if (next && next !== element && next.nextSibling === element) {
      parent.append(next); // it went down; its own turn comes
      next = element;
    }
    if (next === element) next = next.nextSibling;
    else parent.insertBefore(element, next);
  }
}

/** Make these the first children, moving only what stands elsewhere; the others stay behind them. */
export function standFirst(parent, elements) {
  elements.forEach((child, i) => {
    if (parent.children[i] !== child) parent.insertBefore(child, parent.children[i] ?? null);
  });
}
