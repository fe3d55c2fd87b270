"""dashboard.cli.alerts and alert_ways: what is told, when, and that no way holds anything up."""

import argparse
import io
import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from dashboard.cli import alert_ways
from dashboard.cli.alert_ways import WAYS, Alert, Post, check_way
from dashboard.cli.alerts import ALERTS, Alerts
from dashboard.record.provenance import public
from dashboard.record.recorder import Recorder
from tests.support.few import few
from tests.support.invented import invent
from tests.support.launching import Launch, until
from tests.support.reading import add_runs, left_open, new_record, read, read_runs

ALERT = Alert("failed", "exp", "a", "exp: a: failed (no reason)", 1.0)


class Hook:
    """A webhook of ours. got: the bodies, by their paths. headers: of the last request."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.got: list[tuple[str, Any]] = []
        self.headers: dict[str, str] = {}
        self.may_answer = Event()

    def kinds(self) -> list[str]:
        return [body["kind"] for _, body in self.got]


@contextmanager
def webhook(status: int = 200, leads_to: str = "", hangs: bool = False) -> Iterator[Hook]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.headers = dict(self.headers)
            hook.got.append((self.path, json.loads(body)))
            if hangs:
                hook.may_answer.wait()
            self.send_response(status)
            if leads_to:
                self.send_header("Location", leads_to)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hook = Hook(server.server_port)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hook
    finally:
        hook.may_answer.set()
        server.shutdown()
        thread.join()
        server.server_close()


def told(*ways: str) -> list[str]:
    """What is said of an alert that was sent twice in these ways."""
    said: list[str] = []
    post = Post(ways, said.append)
    for _ in range(2):
        post.send(ALERT)
    post.close()
    return said


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


# Webhooks


def test_a_webhook_is_sent_what_the_help_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook(status=204) as hook, webhook() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert told(f"{hook.url}/secret?x=1") == []
    assert hook.got == [("/secret?x=1", asdict(ALERT))] * 2
    assert set(asdict(ALERT)) == {"kind", "experiment", "run", "text", "time_s"}
    assert proxy.got == []


def test_no_password_is_sent_but_one_that_stands_in_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password lovelace\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr(alert_ways, "_is_here", lambda url: False)
    with webhook() as hook:
        told(hook.url)
        assert "Authorization" not in hook.headers
        told(hook.url.replace("//", "//eve:s3cret@"))
        assert hook.headers["Authorization"].startswith("Basic ")


def test_a_redirect_is_not_followed_and_said_once() -> None:
    with webhook() as elsewhere, webhook(status=307, leads_to=f"{elsewhere.url}/x") as hook:
        (sentence,) = told(f"{hook.url}/secret")
    assert sentence == (
        f"--alert {hook.url}/…: an alert was not delivered: it answers 307, and redirects are not "
        "followed"
    )
    assert len(hook.got) == 2
    assert elsewhere.got == []


def test_a_webhook_that_refuses_is_said_once_without_its_secret() -> None:
    with webhook() as hook:
        url = hook.url
    (sentence,) = told(f"{url}/secret")
    assert sentence == f"--alert {url}/…: an alert was not delivered: ConnectionError"


def test_a_webhook_that_hangs_holds_up_no_other_way_and_the_end_for_a_moment_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alert_ways, "CLOSE_S", 0.5)
    said: list[str] = []
    with webhook(hangs=True) as slow, webhook() as quick:
        post = Post([slow.url, quick.url], said.append)
        began_s = time.monotonic()
        for _ in range(3 * alert_ways.MOST_WAITING):
            post.send(ALERT)
        until(lambda: len(quick.got) >= alert_ways.MOST_WAITING)
        post.close()
        assert time.monotonic() - began_s < 30
        assert len(slow.got) == 1
    assert [sentence for sentence in said if slow.url in sentence] == [
        f"--alert {slow.url}/…: an alert was not delivered: 100 alerts wait already; others are "
        "dropped"
    ]


@pytest.mark.parametrize(
    "word", ["", "mail", "ftp://host/x", "https://", "http://[x", "http://h:0/", "http://h/a b"]
)
def test_what_is_no_way_is_refused_with_those_there_are(word: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="bell, desktop, or the address of a webh"):
        check_way(word)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        (["--alert", "https://ada:x@hooks.example:8/T0/s3cret?k=1"],
         ["--alert", "https://hooks.example:8/…"]),
        (["--lr", "1", "--alert=http://h/x?key=s3cret"], ["--lr", "1", "--alert=http://h/…"]),
        (["--ale", "http://h/s3cret"], ["--ale", "http://h/…"]),
        (["--alert", "bell", "--server", "http://h/x"], ["--alert", "bell", "--server", "http://h/x"]),
    ],
)  # fmt: skip
def test_the_record_keeps_no_secret_of_a_webhook(words: list[str], kept: list[str]) -> None:
    assert public(words) == kept
    addresses = [word.rpartition("=")[2] for word in kept if "://" in word]
    assert [check_way(address) for address in addresses]  # resume reads the command again


# The other ways


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bell_rings_in_a_terminal_and_only_there(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert told("bell") == []
    assert terminal.getvalue() == "\a\a"
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert told("bell") == ["--alert bell: an alert was not delivered: there is no terminal here"]


@pytest.mark.parametrize("program", ["notify-send", "osascript"])
def test_the_desktop_shows_it_with_what_the_system_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    file = tmp_path / program
    file.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>"{tmp_path}/shown"\n')
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}")
    assert told("desktop") == []
    assert (tmp_path / "shown").read_text().splitlines()[-2:] == ["Trainboard", ALERT.text]


def test_a_desktop_that_is_not_there_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (sentence,) = told("desktop")
    assert sentence.endswith("neither notify-send (of libnotify) nor osascript is here")
    (tmp_path / "notify-send").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "notify-send").chmod(0o755)
    (sentence,) = told("desktop")
    assert sentence.endswith("notify-send failed (CalledProcessError)")


def test_every_way_is_said_in_the_refusal() -> None:
    with pytest.raises(argparse.ArgumentTypeError) as why:
        check_way("?")
    assert all(way in str(why.value) for way in WAYS)


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
