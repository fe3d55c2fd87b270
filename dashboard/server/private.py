"""The private folder of a server: where it lies, that nobody else can enter it, and its end.

Visdom opens files below it without looking, so the folder itself is the protection: it is made
once, 0700, where no other user can rename or replace it, is emptied and never made again. What
lies in it is Visdom's business, apart from the names in KEPT; the environments that clients saved
outlive the host, and not the folder.
"""

import contextlib
import fcntl
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Container, Iterable
from pathlib import Path

from dashboard.server.address import ServerError
from dashboard.server.assets import default_cache

PREFIX = "trainboard-server-"
LOCK = "lock"  # held by the launcher for as long as it lives
ENDED_SESSIONS = "ended-sessions"  # a logout outlives a restarted host
KEPT = (LOCK, ENDED_SESSIONS)


class PrivateFolder:
    """A folder that only this user can enter, with a lock that shows that its launcher lives."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    def remove(self) -> None:
        """Remove the folder with everything in it and give the lock back."""
        remove(self.path)
        self.give_up()

    def give_up(self) -> None:
        """Let others see that nobody uses the folder any more."""
        os.close(self._lock)


def renewed(folder: PrivateFolder) -> PrivateFolder:
    """The same folder while nothing is wrong with it, else a new one. Raises ServerError.

    A cleaner of caches may remove it while we run.
    """
    try:
        check(folder.path)
    except ServerError:
        new = make()
        folder.give_up()
        return new
    return folder


def make(parents: Iterable[Path] | None = None) -> PrivateFolder:
    """A new private folder below the first of `parents` where one can be, else ServerError.

    Leftovers of killed launchers are removed on the way.
    """
    failures = []
    for parent in default_parents() if parents is None else parents:
        try:
            for folder in [p for p in (*reversed(parent.parents), parent) if not p.exists()]:
                folder.mkdir(mode=0o700, exist_ok=True)
            if only_ours_to_change(parent):
                remove_leftovers(parent)
                return _make_in(parent)
            failures.append(f"{parent} (other users may change it)")
        except OSError as error:
            failures.append(f"{parent} ({error.strerror or error})")
    raise ServerError(
        "The dashboard needs a folder that only you can enter; set XDG_CACHE_HOME to one. "
        f"Tried: {'; '.join(failures)}."
    )


def default_parents() -> list[Path]:
    """The user's cache folder, then the runtime folder, then the shared temporary one.

    The runtime folder comes second because systemd removes it when the person logs out, and
    training goes on.
    """
    parents = []
    with contextlib.suppress(RuntimeError):  # a user without a home
        parents.append(default_cache() / "servers")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        parents.append(Path(runtime) / "trainboard")
    return [*parents, Path(tempfile.gettempdir())]


def only_ours_to_change(folder: Path) -> bool:
    """Whether no other user but root can rename or replace what we make in `folder`.

    True for /tmp, whose sticky bit keeps others from what is ours.
    """
    real = folder.resolve()
    for each in (real, *real.parents[:-1]):  # whoever owns / owns the machine
        status = each.lstat()
        open_to_others = status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX
        if status.st_uid not in (0, os.geteuid()) or open_to_others:
            return False
    return True


def check(folder: Path) -> None:
    """Raise ServerError unless `folder` is a real folder of ours that nobody else can enter."""
    try:
        status = folder.lstat()
    except OSError as error:
        raise ServerError(f"The private folder {folder} is gone ({error.strerror}).") from error
    if not stat.S_ISDIR(status.st_mode):
        raise ServerError(f"{folder} must be a folder, not a link or a file.")
    if status.st_uid != os.geteuid():
        raise ServerError(f"{folder} belongs to another user.")
    if status.st_mode & 0o077:
        raise ServerError(f"Other users may enter {folder}: its mode must be 0700.")


def empty(folder: Path, keep: Container[str] = ()) -> None:
    """Remove everything in `folder` but the names in KEPT and `keep`; a link goes, not what it
    points at.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in KEPT or entry.name in keep:
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)
            else:
                os.unlink(entry.path)


def start_anew(folder: Path) -> None:
    """Empty it for a host that takes the place of a killed one: what clients saved stays.

    That is a file for each environment; one that is not whole, as its writer was killed, goes.
    """
    environments = {file.name: file for file in folder.glob("*.json") if is_saved(file)}
    empty(folder, keep=environments)


def is_saved(file: Path) -> bool:
    """Whether the file is a whole environment, as Visdom saves it."""
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)) as stream:
            content = json.load(stream)
    except (OSError, ValueError, RecursionError):
        return False
    parts = content if isinstance(content, dict) else {}
    return all(isinstance(parts.get(key), dict) for key in ("jsons", "reload"))


def remove(folder: Path) -> None:
    """Remove the folder; the lock goes last, so that an interrupted removal is taken up again."""
    with contextlib.suppress(OSError):
        empty(folder)
    shutil.rmtree(folder, ignore_errors=True)


def open_own(path: Path, flags: int) -> int:
    """Open or create a file of ours, 0600, without following a link. Raises OSError."""
    return os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def remove_leftovers(parent: Path) -> None:
    """Remove the private folders in `parent` that are ours and whose launcher is gone."""
    for folder in parent.glob(PREFIX + "*"):
        try:
            check(folder)
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        except (OSError, ServerError):
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(folder)
        except OSError:
            pass  # its launcher lives, or the file system knows no locks
        finally:
            os.close(lock)


def _make_in(parent: Path) -> PrivateFolder:
    """Make a folder under another name first: nobody may take it for a leftover unlocked."""
    new = Path(tempfile.mkdtemp(prefix=".new-" + PREFIX, dir=parent))
    new.chmod(0o700)
    lock = open_own(new / LOCK, os.O_RDWR)
    with contextlib.suppress(OSError):  # no locks here: then nobody removes leftovers either
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    folder = parent / new.name.removeprefix(".new-")
    new.rename(folder)
    return PrivateFolder(folder, lock)
