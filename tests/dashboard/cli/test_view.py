"""dashboard.cli.view: home, one experiment, or several together, as a person asks for them."""

import signal
from pathlib import Path

import pytest
import requests

from dashboard.board.client import RemoteHost
from dashboard.cli.view import make_parser, names_to_show, run
from dashboard.record.schema import FILE_NAME
from tests.support.invented import invent
from tests.support.launching import Launch, Launched, until
from tests.support.paced import paced
from tests.support.server_windows import page_on, window

QUIET = {"PYTHONWARNINGS": "default::ResourceWarning"}


def host(launched: Launched) -> RemoteHost:
    """The server of a launcher, as a stranger on this machine sees it."""
    until(lambda: launched.url, 60)
    return RemoteHost(launched.url.partition("/env/")[0].rstrip("/"))


def opens(launched: Launched, environment: str) -> None:
    """Open the environment in a page and wait for its windows."""
    server = host(launched)
    until(lambda: requests.get(f"{server.url}/trainboard/alive", timeout=5).ok)
    with page_on(server, environment):
        until(lambda: window(server, environment, "leaderboard"))


def test_without_a_name_home_is_opened_and_every_experiment_can_be(
    launch: Launch, tmp_path: Path
) -> None:
    for name in ("yesterday", "today"):
        invent(tmp_path / "runs" / name).record.close()
    launched = launch("view", "--no-browser", **QUIET)
    opens(launched, "yesterday_compare")
    opens(launched, "yesterday~today_compare")
    assert launched.url == f"{host(launched).url}/"
    launched.send(signal.SIGINT)
    assert launched.ends(20) == 0
    assert "ResourceWarning" not in launched.said
    launched.leaves_nobody()


def test_several_names_open_the_page_that_compares_them(launch: Launch, tmp_path: Path) -> None:
    for name in ("a", "b"):
        invent(tmp_path / "runs" / name).record.close()
    launched = launch("view", "a", "b", "--baseline", "b/relu-normal", "--no-browser", "--exit")
    assert launched.ends() == 0, launched.said
    assert launched.url.endswith("/env/a~b_compare")


def test_while_one_is_trained_another_can_be_looked_at(launch: Launch, tmp_path: Path) -> None:
    invent(tmp_path / "runs" / "yesterday").record.close()
    launched = launch(*paced(tmp_path), "--experiment", "today", "--epochs", "10000",
                      "--no-browser")  # fmt: skip
    opens(launched, "yesterday_compare")
    opens(launched, "today_compare")
    opens(launched, "today~yesterday_compare")
    launched.send(signal.SIGINT)
    assert launched.ends(20) == 130
    launched.leaves_nobody()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        invent(tmp_path / name).record.close()
    return tmp_path


def names(runs: Path, *words: str) -> list[str]:
    return names_to_show(make_parser().parse_args([*words, "--runs-dir", str(runs)]))


def test_what_is_shown_first_follows_from_the_names(runs: Path) -> None:
    assert names(runs) == []
    assert names(runs, "a", "--exit") == ["a"]
    assert names(runs, "b", "a", "b") == ["b", "a"]


def test_a_server_of_others_has_no_home_so_the_newest_is_shown(runs: Path) -> None:
    (runs / "a" / FILE_NAME).touch()
    assert names(runs, "--server", "http://localhost:8097") == ["a"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--exit"], "--milestones are about an experiment: name it behind view"),
        (["--metric", "test_loss"], "are about an experiment"),
        (["a", "b", "--metric", "rmse"], "'rmse' is recorded by no run: there are test_accuracy, "),
        (["--grid", "a", "b"], "are about an experiment"),
        (["--baseline", "r"], "are about an experiment"),
        (["a", "c"], r"no experiment 'c' in .*: there are (a, b|b, a)$"),
        (["../a"], r"no experiment '\.\./a' in "),
        (["a", "./a"], "cannot be told apart: name each experiment once"),
        (["a", "b", "--baseline", "r"], "its runs are a/relu-normal, "),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(
    runs: Path, words: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.cli.parser.signal.signal", lambda *_: None)
    with pytest.raises(ValueError, match=sentence):
        run([*words, "--runs-dir", str(runs)])


def test_a_message_names_the_first_of_many(tmp_path: Path) -> None:
    for i in range(10):
        (tmp_path / f"e{i}").mkdir()
        (tmp_path / f"e{i}" / FILE_NAME).touch()
    with pytest.raises(ValueError, match=r"there are (e\d, ){7}e\d and 2 more$"):
        names(tmp_path, "x")
    with pytest.raises(ValueError, match=r"there is no experiment 'x' in .*: it has none"):
        names(tmp_path / "e1", "x")
