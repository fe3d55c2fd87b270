"""trainers.local.forkserver and nursery: a fork server that dies is replaced, its workers live
on."""

import os
import signal
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import psutil
import pytest

from dashboard.cli.parser import Stop
from dashboard.cli.watch import watch
from dashboard.record.reader import Record
from tests.support.launching import until
from tests.support.pools import ENDLESS, SHORT, begin, drain, jobs_of, on_cpu, state_of
from trainers.local import children, pool
from trainers.local.forkserver import SERVER_NAME
from trainers.local.handle import Failure
from trainers.local.pool import Pool

pytestmark = pytest.mark.processes


def fork_server() -> psutil.Process:
    """The one that runs, once it says so."""
    until(fork_servers)
    (process,) = fork_servers()
    return process


def fork_servers() -> list[psutil.Process]:
    return [
        process
        for process in psutil.Process().children()
        if process.status() != psutil.STATUS_ZOMBIE and process.name() == SERVER_NAME
    ]


def test_a_killed_fork_server_is_replaced_before_the_first_worker(record: Record) -> None:
    children.close()  # so that the next one is still loading
    workers = Pool(jobs_of(record, a=SHORT), [on_cpu(record)])
    workers.start()
    fork_server().kill()
    with workers:
        assert drain(workers) == []
    assert state_of(record, "a") == "done"


def test_workers_train_on_when_the_fork_server_is_killed_and_the_next_come_from_another(
    record: Record,
) -> None:
    jobs = jobs_of(record, victim=ENDLESS, a=replace(SHORT, epochs=20), b=SHORT)
    with Pool(jobs, [on_cpu(record)] * 2) as workers:
        begin(workers, record, "victim", "a")
        at_first = workers.pids()
        old = fork_server()
        old.kill()
        old.wait(5)
        begin(workers, record, "b")
        assert workers.pids() == at_first
        os.kill(at_first[0], signal.SIGKILL)
        failures: list[Failure] = []
        while not failures:
            failures += workers.watch()
        assert failures == [Failure("victim", "its worker was killed by SIGKILL", retryable=True)]
        assert record.requeue(["victim"]) == ["victim"]
        workers.again("victim")
        until(lambda: workers.watch() == [] and record.runs()[0].attempt == 1, 60)
    assert [state_of(record, name) for name in "ab"] == ["done", "done"]


def test_a_worker_is_the_launchers_own_child_and_leaves_no_zombie(record: Record) -> None:
    with Pool(jobs_of(record, a=ENDLESS), [on_cpu(record)]) as workers:
        begin(workers, record, "a")
        worker = psutil.Process(workers.pids()[0])
        assert worker.ppid() == os.getpid()
    assert not worker.is_running()


def test_when_no_worker_can_be_started_the_runs_stay_queued_and_the_exit_code_says_so(
    record: Record, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    children.close()
    monkeypatch.setattr(children.sys, "executable", "/bin/false")
    monkeypatch.setattr(pool, "LONGEST_PAUSE_S", 0.01)
    workers = Pool(jobs_of(record, a=SHORT, b=SHORT), [on_cpu(record)] * 2)
    stop = cast(Stop, SimpleNamespace(signal=0))
    code = watch(workers, record, None, stop, retries=0, stay=False)
    assert code == 1
    assert workers.gave_up == "no worker could be started in 10 tries"
    assert "what is queued can be resumed" in capsys.readouterr().err
    left = Record(record.folder)
    assert [state_of(left, name) for name in "ab"] == ["queued", "queued"]
    left.close()
