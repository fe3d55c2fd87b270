"""dashboard.board.library and dashboard.runs.shelf: looking opens, and looking away closes."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from dashboard.board.board import Board
from dashboard.board.library import LibraryScene
from dashboard.record.recorder import Recorder
from dashboard.record.schema import FILE_NAME
from dashboard.runs import opening, shelf, shelf_entry
from dashboard.runs.experiment import Experiment
from dashboard.server.process import Server
from dashboard.windows.compare_windows import compare_windows
from dashboard.windows.run_windows import run_windows
from tests.support.invented import GRID, STEPS, invent
from tests.support.launching import until
from tests.support.reading import open_record
from tests.support.server_windows import environments, page_on, window

Open = Callable[..., LibraryScene]


@pytest.fixture(scope="module")
def server(page_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("server") / "server.log"
    with Server("127.0.0.1", 9150, named_port=False, log_path=log) as running:
        running.wait_ready()
        yield running


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "FOLLOW_EVERY_S", 0.02)
    monkeypatch.setattr(shelf, "LIST_EVERY_S", 0.02)
    monkeypatch.setattr("dashboard.board.board.FRAME_S", 0.05)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Open]:
    """The scene of the folder, with the experiments that a launcher began with."""
    with ExitStack() as stack:

        def open_(*held: Experiment) -> LibraryScene:
            scene = LibraryScene(tmp_path, held)
            stack.callback(scene.close)
            return scene

        yield open_
    assert "shelf" not in [thread.name for thread in threading.enumerate()]


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


def listed(scene: LibraryScene) -> dict[str, set[str]]:
    """The names of all windows, by environment."""
    with scene.lock:
        return {where: {place.name for place in p} for where, p in scene.environments()}


def sentence(scene: LibraryScene, environment: str) -> str:
    """What the environment says is wrong; empty where nothing is, or it is not there."""
    with scene.lock:
        places = [p for where, all_ in scene.environments() if where == environment for p in all_]
        return "".join(str(p.packet()["data"]) for p in places if p.name == "trouble")


def looking(scene: LibraryScene, *names: str) -> Callable[[], bool]:
    """Look at environments, as a board does in every frame; whether all of them are there."""

    def look() -> bool:
        scene.look(names)
        return set(names) <= set(listed(scene))

    return look


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
    until(lambda: not scene._shelf.experiments() and not scene._shelf._leaving)
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


def test_what_can_be_read_of_a_damaged_record_is_shown_with_a_word_about_it(
    tmp_path: Path, library: Open
) -> None:
    invent(tmp_path / "exp").record.close()
    file = tmp_path / "exp" / FILE_NAME
    whole = file.read_bytes()
    start = len(whole) * 2 // 3 // 4096 * 4096
    file.write_bytes(whole[:start] + b"\xff" * 4096 + whole[start + 4096 :])
    scene = library()
    until(looking(scene, "exp_compare"))
    assert "is damaged" in sentence(scene, "exp_compare")
    assert "leaderboard" in listed(scene)["exp_compare"]


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


def test_a_record_that_was_met_half_copied_is_read_anew_when_all_of_it_is_there(
    tmp_path: Path, library: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf_entry, "RETRY_S", 0.1)
    invent(tmp_path / "copied").record.close()
    file = tmp_path / "copied" / FILE_NAME
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) * 2 // 3 // 4096 * 4096])
    scene = library()
    until(looking(scene, "copied_compare"))
    assert "is damaged" in sentence(scene, "copied_compare")
    with file.open("r+b") as copy:
        copy.write(whole)
    until(lambda: looking(scene, "copied_compare")() and not sentence(scene, "copied_compare"))
    assert "leaderboard" in listed(scene)["copied_compare"]


def test_an_experiment_that_comes_later_is_opened_then(tmp_path: Path, library: Open) -> None:
    scene = library()
    assert not looking(scene, "late_compare")()
    invent(tmp_path / "late")
    until(looking(scene, "late_compare"))


def test_an_experiment_that_was_recorded_anew_under_its_name_is_read_anew(
    tmp_path: Path, library: Open
) -> None:
    scene = library()
    invent(tmp_path / "exp", {"activation": ["relu"]}).record.close()
    until(looking(scene, "exp_relu"))
    shutil.rmtree(tmp_path / "exp")
    invent(tmp_path / "exp", {"activation": ["tanh"]}).record.close()
    until(looking(scene, "exp_tanh"))
    until(looking(scene, "exp_relu"))  # what is said of it now
    assert "has no run with the page exp_relu" in sentence(scene, "exp_relu")


def test_a_page_of_a_run_that_is_not_there_says_so(tmp_path: Path, library: Open) -> None:
    invent(tmp_path / "exp")
    scene = library()
    until(looking(scene, "exp_nobody"))
    assert "exp has no run with the page exp_nobody" in sentence(scene, "exp_nobody")


def test_several_of_which_one_is_not_there_say_so(tmp_path: Path, library: Open) -> None:
    invent(tmp_path / "exp")
    scene = library()
    until(looking(scene, "exp~gone_compare"))
    assert "has only exp" in sentence(scene, "exp~gone_compare")


def test_as_many_are_open_as_may_be_and_the_one_that_was_left_first_goes(
    tmp_path: Path, library: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "MOST_OPEN", 2)
    for name in "abc":
        invent(tmp_path / name)
    scene = library()
    until(looking(scene, "a_compare"))
    until(looking(scene, "b_compare", "c_compare"))
    until(lambda: {e.name for e in scene._shelf.experiments()} == {"b", "c"})
    assert "a is not open: 2 others are shown already" in sentence(scene, "a_compare")
    until(lambda: looking(scene, "a_compare")() and not sentence(scene, "a_compare"))


def test_a_long_record_is_shown_first_and_read_then(
    tmp_path: Path, library: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LONG", 1000)
    monkeypatch.setattr("dashboard.runs.experiment.PORTION", 100)
    invent(tmp_path / "exp", GRID, steps=10 * STEPS).record.close()
    scene = library()
    until(looking(scene, "exp_compare"))
    (experiment,) = scene._shelf.experiments()
    until(lambda: experiment.reading is None)
    whole = Experiment(open_record(tmp_path / "exp"))
    whole.poll()
    for view, same in zip(experiment.runs, whole.runs, strict=True):
        assert view.lines["train_loss"].count == same.lines["train_loss"].count == 10 * STEPS
