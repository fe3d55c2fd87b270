"""The pool: starts the worker processes, gives each the next run when it is free, and tells
which failed. Runs can be added and ended while it trains.

Where the processes come from is `trainers.local.children`; what is said to one and heard of it,
`trainers.local.handle`. The pool trains nothing and writes nothing to the record.
"""

from __future__ import annotations

import math
import multiprocessing.connection
import time
from collections import deque
from collections.abc import Sequence

from trainers.local import children
from trainers.local.handle import Failure, WorkerHandle, reason_of
from trainers.local.means import Setup
from trainers.local.orders import End, Job, Rate
from trainers.stack.grouping import BATCH, stacks

MOST_STILLBIRTHS = 10
LONGEST_PAUSE_S = 5.0
BIRTH_TIMEOUT_S = 0.5  # from a worker's first moment until it says who it is
IDLE_S = 5.0  # that a worker without a run is kept, for one that may be added


class Pool:
    """Trains the jobs in order, on each setup one at a time, or one stack if the setup stacks.

    gave_up: why no more workers are started, so that runs are left; empty while all is well.
    size: how many workers there can be. batch: the runs that each had best be given at a time.
    cores: that are shared among the runs that are left; 0: each keeps the threads of its setup.
    """

    least_retries = 0
    restarts = True

    def __init__(self, jobs: Sequence[Job], setups: Sequence[Setup], cores: int = 0) -> None:
        self._in_stacks, self.size = any(setup.stack for setup in setups), max(1, len(setups))
        self.batch = BATCH if self._in_stacks else 1
        self._cores = cores
        self.queue = deque(self._parts(jobs))
        self._jobs = {job.name: job for job in jobs}
        self._free = list(setups)  # each has no worker at the moment
        self._workers: list[WorkerHandle] = []
        self._stillbirths = 0
        self._pause_until_s = 0.0
        self.gave_up = ""
        children.warm()

    def __enter__(self) -> Pool:
        self.start()
        return self

    def __exit__(self, *why: object) -> None:
        self.stop(timeout_s=0.0)

    def start(self) -> None:
        """Start the workers; each gets its first run when it says that it is there."""
        self._hire()

    def watch(self) -> list[Failure]:
        """Hand out runs, collect finished ones; never waits. The failures since last time."""
        failures = []
        for worker in list(self._workers):
            # Asked first: what it said before its end is still in the pipe.
            has_ended = worker.ended()
            failures += self._hear(worker)
            if has_ended:
                failures += self._bury(worker)
            elif worker.is_free():
                self._next_run(worker)
        self._hire()
        if self._cores:
            self._share_cores()
        return failures

    def rest(self, timeout_s: float) -> None:
        """Wait until a worker says something, so that none waits long for its next run."""
        pipes = [worker.pipe for worker in self._workers if not worker.has_hung_up]
        if pipes:
            multiprocessing.connection.wait(pipes, timeout_s)
        else:
            time.sleep(timeout_s)

    def add(self, jobs: Sequence[Job]) -> None:
        """Train these too, after those that wait; they are queued in the record."""
        self._jobs |= {job.name: job for job in jobs}
        self.queue.extend(self._parts(jobs))
        self._hire()

    def end(self, run: str, state: str, reason: str = "") -> bool:
        """Have the worker that trains a run end it so, at its next look; it records that itself.

        False when none trains it: it does not wait any more either, and nobody records its end.
        """
        at_it = [worker for worker in self._workers if run in worker.runs]
        for worker in at_it:
            worker.order(End(run, state, reason))
        if at_it:
            return True
        parts = [[job for job in jobs if job.name != run] for jobs in self.queue]
        self.queue = deque(jobs for jobs in parts if jobs)
        return False

    @property
    def sets_rates(self) -> bool:
        return not self._in_stacks

    def set_rate(self, run: str, lr: float, key: str) -> None:
        """Tell whoever trains the run to learn at this rate from its next step on."""
        for worker in self._workers:
            if run in worker.runs:
                worker.order(Rate(run, lr, key))

    def again(self, run: str) -> None:
        """Train the run of a dead worker once more, before those that wait."""
        self.queue.appendleft([self._jobs[run]])
        self._hire()

    def busy(self) -> bool:
        """Whether a run is being trained, or waits and will be."""
        waits = self.queue and not self.gave_up
        return bool(waits) or any(worker.runs for worker in self._workers)

    def pids(self) -> list[int]:
        """The processes of the workers that are there."""
        return [worker.process.pid for worker in self._workers if worker.is_born]

    def stop(self, timeout_s: float = 3.0) -> None:
        """Ask all workers to end at their next look, wait, and kill the ones that do not."""
        self.queue.clear()
        if not all(worker.is_born for worker in self._workers):
            children.close()  # nobody is born after this: a pipe without a worker hangs up
        for worker in self._workers:
            if not worker.is_born and worker.pipe.poll(BIRTH_TIMEOUT_S):
                self._hear(worker)
            worker.tell_to_stop()
        deadline_s = time.monotonic() + timeout_s
        for worker in self._workers:
            if not (worker.is_born and worker.process.ended(deadline_s - time.monotonic())):
                worker.process.kill()
            worker.pipe.close()
            self._free.append(worker.setup)
        self._workers.clear()

    def _parts(self, jobs: Sequence[Job]) -> list[list[Job]]:
        """What a worker gets at a time: stacks where the setups stack, else single runs."""
        if not self._in_stacks:
            return [[job] for job in jobs]
        alike = [job for job in jobs if not job.is_fork]
        forks = [[job] for job in jobs if job.is_fork]
        return stacks(alike, math.ceil(len(alike) / self.size)) + forks

    def _hire(self) -> None:
        """Start a worker for each run that waits, as far as setups are free."""
        idle_count = sum(not worker.runs and not worker.is_leaving for worker in self._workers)
        to_hire = len(self.queue) - idle_count
        while to_hire > 0 and self._free and not self.gave_up:
            if time.monotonic() < self._pause_until_s:
                return
            try:
                process, pipe = children.birth()
            except OSError:  # no room for another process or descriptor
                self._note_stillbirth()
                return
            worker = WorkerHandle(process, pipe, self._free.pop(0))
            self._workers.append(worker)
            worker.tell(worker.setup)
            self._next_run(worker)  # it reads that once it is there
            to_hire -= 1

    def _hear(self, worker: WorkerHandle) -> list[Failure]:
        was_born = worker.is_born
        failures = worker.hear()
        if worker.is_born and not was_born:
            self._stillbirths = 0
        return failures

    def _next_run(self, worker: WorkerHandle) -> None:
        if self.queue:
            worker.give(self.queue.popleft())
        elif time.monotonic() - worker.idle_s >= IDLE_S:
            worker.tell_to_stop()

    def _share_cores(self) -> None:
        """Let the runs that are left have all cores, each as many as the others."""
        training = [worker for worker in self._workers if worker.runs]
        run_count = min(self.size, len(training) + len(self.queue))
        for worker in training:
            worker.share(max(worker.setup.threads, self._cores // run_count))

    def _bury(self, worker: WorkerHandle) -> list[Failure]:
        """Remove a dead worker; its setup is free for another."""
        self._workers.remove(worker)
        worker.pipe.close()
        self._free.append(worker.setup)
        failed_runs = set(worker.runs)
        if not worker.is_born:
            worker.process.kill()
            self._note_stillbirth()
            failed_runs = worker.runs_told_to_end()
            if jobs := [job for job in worker.jobs if job.name not in failed_runs]:
                self.queue.appendleft(jobs)
        reason = reason_of(worker.process.exit_code)
        return [Failure(run, reason, retryable=True) for run in worker.runs if run in failed_runs]

    def _note_stillbirth(self) -> None:
        """The fork server has died; another takes its place, more and more slowly."""
        now_s = time.monotonic()
        if self.gave_up or now_s < self._pause_until_s:
            return  # several workers waited for one fork server
        self._stillbirths += 1
        self._pause_until_s = now_s + min(0.1 * 2**self._stillbirths, LONGEST_PAUSE_S)
        if self._stillbirths >= MOST_STILLBIRTHS:
            self.gave_up = f"no worker could be started in {self._stillbirths} tries"
