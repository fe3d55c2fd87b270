/* JSON Patch (RFC 6902): what Visdom sends when a stock client appends to a window. Pure. */

/** A copy of the document with the operations done in order; only what they touch is copied. */
export function applyPatch(document, operations) {
  return operations.reduce(operate, document);
}

function operate(document, { op, path, value, from }) {
  if (op === 'add') return put(document, steps(path), value, true);
  if (op === 'replace') return put(document, steps(path), value, false);
  if (op === 'remove') return remove(document, steps(path));
  if (op === 'copy') return put(document, steps(path), read(document, steps(from)), true);
  if (op === 'move') {
    const node = read(document, steps(from));
    return put(remove(document, steps(from)), steps(path), node, true);
  }
  return document; // "test": the server has tested
}

function steps(path) {
  return path
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const read = (node, path) => path.reduce((at, step) => at?.[step], node);

const copyOf = (node) => (Array.isArray(node) ? [...node] : { ...node });

function put(node, [step, ...rest], value, insert) {
  if (step === undefined) return value;
  const copy = copyOf(node);
  if (rest.length) copy[step] = put(node[step], rest, value, insert);
  else if (!Array.isArray(copy)) copy[step] = value;
  else if (step === '-') copy.push(value);
  else if (insert) copy.splice(Number(step), 0, value);
  else copy[Number(step)] = value;
  return copy;
}

function remove(node, [step, ...rest]) {
  const copy = copyOf(node);
  if (rest.length) copy[step] = remove(node[step], rest);
  else if (Array.isArray(copy)) copy.splice(Number(step), 1);
  else delete copy[step];
  return copy;
}
