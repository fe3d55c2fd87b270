"""Plans the runs from the settings: the devices they go to, and proof that all of it can work.

Everything a person can get wrong about the runs is found here, before anything is started. Making
a plan starts nothing and needs no file of a data set but one that is named with its file;
`Plan.check_data` looks at the others, and fetches them where that is the way, once the plan is to
be trained.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.record.tasks import TASKS
from trainers.build import check_loss, model_bytes, optimizer_for
from trainers.config import ConfigError, RunConfig, grid, run_names
from trainers.local.children import Question
from trainers.local.means import Setup
from trainers.local.orders import Job
from trainers.model_files import ALL, KEEPABLE, NONE, USUAL, megabytes
from trainers.plan.cores import FREE, cores
from trainers.plan.devices import devices_for
from trainers.plan.settings import canonical
from trainers.stack.grouping import what_is_alone
from trainers.tables.augments import check_augment
from trainers.tables.choice import parse
from trainers.tables.datasets import check, entry_of
from trainers.tables.fit import room_bytes
from trainers.tables.norms import NORMS

MOST_RUNS = 4096
ADD_TIMEOUT_S = 5.0  # a launcher that trains should not be away for longer
Sizes = Mapping[tuple[Any, ...], int]
"""The bytes of each different model, by `trainers.build.model_key`."""


@dataclass(frozen=True)
class Plan:
    """What will be trained: named runs in order, and where. devices: one entry for each worker.

    stack: train runs that are alike together on the CPU too; GPUs always do.
    keep: whose models are kept, of `trainers.model_files.KEEPABLE`.
    threads: CPU threads of each worker; fixed: also for runs that had another number before.
    free: those that still train get the cores of those that have ended.
    sizes: asks for the size of every model, which another process may build meanwhile; None: it is
    not asked for yet.
    """

    jobs: list[Job]
    devices: list[str]
    stack: bool = False
    keep: tuple[str, ...] = USUAL
    threads: int = 1
    fixed: bool = False
    free: bool = False
    sizes: Question[Sizes] | None = None

    def sentence(self, experiment: str, cluster: str = "") -> str:
        """The plan in a line: how many runs, on which devices, with how many workers."""
        runs, workers = len(self.jobs), len(self.devices)
        if cluster:
            return f"{experiment}: {runs} run{'s' * (runs != 1)} on the Ray cluster {cluster}"
        devices = ", ".join(dict.fromkeys(self.devices))
        return (
            f"{experiment}: {runs} run{'s' * (runs != 1)} on {devices} "
            f"with {workers} worker{'s' * (workers != 1)}"
            f"{f' of {self.threads} threads' * (self.threads > 1)}"
        )

    @property
    def shares(self) -> dict[str, Any]:
        """What the record keeps of its threads, for whoever goes on with it."""
        return {"each": self.threads, FREE: self.free}

    def crowded(self, threads: int = 0) -> str:
        """That there are fewer cores than threads, where it is so. threads: the most of any run."""
        workers, most = len(self.devices), max(threads, self.threads)
        if set(self.devices) != {"cpu"} or workers * most <= max(workers, cores()):
            return ""
        each = f"{workers} workers of {most} threads" if workers > 1 else f"{most} threads"
        return f"{each} on {cores()} core{'s' * (cores() != 1)}: they wait for each other"

    @property
    def task(self) -> str:
        """What the data ask for: `dashboard.record.tasks`; the same of all runs."""
        return task_of([str(job.settings["dataset"]) for job in self.jobs])

    @property
    def evaluated(self) -> tuple[str, ...]:
        """The series of every run that it can be compared by."""
        return TASKS[self.task].evaluated

    def kept(self) -> str:
        """What is kept of the trained models, and how large that is."""
        size_mb = megabytes(self._configs(), self.keep, self.proved())
        if not size_mb:
            return "no trained model is kept"
        each = " for each evaluation" if ALL in self.keep else ""
        return f"kept of the trained models: {' and '.join(self.keep)}, {size_mb:.3g} MB{each}"

    def proved(self, given_up: Callable[[], object] = lambda: False) -> Sizes:
        """Wait until it is proved that every model can be built. Raises UserError.

        given_up: asked now and then; once it says so NotWaitedForError is raised.
        """
        sizes = self.sizes or Question(model_bytes, self._configs())
        return sizes.answer(given_up)

    def alone(self) -> str:
        """Which runs cannot share a stack, where stacks are trained; empty where all can."""
        if not any(setup.stack for setup in self.setups(Path(), None)):
            return ""
        reasons = Counter(filter(None, (what_is_alone(config) for config in self._configs())))
        if not reasons:
            return ""
        what = ", ".join(f"{count} with {reason}" for reason, count in reasons.items())
        return f"trained one by one, as stacks cannot take them: {what}"

    def _configs(self) -> list[RunConfig]:
        return [RunConfig.from_dict(job.settings) for job in self.jobs]

    def check_data(self, data_dir: Path | None) -> None:
        """Prove that every data set of the runs is there and whole. Raises DatasetError.

        data_dir: the only folder to look in; None looks where each set usually is.
        """
        datasets = (config.dataset for config in self._configs())
        for dataset in dict.fromkeys(datasets):
            check(dataset, data_dir)

    def setups(
        self,
        folder: Path,
        data_dir: Path | None,
        choices: Path | None = None,
        data_gb: float | None = None,
    ) -> list[Setup]:
        """What each worker is told. choices: the file of a person's own entries.

        data_gb: what samples may take of a device; None: of this machine's memory a share of what
        is free now, and of a GPU's what is free when a worker is there.
        """
        return [
            Setup(
                folder,
                data_dir,
                device,
                self.threads,
                self.fixed,
                stack=self.stack or device.startswith("cuda"),
                choices=choices,
                keep=self.keep,
                room=self._room(device, data_gb),
            )
            for device in self.devices
        ]

    def _room(self, device: str, data_gb: float | None) -> int | None:
        """Bytes for the samples of one worker; those on the same device share it evenly."""
        if data_gb is None and device.startswith("cuda"):
            return None
        total = room_bytes() if data_gb is None else int(data_gb * 1e9)
        return total // self.devices.count(device)


def make_plan(
    base: RunConfig,
    choices: Mapping[str, Sequence[Any]],
    device: str = "auto",
    workers: int | None = None,
    stack: bool = False,
    keep: Sequence[str] = USUAL,
) -> Plan:
    """The grid of `choices` on top of `base`, checked. Raises UserError with one sentence.

    Where another process builds the models, what is wrong with one is known from `Plan.proved` on.
    """
    texts = {field: [canonical(field, v) for v in values] for field, values in choices.items()}
    configs = grid(base, texts)
    if len(configs) > MOST_RUNS:
        raise ConfigError(
            f"these choices make {len(configs)} runs; at most {MOST_RUNS} are allowed"
        )
    check_settings(configs)
    task_of([config.dataset for config in configs])
    jobs = [Job(n, c.as_dict()) for n, c in zip(run_names(configs), configs, strict=True)]
    devices, to_keep = devices_for(device, workers, len(jobs)), checked_keep(keep)
    return Plan(jobs, devices, stack, to_keep, sizes=Question(model_bytes, configs))


def plan_rest(
    runs: Sequence[tuple[str, Mapping[str, Any]]],
    device: str = "auto",
    workers: int | None = None,
    stack: bool = False,
    keep: Sequence[str] = USUAL,
) -> Plan:
    """The plan of runs that are recorded already, as (name, settings). Raises UserError."""
    jobs = [Job(name, dict(settings)) for name, settings in runs]
    configs = [RunConfig.from_dict(job.settings) for job in jobs]
    check_settings(configs)
    devices, to_keep = devices_for(device, workers, len(jobs)), checked_keep(keep)
    return Plan(jobs, devices, stack, to_keep, sizes=Question(model_bytes, configs))


def checked_keep(which: Sequence[str]) -> tuple[str, ...]:
    """What --keep says, each word once. Raises ConfigError for what it may not say."""
    words = tuple(dict.fromkeys(which))
    for word in words:
        if word not in KEEPABLE:
            raise ConfigError(f"--keep {word} is not allowed: it must be {', '.join(KEEPABLE)}")
    if NONE in words and len(words) > 1:
        raise ConfigError(f"--keep {' '.join(words)} is not allowed: none goes with nothing else")
    return words


def plan_more(
    beside: Sequence[Mapping[str, Any]],
    there: Mapping[str, Mapping[str, Any]],
    choices: Mapping[str, Sequence[Any]],
) -> list[Job]:
    """Further runs: those whose settings are `beside`, each with other choices.

    there: the settings of every run that there is by its name; none of them is trained twice.
    Raises UserError with one sentence.
    """
    texts = {field: [canonical(field, v) for v in values] for field, values in choices.items()}
    for field, values in texts.items():
        for value in values:
            RunConfig.from_dict({field: value})  # says what is wrong with it
    bases, old = ([RunConfig.from_dict(each) for each in some] for some in (beside, there.values()))
    candidates = dict.fromkeys(config for base in bases for config in grid(base, texts))
    configs = [config for config in candidates if config not in old]
    if not configs:
        raise ConfigError("those runs are there already")
    if len(old) + len(configs) > MOST_RUNS:
        raise ConfigError(f"with these there would be more than {MOST_RUNS} runs")
    check_settings(configs)
    Question(model_bytes, configs, within_s=ADD_TIMEOUT_S).answer()
    task_of([config.dataset for config in (*old, *configs)])
    names = run_names([*old, *configs])[len(old) :]
    names = [n if n not in there else f"{n}-{i}" for i, n in enumerate(names, len(there) + 1)]
    return [Job(name, config.as_dict()) for name, config in zip(names, configs, strict=True)]


def task_of(datasets: Sequence[str]) -> str:
    """The one task of the data sets. Raises ConfigError where they are of several."""
    tasks = {name: entry_of(name).task for name in dict.fromkeys(datasets)}
    if len(set(tasks.values())) > 1:
        each = ", ".join(f"{name} is for {task}" for name, task in tasks.items())
        raise ConfigError(
            f"--dataset {' '.join(tasks)} is not allowed: runs of different tasks have no result "
            f"in common ({each})"
        )
    return next(iter(tasks.values()))


def check_settings(configs: Sequence[RunConfig]) -> None:
    """Raise UserError for settings that cannot go together, as far as no model need be built."""
    pairs = {(config.dataset, config.loss, config.augment): config for config in configs}
    for config in pairs.values():
        check_loss(config)
        check_augment(config.augment, entry_of(config.dataset).input_shape)
    for config in configs:
        _check_batch(config)
        optimizer_for(config)


def _check_batch(config: RunConfig) -> None:
    least = NORMS[parse(config.norm, NORMS, "norm").name].least_batch
    if config.batch_size < least:
        raise ConfigError(
            f"--norm {config.norm} needs at least {least} images a step, not --batch-size "
            f"{config.batch_size}"
        )
