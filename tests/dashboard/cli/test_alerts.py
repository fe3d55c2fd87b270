"""dashboard.cli.alerts and alert_ways: what is told, when, and that no way holds anything up."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.cli.alert_ways import Alert, Post
from dashboard.cli.alerts import ALERTS, Alerts
from dashboard.record.recorder import Recorder
from tests.support.few import few
from tests.support.invented import invent
from tests.support.launching import Launch, until
from tests.support.reading import add_runs, left_open, new_record, read, read_runs
from tests.support.webhook import webhook


class Heard(Post):
    """Takes alerts and delivers them to nobody but the test."""

    def __init__(self) -> None:
        super().__init__(["bell"], lambda sentence: None)
        self.alerts: list[Alert] = []

    def send(self, alert: Alert) -> None:
        self.alerts.append(alert)


@pytest.fixture
def heard() -> Iterator[Heard]:
    post = Heard()
    yield post
    post.close()


def test_each_kind_is_told_once_when_it_comes_to_be_so(tmp_path: Path, heard: Heard) -> None:
    record = new_record(tmp_path / "exp")
    choices = [("a", s) for s in range(6)] + [("b", s) for s in range(6)]
    add_runs(record, [(f"{kind}{s}", {"kind": kind, "seed": s}) for kind, s in choices])
    experiment = read(tmp_path / "exp")
    alerts = Alerts(heard)
    alerts.look(experiment, False)
    for number, (kind, seed) in enumerate(choices):
        with Recorder(record.folder, f"{kind}{seed}") as run:
            value = 0.9 + seed / 1000 if kind == "a" else 0.1 + seed**2 / 900
            run.scalar("test_accuracy", 1, value)
            if number == 10:
                run.state, run.error = "failed", "no room\x1b[2J"
            if number == 11:
                run.state, run.error = "diverged", "the loss became nan"
        experiment.poll()
        alerts.look(experiment, number == len(choices) - 1)
        alerts.look(experiment, number == len(choices) - 1)
    assert [alert.kind for alert in heard.alerts] == ["failed", "diverged", "decided", "finished"]
    failed, diverged, decided, finished = heard.alerts
    assert set(ALERTS) == {alert.kind for alert in heard.alerts}
    assert (failed.run, diverged.run, decided.run) == ("b4", "b5", "")
    assert failed.text.startswith("exp: b4: failed, ")
    assert failed.text.endswith("(no room [2J)")
    assert decided.text.startswith("exp: Best: a with ")
    assert "(10 done, 1 failed, 1 diverged)" in finished.text


def test_what_was_so_before_is_told_to_nobody(tmp_path: Path, heard: Heard) -> None:
    experiment = invent(tmp_path / "exp", states={"relu-normal": "failed"})
    Alerts(heard).look(experiment, True)
    assert heard.alerts == []


def test_a_run_that_fails_again_is_told_again(tmp_path: Path, heard: Heard) -> None:
    record = new_record(tmp_path / "exp")
    add_runs(record, [("a", {})])
    alerts, experiment = Alerts(heard), read(tmp_path / "exp")
    for _ in range(2):
        experiment.poll()
        alerts.look(experiment, False)
        with Recorder(record.folder, "a") as run:
            run.state = "failed"
        experiment.poll()
        alerts.look(experiment, True)
        record.requeue(["a"])
        record.pending.demand()
    assert [alert.kind for alert in heard.alerts] == ["failed", "finished"] * 2


# A real launcher


def test_a_launcher_tells_what_happens_and_ends_though_a_webhook_hangs(
    launch: Launch, tmp_path: Path
) -> None:
    with webhook() as hook, webhook(hangs=True) as slow:
        launched = launch(
            *few(tmp_path), "--activation", "relu", "--init", "kaiming_normal", "--epochs", "1",
            "--lr", "0.1", "1e30", "--no-dashboard", "--experiment", "exp",
            "--alert", f"{hook.url}/s3cret", "--alert", slow.url,
        )  # fmt: skip
        assert launched.ends() == 0, launched.said
    assert sorted(hook.kinds()) == ["diverged", "finished"]
    assert launched.said.count("--alert ") == 1
    assert f"--alert {slow.url}/…: an alert was not delivered: it takes too long" in launched.said
    folder = tmp_path / "runs" / "exp"
    assert {run.state for run in read_runs(folder)} == {"done", "diverged"}
    assert "s3cret" not in json.dumps(read(folder).record.settings)


def test_view_tells_of_a_loop_that_another_process_records(launch: Launch, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "exp"
    with Recorder(folder, "old") as run:
        run.state = "failed"
    recorder = left_open(folder, "mine")
    with webhook() as hook:
        launched = launch("view", "exp", "--no-browser", "--alert", hook.url)
        launched.says("dashboard: ")
        recorder.state, recorder.error = "failed", "no room"
        recorder.close()
        until(lambda: len(hook.got) == 2)
        launched.send(signal.SIGINT)
        assert launched.ends(20) == 0
    (_, failed), (_, finished) = hook.got
    assert (failed["kind"], failed["run"]) == ("failed", "mine")
    assert (finished["kind"], finished["run"]) == ("finished", "")
