/* A model as dashboard/windows/page_model.py sends it, with invented numbers. */

/** The model of these runs over settings {key: [values]}; run i differs by `change(run, i)`. */
export function modelOf(settings, change = () => {}, more = {}) {
  const keys = Object.keys(settings);
  const configs = keys.reduce(
    (partial, key) =>
      partial.flatMap((config) => settings[key].map((value) => ({ ...config, [key]: value }))),
    [{}],
  );
  const groupKeys = [];
  const runs = configs.map((config, i) => {
    const name = Object.values(config).join('-');
    const group = JSON.stringify(keys.filter((key) => key !== 'seed').map((key) => config[key]));
    if (!groupKeys.includes(group)) groupKeys.push(group);
    const run = {
      ...RUN,
      number: i + 1,
      name,
      environment: `e_${name}`,
      label: name,
      config,
      group: groupKeys.indexOf(group),
    };
    change(run, i);
    return run;
  });
  const varyingKeys = keys.filter((key) => settings[key].length > 1);
  return {
    kind: 'compare',
    settings: varyingKeys.map((key) => ({
      key,
      text: key,
      values: settings[key].map((value, i) => ({
        value,
        text: String(value),
        colour: i,
        dash: i,
        marker: i,
      })),
    })),
    grid: varyingKeys.filter((key) => key !== 'seed').slice(0, 2),
    metric: { name: 'test_accuracy', text: 'test accuracy', goal: 'max', share: true },
    measures: MEASURES,
    milestones: [0.9],
    baseline: runs[0].name,
    columns: {
      speed: { title: 'images/s', help: 'How fast.' },
      reached: { title: 'steps to {mark}', help: 'When.' },
    },
    runs,
    byName: (name) => runs.find((run) => run.name === name),
    groups: groupKeys.map((_, i) => runs.filter((run) => run.group === i)),
    ...more,
  };
}

const MEASURES = [
  { name: 'test_accuracy', title: 'test acc.', help: '', goal: 'max', published: null },
  { name: 'test_loss', title: 'test loss', help: '', goal: 'min', published: null },
  { name: 'train_loss', title: 'train loss', help: '', goal: 'min', published: null },
];

const RUN = {
  state: 'done',
  error: '',
  step: 900,
  total_steps: 900,
  steps_per_epoch: 300,
  result: 0.9,
  best: 0.95,
  best_step: 600,
  measured: [0.9, 0.3, 0.2],
  reached: {},
  images_per_s: 1000,
  progress: 1,
  eta_s: null,
  seconds: 60,
  silent_s: 0,
  clock: [],
  verdict: { kind: 'healthy', text: 'healthy', evidence: 'It learns.', tone: 'good' },
};
