/* Calls a function at most some times a second, always with the last value: a browser takes only so
 * many changes of its address. */

const EVERY_MS = 160;

/** The first call passes at once, later ones when their time has come; `.now(value)` does not wait. */
export function slowly(call, everyMs = EVERY_MS) {
  let timer = null;
  let next = null; // [value]
  const pass = () => {
    timer = null;
    if (!next) return;
    const [value] = next;
    next = null;
    timer = setTimeout(pass, everyMs);
    call(value);
  };
  const slow = (value) => {
    next = [value];
    if (timer === null) pass();
  };
  slow.now = (value) => {
    clearTimeout(timer);
    next = [value];
    pass();
  };
  return slow;
}
