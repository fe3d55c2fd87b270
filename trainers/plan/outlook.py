"""What a plan will be like to train, before anything is: what stacks, and how long it may take.

Reads the plan and what runs that are recorded here took. Where there are none it makes a few steps
on noise, a fraction of a second; no data set is looked at and nothing is written.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.record.read_only import open_to_read
from dashboard.record.rows import Run
from dashboard.record.schema import RecordError, recorded
from trainers.build import build_for
from trainers.config import RunConfig
from trainers.plan.cores import before
from trainers.plan.plan import Plan
from trainers.stack.grouping import stacks
from trainers.tables.datasets import entry_of

if TYPE_CHECKING:
    import torch
else:
    from trainers.tables.late import torch

ALIKE = ("dataset", "model", "hidden", "batch_size")
"""Settings in which runs must agree for the time of one to tell that of another."""
MOST_LOOKED = 20  # experiments, those written to last
MOST_TRIED = 6  # kinds of runs of which steps are made
MOST_WEIGHTS = 5_000_000  # of a model of which steps are made, and numbers of a batch
STEPS = 5
SMALL = 1e-6  # a learning rate
ALL_ELSE = 2.0
"""So much longer than its bare steps a run takes at most: evaluations, statistics, models kept."""

Seconds = dict[str, float]  # of an epoch, by the kind of run


def stacked(plan: Plan) -> str:
    """A sentence about which runs are trained together."""
    groups = [group for group in stacks(plan.jobs) if len(group) > 1]
    together = f"{sum(map(len, groups))} of {len(plan.jobs)} runs"
    in_stacks = f"{len(groups)} stack{'s' * (len(groups) != 1)}"
    if not groups:
        return "no runs stack: each trains by itself"
    if plan.stack or any(device.startswith("cuda") for device in plan.devices):
        return f"{together} train together, as {in_stacks} where the memory is enough"
    return f"each run trains by itself; with --stack {together} would train together in {in_stacks}"


def duration_text(plan: Plan, runs_dir: Path, text_of: Callable[[float], str]) -> str:
    """A sentence about how long the plan takes if all of it is trained. text_of: of seconds."""
    if plan.stack or plan.devices[0] != "cpu":
        where = "in a stack" if plan.stack else f"on {plan.devices[0]}"
        return f"how long it takes is not known before it trains {where}"
    kinds = {kind_of(job.settings): RunConfig.from_dict(job.settings) for job in plan.jobs}
    seconds = recorded_seconds(runs_dir, set(kinds), plan.threads)
    if kinds.keys() <= seconds.keys():
        return f"it may take about {text_of(_total_s(plan, seconds))}, as runs like these took here"
    others = {kind: config for kind, config in kinds.items() if kind not in seconds}
    trial_seconds = tried_seconds(others, plan.threads) if len(others) <= MOST_TRIED else {}
    if others.keys() - trial_seconds.keys():
        return f"how long it takes is not known: no run like these has ended in {runs_dir} yet"
    least_s = _total_s(plan, seconds | trial_seconds)
    return (
        f"it may take {text_of(least_s)} to {text_of(ALL_ELSE * least_s)}, by the time of some "
        "steps just now"
    )


def _total_s(plan: Plan, seconds: Seconds) -> float:
    """For the whole plan: its workers share the runs, and none is shorter than its longest run."""
    runs_s = [seconds[kind_of(job.settings)] * float(job.settings["epochs"]) for job in plan.jobs]
    return max(sum(runs_s) / min(len(plan.devices), len(runs_s)), *runs_s)


def kind_of(settings: Mapping[str, Any]) -> str:
    return json.dumps([settings.get(key) for key in ALIKE])


def recorded_seconds(runs_dir: Path, kinds: set[str], threads: int = 1) -> Seconds:
    """Of each kind of run that is recorded, what the newest one took for an epoch, with so many
    threads.
    """
    seconds: Seconds = {}
    for run in _runs(runs_dir, threads):
        kind = kind_of(run.config)
        if kind in kinds and kind not in seconds and (epoch_s := _epoch_s(run)):
            seconds[kind] = epoch_s
        if kinds <= seconds.keys():
            break
    return seconds


def _runs(runs_dir: Path, threads: int) -> Iterator[Run]:
    """The runs that our own launcher trained one by one, with so many threads, those of the newest
    experiment first.
    """
    for name in recorded(runs_dir)[:MOST_LOOKED]:
        try:
            with closing(open_to_read(runs_dir / name)) as record:
                command, each = record.settings.get("command"), before(record.settings)["each"]
                runs = record.runs() if isinstance(command, list) and each == threads else []
        except RecordError:
            continue
        if isinstance(command, list) and "--stack" not in command:
            yield from runs


def _epoch_s(run: Run) -> float:
    """The seconds of an epoch, of a run that was trained in one go; else 0."""
    if run.state != "done" or run.attempt or not (run.started_s and run.ended_s):
        return 0.0
    epochs = run.total_steps / run.steps_per_epoch if run.steps_per_epoch else 0.0
    return (run.ended_s - run.started_s) / epochs if epochs else 0.0


def tried_seconds(configs: Mapping[str, RunConfig], threads: int = 1) -> Seconds:
    """Of each kind of run, what the bare steps of an epoch take here; not of all it is known."""
    seconds = {}
    for kind, config in configs.items():
        samples = entry_of(config.dataset).train_samples
        step_s = _step_s(config, threads) if samples else 0.0
        if step_s:
            seconds[kind] = step_s * math.ceil(samples / config.batch_size)
    return seconds


def _step_s(config: RunConfig, threads: int) -> float:
    """The seconds of a step on noise, by the threads of a worker; 0 for a large one."""
    model, shape = build_for(config), entry_of(config.dataset).input_shape
    weights = sum(p.numel() for p in model.parameters())
    if weights > MOST_WEIGHTS or config.batch_size * math.prod(shape) > MOST_WEIGHTS:
        return 0.0
    x = torch.rand(config.batch_size, *shape)
    own = torch.get_num_threads()
    torch.set_num_threads(threads)
    times_s = []
    try:
        for _ in range(STEPS):
            began_s = time.perf_counter()
            model.zero_grad()
            model(x).square().mean().backward()
            with torch.no_grad():  # torch.optim would take a second to begin
                for weight in model.parameters():
                    if weight.grad is not None:
                        weight.sub_(weight.grad, alpha=SMALL)
            times_s.append(time.perf_counter() - began_s)
    finally:
        torch.set_num_threads(own)
    return sorted(times_s)[STEPS // 2]
