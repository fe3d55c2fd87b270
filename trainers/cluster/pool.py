"""Runs the Ray engine: the pool's twin for a cluster. Each run or stack is a Ray task.

Where tasks run, how many at once and what a lost node means is Ray's business; here orders are
handed over, messages fetched and ends noticed. The record is written on the launcher's machine
(`trainers.cluster.receiver`), which must be a node of the cluster. Needs `requirements-ray.txt`.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainers.cluster.connect import RayError, connect, first_line
from trainers.local import children
from trainers.local.handle import Failure
from trainers.local.means import Failures
from trainers.local.orders import End, Job
from trainers.model_files import USUAL
from trainers.stack.grouping import BATCH, stacks
from trainers.tables.datasets import entry_of, without_files

LEAST_RETRIES = 3  # of a run whose worker or node was lost
FETCH_TIMEOUT_S = 10.0


@dataclass
class _Task:
    reference: Any
    runs: tuple[str, ...]


class RayPool:
    """Trains the jobs on a Ray cluster; used exactly as `trainers.local.pool.Pool` is.

    folder: the experiment's. device: "auto" uses the cluster's GPUs if it has any, "cpu" none.
    at_once: the most tasks at a time; None leaves that to Ray. choices: a person's own entries.
    """

    least_retries = LEAST_RETRIES
    gave_up = ""
    restarts = sets_rates = False

    def __init__(
        self,
        jobs: Sequence[Job],
        folder: Path,
        address: str,
        device: str = "auto",
        at_once: int | None = None,
        data_dir: Path | None = None,
        choices: Path | None = None,
        stack: bool = False,
        keep: tuple[str, ...] = USUAL,
    ) -> None:
        children.close()  # no local worker will be born
        self._ray = connect(address)
        from trainers.cluster.mailbox import Mailbox
        from trainers.cluster.receiver import Receiver

        gpus = self._ray.cluster_resources().get("GPU", 0) if device != "cpu" else 0
        if device.startswith("cuda") and not gpus:
            raise RayError(f"--device {device}: the Ray cluster has no GPU")
        self._gpu_share = min(1.0, gpus / at_once) if gpus and at_once else float(gpus > 0)
        self._stack = stack or gpus > 0
        self._at_once, self._keep = at_once, keep
        self._jobs = {job.name: job for job in jobs}
        self.size = max(1, at_once or int(gpus or self._ray.cluster_resources().get("CPU", 1)))
        self.batch = BATCH if self._stack else 1
        self.queue = deque(self._parts(jobs))
        self._tasks: list[_Task] = []
        self._data_dir = data_dir
        self._data: dict[str, Any] = {}
        self._facts: dict[str, Any] = {}
        self._share_data(jobs)
        self._choices = (choices.name, choices.read_text()) if choices else None
        self._receiver = Receiver(folder)
        self._mailbox = Mailbox.options(scheduling_strategy=self._here()).remote()
        self._fetch_reference: Any = None

    def __enter__(self) -> RayPool:
        self.start()
        return self

    def __exit__(self, *why: object) -> None:
        self.stop(timeout_s=0.0)

    def start(self) -> None:
        """Hand over the first orders."""
        self._hand_over()

    def watch(self) -> list[Failure]:
        """Write what tasks have sent, collect ended ones. Returns the failures since last time."""
        try:
            return self._watch()
        except self._ray.exceptions.RayError as why:
            runs = [run for task in self._tasks for run in task.runs]
            runs += [job.name for jobs in self.queue for job in jobs]
            self._tasks.clear()
            self.queue.clear()
            reason = f"the way to the Ray cluster was lost ({type(why).__name__})"
            return [Failure(run, reason, retryable=False) for run in runs]

    def _watch(self) -> list[Failure]:
        self._fetch()
        ready: list[Any] = []
        if self._tasks:
            references = [task.reference for task in self._tasks]
            ready, _ = self._ray.wait(references, num_returns=len(references), timeout=0)
        if ready:
            self._fetch(wait=True)  # a task's last messages were in the mailbox before it ended
        ended_tasks = [task for task in self._tasks if task.reference in ready]
        self._tasks = [task for task in self._tasks if task.reference not in ready]
        self._hand_over()
        return [failure for task in ended_tasks for failure in self._failures(task)]

    def rest(self, timeout_s: float) -> None:
        """A short while: nothing tells of itself that a task has ended."""
        time.sleep(timeout_s)

    def add(self, jobs: Sequence[Job]) -> None:
        """Train these too, after those that wait; they are queued in the record."""
        self._jobs |= {job.name: job for job in jobs}
        self._share_data(jobs)
        self.queue.extend(self._parts(jobs))
        self._hand_over()

    def end(self, run: str, state: str, reason: str = "") -> bool:
        """Have the task that trains a run end it so, as soon as it hears of it; as `Pool.end`."""
        if any(run in task.runs for task in self._tasks):
            end = End(run, state, reason)
            self._mailbox.tell_to_end.remote(self._receiver.attempt(run), end)
            return True
        parts = [[job for job in jobs if job.name != run] for jobs in self.queue]
        self.queue = deque(jobs for jobs in parts if jobs)
        return False

    def set_rate(self, run: str, lr: float, key: str) -> None:
        """No task hears of a rate: see `sets_rates`."""

    def again(self, run: str) -> None:
        """Train the run of a lost task once more, before those that wait."""
        self.queue.appendleft([self._jobs[run]])
        self._hand_over()

    def busy(self) -> bool:
        """Whether a run is being trained or still waits."""
        return bool(self.queue or self._tasks)

    def stop(self, timeout_s: float = 3.0) -> None:
        """Ask all tasks to end at their next look, wait, end those that do not, and leave Ray."""
        if not self._ray.is_initialized():
            return
        self.queue.clear()
        with contextlib.suppress(self._ray.exceptions.RayError):  # the cluster may be gone
            self._stop_tasks(time.monotonic() + timeout_s)
        self._receiver.close()
        self._ray.shutdown()

    def _stop_tasks(self, deadline_s: float) -> None:
        self._mailbox.tell_to_stop.remote()
        for task in self._tasks:
            if not any(self._receiver.begun(run) for run in task.runs):
                self._ray.cancel(task.reference, force=True)
        while self._tasks and time.monotonic() < deadline_s:
            self.watch()
            time.sleep(0.05)
        for task in self._tasks:
            self._ray.cancel(task.reference, force=True)
        self._fetch(wait=True)
        self._ray.kill(self._mailbox)

    def _hand_over(self) -> None:
        while self.queue and (self._at_once is None or len(self._tasks) < self._at_once):
            jobs = self.queue.popleft()
            self._tasks.append(_Task(self._submit(jobs), tuple(job.name for job in jobs)))

    def _submit(self, jobs: Sequence[Job]) -> Any:
        from trainers.cluster.task import Order, carry_out

        checkpoints = {job.name: self._receiver.checkpoint(job.name) for job in jobs}
        order = Order(
            jobs=list(jobs),
            device="cuda:0" if self._gpu_share else "cpu",  # Ray shows a task its own GPU only
            stack=self._stack,
            mailbox=self._mailbox,
            data=self._data,
            facts=self._facts,
            attempts={job.name: self._receiver.new_attempt(job.name) for job in jobs},
            checkpoints={name: content for name, content in checkpoints.items() if content},
            choices=self._choices,
            keep=self._keep,
        )
        remote = self._ray.remote(num_cpus=1, num_gpus=self._gpu_share, max_retries=0)(carry_out)
        return remote.options(name=", ".join(job.name for job in jobs)[:80]).remote(order)

    def _fetch(self, *, wait: bool = False) -> None:
        """Bring messages from the mailbox to the receiver, unless some wait there to be written."""
        if not self._receiver.work():
            return
        self._fetch_reference = self._fetch_reference or self._mailbox.fetch.remote()
        ready, _ = self._ray.wait([self._fetch_reference], timeout=FETCH_TIMEOUT_S if wait else 0)
        if ready:
            self._receiver.put(self._ray.get(self._fetch_reference))
            self._fetch_reference = None
            self._receiver.work()
            if wait:
                self._fetch_rest()

    def _fetch_rest(self) -> None:
        # The fetch above may have been under way before the last messages came.
        self._receiver.put(self._ray.get(self._mailbox.fetch.remote(), timeout=FETCH_TIMEOUT_S))
        self._receiver.work()

    def _failures(self, task: _Task) -> list[Failure]:
        try:
            failures: Failures = self._ray.get(task.reference)
            return [Failure(run, why, retryable=False) for run, why in failures]
        except self._ray.exceptions.TaskCancelledError:
            return []
        except self._ray.exceptions.RayTaskError as why:
            return [Failure(run, first_line(why.cause), retryable=False) for run in task.runs]
        except self._ray.exceptions.RayError as why:
            reason = f"its Ray worker was lost ({type(why).__name__})"
            return [Failure(run, reason, retryable=True) for run in task.runs]

    def _parts(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """What a task gets: stacks where the cluster stacks, else single runs."""
        if not self._stack:
            return [[job] for job in jobs]
        return stacks(jobs, math.ceil(len(jobs) / self.size))

    def _share_data(self, jobs: Sequence[Job]) -> None:
        """Put each data set into the object store, from where a node takes it once."""
        for name in dict.fromkeys(job.settings["dataset"] for job in jobs):
            if name not in self._data:
                entry = entry_of(name)
                self._data[name] = self._ray.put(entry.make(self._data_dir))
                self._facts[name] = without_files(entry)

    def _here(self) -> Any:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        node = self._ray.get_runtime_context().get_node_id()
        return NodeAffinitySchedulingStrategy(node, soft=False)
