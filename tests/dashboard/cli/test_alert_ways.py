"""dashboard.cli.alert_ways: a webhook, the bell and the desktop, none of which holds things up."""

import argparse
import io
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from dashboard.cli import alert_ways
from dashboard.cli.alert_ways import WAYS, Alert, Post, check_way
from dashboard.record.provenance import public
from tests.support.launching import until
from tests.support.webhook import webhook

ALERT = Alert("failed", "exp", "a", "exp: a: failed (no reason)", 1.0)


def told(*ways: str) -> list[str]:
    """What is said of an alert that was sent twice in these ways."""
    said: list[str] = []
    post = Post(ways, said.append)
    for _ in range(2):
        post.send(ALERT)
    post.close()
    return said


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
