/* Asks the launcher, by way of the record, to act on runs; and hears what became of it.
 *
 * The launcher alone decides and acts; here a request is sent once, under a key of its own, and its
 * answer waited for. Which buttons there are, and what they say, is others'. */
import { byExperiment } from './acts.js';

const ADDRESS = '/trainboard/api/requests';
const AGAIN_MS = 400; // until an open request is asked after again
const MOST_TRIES = 8; // of sending it, when the line is cut
const MOST_LOOKS = 50; // in a row without a server, for what has been sent

/** {ask(act, runs, details), requests(experiment), hear(listener), look(experiment, run)}. */
export function startAsking(fetcher = fetch) {
  const lastAnswers = new Map(); // experiment -> {launcher, requests, removed}
  const listeners = new Set();
  const tell = (event) => {
    for (const listener of listeners) listener(event);
  };

  /** Ask what was asked of an experiment, by whomever; and where a run of it can be forked. */
  async function look(experiment, run = '') {
    const query = new URLSearchParams(run ? { experiment, run } : { experiment });
    const answer = await fetcher(`${ADDRESS}?${query}`);
    if (!answer.ok) return lastAnswers.get(experiment);
    lastAnswers.set(experiment, await answer.json());
    return lastAnswers.get(experiment);
  }

  /** Ask for one thing of the runs of one experiment; {state, answer}. */
  async function one(experiment, act, runs, details) {
    const key = crypto.getRandomValues(new Uint32Array(4)).join('-').slice(0, 40);
    const reply = await send(fetcher, { experiment, act, runs, details, key });
    if (!reply.ok)
      return { act, state: 'refused', answer: await reply.text(), status: reply.status };
    for (let failures = 0; ; ) {
      try {
        await look(experiment);
        failures = 0;
      } catch (why) {
        failures += 1;
        if (failures >= MOST_LOOKS) throw why;
      }
      const { requests } = lastAnswers.get(experiment) ?? { requests: [] };
      const own = requests.find((request) => request.key === key);
      if (own && (own.state === 'done' || own.state === 'refused')) return own;
      await pause(AGAIN_MS);
    }
  }

  return {
    look,
    requests: (experiment) => lastAnswers.get(experiment) ?? { requests: [], removed: [] },
    hear: (listener) => listeners.add(listener),
    /** Ask for an act on runs, as the model has them; beside: an experiment, where no run is meant. */
    async ask(act, runs, details = {}, beside = '') {
      const groups = runs.length ? [...byExperiment(runs)] : [[beside, []]];
      tell({ kind: 'asked', act, runs });
      const answers = await Promise.all(
        groups.map(([experiment, names]) =>
          one(experiment, act, names, details).catch((why) => ({
            act,
            state: 'refused',
            answer: `The server could not be asked: ${why.message}.`,
          })),
        ),
      );
      tell({ kind: 'answered', act, runs, answers });
      return answers;
    },
  };
}

/** Send it; again when the line was cut, which is harmless: its key makes it one request. */
async function send(fetcher, body) {
  const request = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
  for (let tries = 1; ; tries += 1) {
    try {
      return await fetcher(ADDRESS, request);
    } catch (why) {
      if (tries >= MOST_TRIES) throw why;
      await pause(AGAIN_MS * tries);
    }
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
