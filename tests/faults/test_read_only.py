"""Records in folders where nothing may be written: viewed, exported, followed, left as they are."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.record.read_only import Unwritable, open_to_read
from dashboard.record.reader import Record, create
from dashboard.record.recorder import Recorder
from dashboard.record.schema import FILE_NAME, RecordError
from dashboard.runs.experiment import Experiment
from tests.support.invented import invent, invent_anew
from tests.support.launching import ROOT, Launched, leaderboard, until
from tests.support.reading import add_runs

SETPRIV = shutil.which("setpriv")
# Root may write anywhere unless its privileges are taken away.
ORDINARY = [SETPRIV, "--bounding-set=-all", "--inh-caps=-all"] if SETPRIV else []
pytestmark = pytest.mark.skipif(
    os.geteuid() == 0 and not SETPRIV, reason="root may write anywhere, and there is no setpriv"
)
Seal = Callable[[Path], None]


@pytest.fixture
def seal() -> Iterator[Seal]:
    """Takes the right to write from a folder and its files; gives it back at the end."""
    sealed: list[Path] = []

    def take(folder: Path) -> None:
        for path in (*folder.iterdir(), folder):
            path.chmod(0o555 if path.is_dir() else 0o444)
            sealed.append(path)

    yield take
    for path in reversed(sealed):
        path.chmod(0o755)


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Callable[..., Launched]]:
    """Starts a command without the privileges of root, in `tmp_path`."""
    started: list[Launched] = []

    def start(*arguments: str) -> Launched:
        before = ORDINARY if os.geteuid() == 0 else []
        started.append(Launched(list(arguments), tmp_path, {}, before))
        return started[-1]

    yield start
    for launched in started:
        launched.clean_up()


def closed(folder: Path) -> None:
    """A record whose last writer has closed it."""
    invent(folder).record.close()


def killed(folder: Path) -> None:
    """A record whose writers were killed: its newest rows are in the log beside it."""
    first = folder.with_name("first")
    experiment = invent_anew(first)
    folder.mkdir()
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):
        shutil.copyfile(first / name, folder / name)
    assert (folder / f"{FILE_NAME}-wal").stat().st_size > 0
    experiment.record.close()
    shutil.rmtree(first)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("made", [closed, killed], ids=lambda f: f.__name__)
def test_a_read_only_record_is_viewed_and_exported_and_stays_as_it_is(
    made: Callable[[Path], None], seal: Seal, command: Callable[..., Launched], tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "exp"
    folder.parent.mkdir()
    made(folder)
    seal(folder)
    before = contents(folder)
    viewed = command("view", "exp", "--no-browser")
    exported = command("export", "exp", "--to", "files")
    assert exported.ends() == 0, exported.said
    points = (tmp_path / "files" / "series.csv").read_text().splitlines()
    assert len(points) == 1 + 4 * (300 + 1)
    until(lambda: "relu-normal" in leaderboard(viewed), 60, f"the page of {viewed.said}")
    assert "Traceback" not in viewed.said + exported.said
    assert contents(folder) == before


def test_a_record_that_may_not_be_read_is_one_sentence(
    command: Callable[..., Launched], tmp_path: Path
) -> None:
    closed(tmp_path / "runs" / "exp")
    (tmp_path / "runs" / "exp" / FILE_NAME).chmod(0)
    viewed = command("view", "exp", "--no-browser", "--exit")
    assert viewed.ends() == 2
    assert (
        viewed.said
        == "launch.py: the record runs/exp/record.sqlite3 may not be read by this user\n"
    )


def test_what_is_read_from_a_copy_follows_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.record.read_only.COPY_EVERY_S", 0.0)
    monkeypatch.setattr("dashboard.record.read_only.COPY_SHARE", 1e9)
    record = create(tmp_path / "exp")
    add_runs(record, [("a", {})])
    source = Unwritable(record.folder)
    experiment = Experiment(Record(record.folder, source=source))
    reports: list[str] = []
    with Recorder(record.folder, "a") as run:
        for step in (1, 2, 3):
            run.scalar("train_loss", step, 1.0)
            run.flush()
            experiment.follow(reports.append)
            (view,) = experiment.runs
            assert view.lines["train_loss"].count == step
    record.close()
    experiment.follow(reports.append)  # the log is gone now: the file itself, as it is
    assert view.state == "done"
    assert reports == []
    experiment.record.close()


def test_a_writable_record_is_read_as_ever(tmp_path: Path) -> None:
    create(tmp_path / "exp").close()
    record = open_to_read(tmp_path / "exp")
    add_runs(record, [("a", {})])
    assert [run.name for run in record.runs()] == ["a"]
    record.close()


def test_nothing_that_is_no_record_is_copied(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no experiment 'exp'"):
        open_to_read(tmp_path / "exp")


def test_a_read_only_record_is_loaded_by_a_persons_own_code(tmp_path: Path, seal: Seal) -> None:
    closed(tmp_path / "runs" / "exp")
    seal(tmp_path / "runs" / "exp")
    code = (
        "import sys; from dashboard import load; past = load('exp', sys.argv[1]); "
        "print(len(past.runs()), len(past.curves('test_accuracy')) > 0)"
    )
    before = ORDINARY if os.geteuid() == 0 else []
    words = [*before, sys.executable, "-c", code, str(tmp_path / "runs")]
    said = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert said.stdout == "4 True\n", said.stderr
