/* The leaderboard's columns in which seeds tell what is chance: place, dots, difference. Pure.
 *
 * What a column is, and all the others, stands in columns.js. */

import { dotsOf, intervalOf, intervalText, mayBeChance, placeOf } from './intervals.js';
import { difference } from './numbers.js';
import { meanOf, valuesOf } from './results.js';

/** The group's place, shared where seeds cannot tell. */
export const PLACE = {
  key: 'rank',
  title: 'place',
  kind: 'text',
  right: true,
  first: 'up',
  width: 8,
  value: (runs, { model }) => placeOf(runs, model).first,
  cell: (runs, { model }) => placeOf(runs, model),
  exports: [
    ['place from', (runs, { model }) => placeOf(runs, model).first],
    ['place to', (runs, { model }) => placeOf(runs, model).last],
  ],
};

/** The seeds' results as dots on one scale. */
export function seedsColumn(first) {
  return {
    key: 'seeds',
    title: 'seeds',
    kind: 'dots',
    first,
    width: 15,
    value: (runs) => meanOf(runs, 'result'),
    cell: (runs, { scale }) => dotsOf(valuesOf(runs, 'result'), scale),
    exports: [],
  };
}

/** Its sign is that of the numbers; its tone says whether that is better or worse, where the seeds do
 * not say that it may be chance. */
export function deltaColumn(metric, first, several) {
  return {
    key: 'delta',
    kind: 'delta',
    right: true,
    first,
    width: 11,
    value: (runs, { delta }) => delta(runs),
    cell(runs, { delta, paired, baseline, model }) {
      const isBaseline = runs.some((run) => run.name === baseline);
      if (isBaseline) return { text: 'baseline', isBaseline };
      const value = delta(runs);
      const interval = intervalOf(paired?.(runs) ?? [], model?.standing, metric.goal);
      return {
        text: difference(value),
        isBaseline,
        tone: mayBeChance(interval) ? '' : toneOf(value, metric.goal),
        title: intervalText(interval),
      };
    },
    exports: several ? deltaExports(metric) : undefined,
  };
}

function deltaExports({ goal }) {
  const interval = (runs, { paired, model }) => intervalOf(paired(runs), model.standing, goal);
  return [
    ['Δ', (runs, { delta }) => delta(runs)],
    ['Δ low (95 %)', (runs, context) => interval(runs, context)?.low ?? null],
    ['Δ high (95 %)', (runs, context) => interval(runs, context)?.high ?? null],
    ['better on seeds', (runs, context) => interval(runs, context)?.better ?? null],
  ];
}

function toneOf(value, goal) {
  if (!value) return '';
  return value > 0 === (goal === 'max') ? 'good' : 'bad';
}
