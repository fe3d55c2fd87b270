"""trainers.cluster.mailbox: what a silent task recorded reaches the mailbox without another
call."""

import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard import Recorder
from dashboard.record.sink import Batch
from tests.support.launching import until

pytestmark = pytest.mark.ray


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setitem(os.environ, "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    import ray

    from trainers.cluster.mailbox import Mailbox

    ray.init(address="local", num_cpus=1, include_dashboard=False, log_to_driver=False)
    yield Mailbox.remote()
    ray.shutdown()


def test_points_that_nothing_follows_are_posted(mailbox: Any, tmp_path: Path) -> None:
    import ray

    from trainers.cluster.mailbox import MailSink, Outbox

    outbox = Outbox(mailbox)
    runs = [Recorder(tmp_path, f"r{i}", sink=MailSink(outbox, 1, 0)) for i in range(3)]
    for step in range(100):
        for run in runs:
            run.scalar("s", step, 0.5)
    arrived: dict[str, int] = {}

    def all_there() -> bool:
        for bundle in ray.get(mailbox.fetch.remote()):
            for message in pickle.loads(bundle):
                if isinstance(message.what, Batch):
                    arrived[message.run] = arrived.get(message.run, 0) + len(message.what.points)
        return arrived == {"r0": 100, "r1": 100, "r2": 100}

    until(all_there, 20, "the post of every point")
    for run in runs:
        run.close()
    outbox.close()
