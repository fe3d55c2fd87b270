"""dashboard.board.library and dashboard.runs.shelf: looking opens, and looking away closes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from dashboard.board.board import Board
from dashboard.board.library import LibraryScene
from dashboard.record.recorder import Recorder
from dashboard.record.schema import FILE_NAME
from dashboard.runs import shelf, shelf_entry
from dashboard.runs.experiment import Experiment
from dashboard.server.process import Server
from dashboard.windows.compare_windows import compare_windows
from dashboard.windows.run_windows import run_windows
from tests.support.invented import invent
from tests.support.launching import until
from tests.support.looking import Open, listed, looking
from tests.support.server_windows import environments, page_on, window

pytestmark = pytest.mark.usefixtures("hasty_shelf")


@pytest.fixture(scope="module")
def server(page_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "server.log"
    with Server("127.0.0.1", 9150, named_port=False, log_path=log) as running:
        running.wait_ready()
        yield running


@pytest.fixture
def show(library: Open, server: Server) -> Iterator[Callable[..., LibraryScene]]:
    """The same scene, drawn by a board on the server."""
    with ExitStack() as stack:

        def show_(*held: Experiment) -> LibraryScene:
            scene = library(*held)
            board = Board(scene, server)
            stack.callback(board.stop)
            board.start()
            return scene

        yield show_


def test_a_page_that_opens_yesterdays_experiment_gets_its_windows(
    server: Server, tmp_path: Path, show: Open
) -> None:
    yesterday, today = invent(tmp_path / "yesterday"), invent(tmp_path / "today")
    show(today)
    until(lambda: "today_compare" in environments(server))
    with page_on(server, "yesterday_compare"):
        names = compare_windows(yesterday)
        until(lambda: all(window(server, "yesterday_compare", name) for name in names))
    with page_on(server, "yesterday_relu-normal"):
        names_of_run = run_windows(yesterday.runs[0])
        until(lambda: all(window(server, "yesterday_relu-normal", n) for n in names_of_run))
    assert "yesterday_tanh-normal" not in environments(server), "nobody looked at it"


def test_from_home_where_nothing_is_open_an_experiment_can_be_opened(
    server: Server, tmp_path: Path, show: Open
) -> None:
    invent(tmp_path / "from-home")
    scene = show()
    assert listed(scene) == {}
    with page_on(server, "from-home_compare"):
        until(lambda: window(server, "from-home_compare", "answer"))


def test_two_experiments_together_have_one_page_with_the_runs_of_both(
    server: Server, tmp_path: Path, show: Open
) -> None:
    show(invent(tmp_path / "left", {"activation": ["relu"]}))
    invent(tmp_path / "right", {"activation": ["relu"]})
    with page_on(server, "left~right_compare"):
        until(lambda: window(server, "left~right_compare", "answer"))
        content = window(server, "left~right_compare", "answer")["content"]
    for run in ("left/relu", "right/relu"):
        assert run in content


def test_experiments_that_are_shown_together_from_the_start_come_first(
    tmp_path: Path, library: Open
) -> None:
    both = [invent(tmp_path / name, {"activation": ["relu"]}) for name in ("a", "b")]
    assert list(listed(library(*both))) == ["a~b_compare", "a_compare", "a_relu", "b_compare",
                                            "b_relu"]  # fmt: skip


def test_an_experiment_nobody_looks_at_any_more_is_closed(
    server: Server, tmp_path: Path, show: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    invent(tmp_path / "left-alone")
    scene = show()
    with page_on(server, "left-alone_compare"):
        until(lambda: window(server, "left-alone_compare", "answer"))
        monkeypatch.setattr(shelf, "KEEP_S", 0.3)
    until(lambda: "left-alone_compare" not in environments(server))
    until(lambda: not scene._shelf.experiments() and not scene._shelf._to_close)
    with page_on(server, "left-alone_compare"):
        until(lambda: window(server, "left-alone_compare", "answer"))


def test_a_live_experiment_of_another_launcher_grows(
    server: Server, tmp_path: Path, show: Open
) -> None:
    def seen(step: int) -> bool:
        content = window(server, "live_relu", "train_loss").get("content", {"data": []})
        return any(line["x"] and line["x"][-1] == step for line in content["data"])

    show()
    with Recorder(tmp_path / "live", "relu") as run, page_on(server, "live_relu"):
        for step in (1, 2, 3):
            run.scalar("train_loss", step, 1.0 / step)
            run.flush()
            until(partial(seen, step))


def test_a_name_that_leads_outside_the_folder_opens_nothing(tmp_path: Path) -> None:
    invent(tmp_path / "outside").record.close()
    invent(tmp_path / "runs" / "inside").record.close()
    scene = LibraryScene(tmp_path / "runs")
    others = ("../outside_compare", "outside_compare", "inside/../../outside_compare", "._compare",
              f"{tmp_path}/outside_compare", "inside~../outside_compare")  # fmt: skip
    scene.look(others)
    until(looking(scene, "inside_compare"))
    assert listed(scene)["inside~../outside_compare"] == {"trouble"}
    assert set(listed(scene)) == {"inside_compare", "inside~../outside_compare"}
    assert [experiment.name for experiment in scene._shelf.experiments()] == ["inside"]
    scene.close()


def test_a_damaged_record_says_so_in_its_own_environment(
    server: Server, tmp_path: Path, show: Open
) -> None:
    invent(tmp_path / "sound")
    invent(tmp_path / "damaged").record.close()
    (tmp_path / "damaged" / FILE_NAME).write_bytes(b"not a database " * 1000)
    show()
    with page_on(server, "damaged_compare"), page_on(server, "sound_compare"):
        until(lambda: window(server, "damaged_compare", "trouble"))
        until(lambda: window(server, "sound_compare", "answer"))
        assert FILE_NAME in window(server, "damaged_compare", "trouble")["content"]
        assert not window(server, "sound_compare", "trouble")


def test_a_record_that_can_be_opened_later_is_shown_then(
    server: Server, tmp_path: Path, show: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf_entry, "RETRY_S", 0.1)
    invent(tmp_path / "healing").record.close()
    file = tmp_path / "healing" / FILE_NAME
    whole = file.read_bytes()
    file.write_bytes(b"nothing")
    show()
    with page_on(server, "healing_compare"):
        until(lambda: window(server, "healing_compare", "trouble"))
        file.write_bytes(whole)
        until(lambda: window(server, "healing_compare", "answer"))
        until(lambda: not window(server, "healing_compare", "trouble"))
