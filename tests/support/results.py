"""Records of runs that have nothing but results: for tests of what is concluded from them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from tests.support.reading import add_runs, new_record, until_the_test_ends

STEPS = 300


def seeds(values: Sequence[Any], **settings: Any) -> list[tuple[dict[str, Any], Any]]:
    """Runs that differ in the seed, with these results; None: the run waits for its turn."""
    return [({**settings, "seed": seed}, value) for seed, value in enumerate(values)]


def record(
    folder: Path,
    runs: Sequence[tuple[Mapping[str, Any], Any]],
    states: Mapping[int, str] | None = None,
    series: str = "test_accuracy",
) -> Experiment:
    """The experiment of runs given as (settings, result); a result is the value at the end, or
    {step: value, …} of `STEPS` steps, or None for a run that waits.

    states: by the run's place, where it is not "done"; one that is "running" is left open.
    """
    store = new_record(folder)
    names = [
        f"{i}-" + "-".join(str(value) for value in own.values()) for i, (own, _) in enumerate(runs)
    ]
    add_runs(store, [(name, dict(own)) for name, (own, _) in zip(names, runs, strict=True)])
    for i, (name, (_, result)) in enumerate(zip(names, runs, strict=True)):
        if result is None:
            continue
        recorder = Recorder(folder, name)
        recorder.expect(STEPS, STEPS)
        points = result if isinstance(result, dict) else {STEPS: result}
        for step, value in points.items():
            recorder.scalar(series, step, value)
        recorder.flush()
        state = (states or {}).get(i, "done")
        if state == "running":
            until_the_test_ends.callback(recorder.close)
            continue
        recorder.state = state
        recorder.error = "" if state == "done" else f"it was meant to be {state}"
        recorder.close()
    experiment = Experiment(store)
    experiment.poll()
    return experiment
