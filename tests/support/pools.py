"""Pools of real workers: their jobs, and waiting until runs begin and end."""

from dashboard.record.reader import Record
from tests.support import paced
from tests.support.few import few_file
from tests.support.launching import until
from tests.support.reading import add_runs
from trainers.config import RunConfig
from trainers.local.handle import Failure
from trainers.local.means import Setup
from trainers.local.orders import Job
from trainers.local.pool import Pool

PACED = paced.CHOICES.format(pause_s=0.005)


def on_cpu(record: Record, choices: str = PACED, stack: bool = False) -> Setup:
    """A worker that knows the data set `few`, and what else the choices say."""
    file = few_file(record.folder.parent, choices)
    return Setup(record.folder, None, "cpu", stack=stack, choices=file)


def jobs_of(record: Record, **configs: RunConfig) -> list[Job]:
    jobs = [Job(name, config.as_dict()) for name, config in configs.items()]
    add_runs(record, [(job.name, job.settings) for job in jobs])
    return jobs


def drain(pool: Pool, within_s: float = 60.0) -> list[Failure]:
    failures: list[Failure] = []

    def ended() -> bool:
        failures.extend(pool.watch())
        return not pool.busy()

    until(ended, within_s, "the end of all runs")
    return failures


def begin(pool: Pool, record: Record, *names: str) -> None:
    """Wait until these runs make their first steps."""

    def begun() -> bool:
        assert pool.watch() == []
        return all(run.total_steps for run in record.runs() if run.name in names)

    until(begun, 60, "the first steps")


def state_of(record: Record, name: str) -> str:
    return next(run.state for run in record.runs() if run.name == name)


SHORT = RunConfig(dataset="few", epochs=1, lr=0.1, batch_size=50, hidden=(16,))
ENDLESS = RunConfig(
    dataset="few", epochs=10_000, lr=0.001, batch_size=2, hidden=(16,), activation="paced"
)
"""It waits more than it works: what is looked at meanwhile has the cores."""
