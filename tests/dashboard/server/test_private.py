"""dashboard.server.private: the folder that only we can enter, and a server that lives in it for
life."""

import contextlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
import websocket

from dashboard.program import ROOT
from dashboard.server import private
from dashboard.server.address import ServerError
from dashboard.server.process import Server
from tests.support import other_user
from tests.support.launching import until
from tests.support.other_user import NOBODY, needs_root
from tests.support.servers import serving

STOLEN = "the victim's own words"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(8540, tmp_path / "server.log") as server:
        yield server


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file of the person's that nobody may read or write through the server."""
    path = tmp_path / "victim"
    path.write_text(STOLEN)
    return path


def folder_of(server: Server) -> Path:
    """Where the running host keeps its files, by its own command line."""
    arguments = psutil.Process(server.pid).cmdline()
    return Path(arguments[arguments.index("--env-path") + 1])


def end(server: Server, number: int = signal.SIGKILL) -> None:
    assert server.pid
    os.kill(server.pid, number)
    until(lambda: not server.alive())


# The running server


@needs_root
def test_another_user_cannot_take_the_folder_while_the_server_is_started_again(
    server: Server, victim: Path
) -> None:
    code = """
folder, victim = sys.argv[1:]
print("trying", flush=True)
while os.getppid() != 1:
    try:
        os.mkdir(folder)
    except FileExistsError:
        continue
    except PermissionError:
        time.sleep(0.001)
        continue
    os.mkdir(folder + "/view")
    os.symlink(victim, folder + "/view/layouts.json")
    print("won", flush=True)
    break
"""
    folder = folder_of(server)
    attacker = other_user.start(code, folder, victim)
    assert attacker.stdout
    assert attacker.stdout.readline() == "trying\n"
    for number in (signal.SIGTERM, signal.SIGKILL):
        end(server, number)
        until(server.restart_if_dead)
        server.wait_ready()
    page = websocket.create_connection(f"ws://127.0.0.1:{server.port}/socket", origin=server.url)
    page.send(json.dumps({"cmd": "save_layouts", "data": "planted"}))
    page.send('{"cmd": "trainboard_ping"}')
    said = ""
    while "trainboard_pong" not in said:
        said = str(page.recv())
        assert STOLEN not in said
    page.close()
    attacker.kill()
    assert attacker.communicate()[0] == ""
    assert victim.read_text() == STOLEN
    assert (folder.stat().st_uid, stat.S_IMODE(folder.stat().st_mode)) == (os.geteuid(), 0o700)


def test_a_restarted_server_finds_nothing_half_written_in_the_same_folder(server: Server) -> None:
    folder = folder_of(server)
    inode = folder.stat().st_ino
    (folder / "stale.json").write_text("half wri")
    (folder / "view").mkdir(exist_ok=True)
    (folder / "view" / "layouts.json").write_text("stale")
    end(server)
    until(server.restart_if_dead)
    server.wait_ready()
    assert folder_of(server).stat().st_ino == inode
    assert not (folder / "stale.json").exists()
    assert not (folder / "view" / "layouts.json").exists()


def test_what_visdom_writes_is_for_nobody_else(server: Server) -> None:
    window = {"eid": "e", "win": "w", "data": [{"type": "text", "content": "x"}]}
    requests.post(f"{server.url}/events", json=window, timeout=5).raise_for_status()
    requests.post(f"{server.url}/save", json={"data": ["e"]}, timeout=5).raise_for_status()
    files = [folder_of(server), *folder_of(server).rglob("*")]
    assert folder_of(server) / "e.json" in files
    assert not [path for path in files if path.stat().st_mode & 0o077]


def test_a_link_in_the_folders_place_is_not_followed(server: Server, victim: Path) -> None:
    folder = folder_of(server)
    end(server)
    moved = folder.rename(folder.with_name("moved"))
    folder.symlink_to(victim.parent)
    try:
        until(server.restart_if_dead)
        server.wait_ready()
        assert folder_of(server) not in (folder, moved)
        assert victim.read_text() == STOLEN
    finally:
        folder.unlink()
        moved.rename(folder)
        private.remove(folder)


def test_a_host_refuses_a_folder_that_is_not_private(server: Server, victim: Path) -> None:
    command = psutil.Process(server.pid).cmdline()
    command[command.index("--env-path") + 1] = str(victim.parent / "link")
    (victim.parent / "link").symlink_to(victim.parent)
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert said.returncode != 0
    assert said.stderr.strip().endswith("must be a folder, not a link or a file.")
    assert victim.read_text() == STOLEN


def test_a_server_whose_folder_was_cleaned_away_starts_again_in_a_new_one(server: Server) -> None:
    folder = folder_of(server)
    private.remove(folder)
    end(server)
    until(server.restart_if_dead)
    server.wait_ready()
    assert folder_of(server) != folder
    assert requests.get(server.url, timeout=5).status_code == 200


# The folder


def test_a_private_folder_is_ours_alone_and_ends_with_everything_in_it(tmp_path: Path) -> None:
    folder = private.make([tmp_path / "new" / "parent"])
    private.check(folder.path)
    (folder.path / "file").write_text("x")
    folder.remove()
    assert list((tmp_path / "new" / "parent").iterdir()) == []


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o701, 0o770, 0o777], ids=oct)
def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(ServerError, match="mode must be 0700"):
        private.check(folder)


@needs_root
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY, NOBODY)
    with pytest.raises(ServerError, match="belongs to another user"):
        private.check(folder)


def test_a_missing_folder_a_file_and_a_link_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    (tmp_path / "file").write_text("")
    for name, reason in {"none": "is gone", "link": "not a link", "file": "not a link"}.items():
        with pytest.raises(ServerError, match=reason):
            private.check(tmp_path / name)


def test_emptying_removes_links_and_not_what_they_point_at(tmp_path: Path, victim: Path) -> None:
    folder = private.make([tmp_path / "parent"])
    (folder.path / "to-file").symlink_to(victim)
    (folder.path / "to-folder").symlink_to(victim.parent)
    (folder.path / "deep" / "er").mkdir(parents=True)
    private.empty(folder.path)
    assert [path.name for path in folder.path.iterdir()] == [private.LOCK]
    assert victim.read_text() == STOLEN
    folder.remove()


def test_our_own_files_are_never_opened_through_a_link(tmp_path: Path, victim: Path) -> None:
    (tmp_path / "link").symlink_to(victim)
    for flags in (os.O_RDONLY, os.O_WRONLY | os.O_APPEND):
        with pytest.raises(OSError, match="link"):
            private.open_own(tmp_path / "link", flags)


def test_a_place_that_others_may_change_is_passed_over(tmp_path: Path) -> None:
    shared, own = tmp_path / "shared", tmp_path / "own"
    (shared / "inside").mkdir(parents=True)
    shared.chmod(0o777)
    folder = private.make([shared / "inside", own])
    assert folder.path.parent == own
    folder.remove()
    with pytest.raises(ServerError, match=r"set XDG_CACHE_HOME.*other users may change it"):
        private.make([shared / "inside"])
    shared.chmod(0o1777)  # sticky, as /tmp: what is ours there stays ours
    private.make([shared]).remove()


def test_the_cache_folder_comes_before_the_shared_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    folder = private.make()
    assert folder.path.is_relative_to(tmp_path / "cache")
    folder.remove()
    (tmp_path / "cache").rename(tmp_path / "gone")
    (tmp_path / "cache").write_text("no folder can be made here")
    folder = private.make()
    assert folder.path.is_relative_to(tmp_path / "runtime")
    folder.remove()


MAKER = """
import sys, time
from pathlib import Path
from dashboard.server import private
folder = private.make([Path(sys.argv[1])])
print(folder.path, flush=True)
time.sleep(60)
"""


def test_the_leftover_of_a_killed_launcher_is_removed_and_a_living_ones_folder_is_not(
    tmp_path: Path,
) -> None:
    parent = tmp_path / "parent"
    foreign = parent / f"{private.PREFIX}without-a-lock"
    with folder_maker(parent) as dead, folder_maker(parent) as living:
        foreign.mkdir(mode=0o700)
        (dead.folder / "deep").mkdir()
        (dead.folder / "deep" / "file").write_text("x")
        dead.kill()
        folder = private.make([parent])
        assert set(parent.iterdir()) == {living.folder, folder.path, foreign}
        folder.remove()


class FolderMaker(subprocess.Popen[str]):
    """A process that made a private folder and lives on."""

    folder: Path

    def kill(self) -> None:
        super().kill()
        self.wait()


@contextlib.contextmanager
def folder_maker(parent: Path) -> Iterator[FolderMaker]:
    command = [sys.executable, "-c", MAKER, str(parent)]
    with FolderMaker(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as maker:
        assert maker.stdout
        maker.folder = Path(maker.stdout.readline().strip())
        yield maker
        maker.kill()
