/* Why a run is judged as it is: cause and meaning, what to try, the numbers, a link into the atlas.
 *
 * Says what the verdict of the model holds (dashboard/windows/why.py); judges nothing. */
import { h } from './dom.js';

/** Cause, number and meaning as a whole sentence. Pure. */
export function causeText({ evidence }) {
  if (!evidence) return 'No numbers yet.';
  const whole = evidence.charAt(0).toUpperCase() + evidence.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}

/** The address of the window of the atlas that shows the cause, or null. Pure. */
export function lessonAddress({ lesson }) {
  if (!lesson) return null;
  const [environment, window] = lesson;
  return `/env/${encodeURIComponent(environment)}#window-${encodeURIComponent(window)}`;
}

/** The cause, then what to try with the link. */
export function whyWords(verdict) {
  const address = lessonAddress(verdict);
  const link = address && h('a', { href: address }, `Atlas: ${verdict.lesson[2]}`);
  const remedy = verdict.remedy && h('b', {}, `${verdict.remedy.says}.`);
  const second = [remedy, link].filter(Boolean).flatMap((part) => [' ', part]);
  return [
    h('p', { class: 'why-cause' }, causeText(verdict)),
    second.length ? h('p', { class: 'why-try' }, ...second.slice(1)) : null,
  ].filter(Boolean);
}

/** The chain of evidence: what was measured, against which threshold, and whose; null without one. */
export function whyNumbers({ proofs }) {
  if (!proofs?.length) return null;
  const head = ['measured', 'is', 'threshold', 'from'];
  const cell = (text, i) => h('td', { class: i === 1 ? 'why-value' : '' }, text);
  return h(
    'table',
    { class: 'why-numbers' },
    h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)))),
    h('tbody', {}, ...proofs.map((proof) => h('tr', {}, ...proof.map(cell)))),
  );
}
