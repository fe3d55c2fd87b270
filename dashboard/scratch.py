"""Makes temporary folders of this program, and removes those that killed processes have left.

Such a folder goes when its `with` ends. A killed process removes nothing, so a folder is locked
for as long as it is used, and whoever makes the next one removes those that nobody holds. A folder
that other users of the machine must not touch is `dashboard.server.private`'s business.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = "trainboard-scratch-"
YOUNG_S = 60.0  # a folder is there for a moment before it is locked


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder that only this user can enter, until the `with` ends. Raises OSError."""
    remove_leftovers()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name, _opened(Path(name)) as folder:
        with contextlib.suppress(OSError):  # no locks here: then nobody removes leftovers either
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield Path(name)


def remove_leftovers() -> None:
    """Remove this user's temporary folders that no process holds any more."""
    for path in Path(tempfile.gettempdir()).glob(PREFIX + "*"):
        with contextlib.suppress(OSError), _opened(path) as folder:
            status = os.fstat(folder)
            if status.st_uid == os.geteuid() and time.time() - status.st_mtime > YOUNG_S:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)  # OSError while it is used
                shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    """The descriptor of a folder that is no link, which a process started meanwhile has not."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
