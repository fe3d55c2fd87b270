/* The colour of a result, and ink that can be read on it. Pure.
 *
 * Accuracies are coloured by their error on a log scale: 0.98 and 0.99 differ as 0.80 and 0.90 do;
 * other metrics between the worst and the best there is. The best stand out most from the page: dark
 * on a light one (as in dashboard/windows/style.py), light on a dark one. */

const LIGHT = ['#F7FBFF', '#DCEAF6', '#BBD8EC', '#86BEDA', '#4B98C9', '#1F6FB2', '#08306B'];
const DARK = ['#1C2530', '#1B344D', '#1C4A72', '#2A6BA0', '#4B98C9', '#8CC4E8', '#E3F2FD'];
// Lines need to be seen on the bare page, so theirs begin further in.
const LINES = {
  light: ['#B9C4CF', '#6FA8CF', '#1F6FB2', '#08306B'],
  dark: ['#4A5563', '#3F7FB0', '#7CC0EE', '#E3F2FD'],
};
const BEST_ERROR = 0.005;
export const LOG_FROM = 100; // numbers that span more than two decades stand on a log scale

/**
 * A function from a result to its place in [0, 1], from the worst to the best. Of accuracies: between
 * "all wrong" and an error of half a percent; else between the results there are, on a log scale
 * where they span more than two decades.
 */
export function placesOf({ goal, share }, results) {
  if (share) return placeOfAccuracy;
  const [low, high] = [Math.min(...results), Math.max(...results)];
  if (!(high > low)) return () => 1;
  const size = low > 0 && high / low > LOG_FROM ? Math.log : (value) => value;
  const place = (value) => (size(value) - size(low)) / (size(high) - size(low));
  return goal === 'max' ? place : (value) => 1 - place(value);
}

function placeOfAccuracy(accuracy) {
  const error = Math.min(1, Math.max(BEST_ERROR, 1 - accuracy));
  return Math.log(error) / Math.log(BEST_ERROR);
}

/** The ground of a cell whose result stands at this place. */
export function resultColour(place, dark = false) {
  return mixed(dark ? DARK : LIGHT, place);
}

/** The colour of a line at this place in [0, 1] from the worst to the best. */
export function lineColour(place, dark = false) {
  return mixed(dark ? LINES.dark : LINES.light, place);
}

/** Black or white, whichever is easier to read on a colour (at least 4.5 : 1). */
export function inkOn(ground) {
  return contrast('#000000', ground) >= contrast('#FFFFFF', ground) ? '#000000' : '#FFFFFF';
}

/** The contrast ratio of two colours, in [1, 21] (WCAG 2.1). */
export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function mixed(scale, place) {
  const at = Math.min(1, Math.max(0, place)) * (scale.length - 1);
  const i = Math.min(Math.floor(at), scale.length - 2);
  const [low, high] = [rgb(scale[i]), rgb(scale[i + 1])];
  const channels = low.map((a, k) => Math.round(a + (high[k] - a) * (at - i)));
  return `#${channels
    .map((value) => value.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()}`;
}

function luminance(colour) {
  const [r, g, b] = rgb(colour).map((value) => {
    const c = value / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function rgb(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}
