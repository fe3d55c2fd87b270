"""A script of a person's own as they start it, with this project where Python looks for imports."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.launching import MARK, READY, ROOT, new_mark
from tests.support.ready import Forked


class Script:
    """A script that runs in a folder: a process of its own, which may find torch loaded already.

    What it prints and complains of goes to files there. env: what differs in its environment.
    """

    def __init__(self, file: Path, *arguments: str, folder: Path, **env: str) -> None:
        mark = new_mark()
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        environ = {**os.environ, "PYTHONPATH": path, MARK: mark, **env}
        self._command = [str(file), *arguments]
        self._said = [folder / f"script-{mark}.{kind}" for kind in ("out", "err")]
        out, err = self._said
        with open(os.devnull) as nothing, out.open("wb") as printed, err.open("wb") as complained:
            streams = [nothing.fileno(), printed.fileno(), complained.fileno()]
            self._process = self._start(file, [*arguments], folder, environ, streams)

    @staticmethod
    def _start(
        file: Path, arguments: list[str], folder: Path, environ: dict[str, str], streams: list[int]
    ) -> Forked | subprocess.Popen[bytes]:
        if READY.can_fork(environ):
            return READY.fork(arguments, folder, environ, streams, program=file)
        stdin, stdout, stderr = streams
        return subprocess.Popen(
            [sys.executable, str(file), *arguments],
            cwd=folder, env=environ, stdin=stdin, stdout=stdout, stderr=stderr,
        )  # fmt: skip

    def ends(self, within_s: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Wait for the end; its exit code, what it has printed and what it has complained of."""
        try:
            code = self._process.wait(within_s)
        finally:
            self._process.kill()
        return subprocess.CompletedProcess(
            self._command, code, *(f.read_text() for f in self._said)
        )
