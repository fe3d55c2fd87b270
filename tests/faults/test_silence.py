"""The point that nobody follows: what was recorded before a silence survives the process."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from dashboard.record.reader import Record
from dashboard.record.schema import FILE_NAME, is_recorded
from tests.support.launching import ROOT, until

BURST = 20_000
SILENCES = {
    "asleep": "time.sleep(600)",
    "in a C call that holds no lock": "hashlib.pbkdf2_hmac('sha256', b'', b'', 10**9)",
    "busy with something else": "while True: sum(range(100))",
}
HEAD = """
import hashlib, os, sys, time
import numpy as np
from dashboard import Recorder
folder = sys.argv[1]
"""


@contextmanager
def process(code: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        [sys.executable, "-c", HEAD + code, str(folder)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def counts(folder: Path) -> dict[str, int]:
    """Points by run and series."""
    if not is_recorded(folder):
        return {}
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        rows = db.execute("SELECT run || ' ' || series, count(*) FROM curve GROUP BY 1")
        return dict(rows.fetchall())


@pytest.mark.parametrize("silence", SILENCES)
def test_a_burst_that_silence_follows_is_recorded_whole(tmp_path: Path, silence: str) -> None:
    code = (
        "run = Recorder(folder, 'r')\n"
        f"for step in range({BURST}): run.scalar('s', step, 0.5)\n"
        f"{SILENCES[silence]}"
    )
    with process(code, tmp_path) as silent:
        until(lambda: counts(tmp_path).get("r s") == BURST, 60, "the commit of the burst")
        silent.kill()
    assert counts(tmp_path) == {"r s": BURST}


def test_images_texts_and_data_need_no_further_call_either(tmp_path: Path) -> None:
    code = (
        "run = Recorder(folder, 'r')\n"
        "run.scalar('s', 1, 0.5)\n"
        "run.images('x', 1, np.zeros((2, 4, 4)))\n"
        "run.text('note', 1, 'so far')\n"
        "run.data('guesses', 1, {'classes': [1]})\n"
        "time.sleep(600)"
    )
    with process(code, tmp_path):
        until(lambda: counts(tmp_path), 60, "the commit")
        names: set[str] = set()

        def all_there() -> bool:
            record = Record(tmp_path)
            names.update(media.name for media in record.changes().media)
            record.close()
            return names == {"x", "note", "guesses"}

        until(all_there, 60, "the commit of images, text and data")


def test_every_recorder_of_a_silent_process_keeps_the_promise(tmp_path: Path) -> None:
    code = (
        "gone = Recorder(folder, 'gone')\n"
        "runs = [Recorder(folder, f'r{i}') for i in range(3)]\n"
        "for step in range(100):\n"
        "    for run in [gone, *runs]: run.scalar('s', step, 0.5)\n"
        "gone.close()\n"
        "time.sleep(0.6)\n"
        "for step in range(100, 200):\n"
        "    for run in runs: run.scalar('s', step, 0.5)\n"
        "del run, runs\n"
        "time.sleep(600)"
    )
    with process(code, tmp_path):
        expected = {"gone s": 100, "r0 s": 200, "r1 s": 200, "r2 s": 200}
        until(lambda: counts(tmp_path) == expected, 60, "the commit of every run")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_neither_writes_nor_ends_its_parents_run(tmp_path: Path) -> None:
    code = (
        "with Recorder(folder, 'parent') as run:\n"
        "    run.scalars('s', 0, [0.5] * 100)\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        run.scalars('s', 100, [0.5] * 50_000)\n"
        "        run.text('note', 1, 'from the child')\n"
        "        assert not run.flush()\n"
        "        with Recorder(folder, 'child') as own: own.scalar('s', 1, 0.5)\n"
        "        sys.exit(7)\n"
        "    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7\n"
        "    run.scalar('s', 100, 0.5)\n"
    )
    with process(code, tmp_path) as parent:
        output, _ = parent.communicate(timeout=60)
    assert parent.returncode == 0, output
    assert output.count("so nothing is recorded from a fork of that") == 1
    assert counts(tmp_path) == {"parent s": 101, "child s": 1}
    record = Record(tmp_path)
    assert {run.name: run.state for run in record.runs()} == {"parent": "done", "child": "done"}
    assert not record.changes().media
    record.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_in_the_middle_of_a_commit_leaves_no_lock_behind(tmp_path: Path) -> None:
    code = (
        "import threading\n"
        "run, going = Recorder(folder, 'parent'), True\n"
        "def record():\n"
        "    step = 0\n"
        "    while going:\n"
        "        run.scalars('s', step, [0.5] * 5_000); run.flush(); step += 5_000\n"
        "thread = threading.Thread(target=record); thread.start()\n"
        "for i in range(20):\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        with Recorder(folder, f'child{i}') as own: own.scalar('s', 1, 0.5)\n"
        "        os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "going = False; thread.join(); run.close()\n"
    )
    with process(code, tmp_path) as parent:
        output, _ = parent.communicate(timeout=60)
    assert parent.returncode == 0, output
    names = counts(tmp_path)
    assert {name: n for name, n in names.items() if "child" in name} == {
        f"child{i} s": 1 for i in range(20)
    }
    assert names["parent s"] % 5_000 == 0


def test_a_process_that_ends_with_an_open_recorder_leaves_nothing_open(tmp_path: Path) -> None:
    code = (
        "import gc\n"
        f"run = Recorder(folder, 'r')\nrun.scalars('s', 0, [0.5] * {BURST})\n"
        "del run; gc.collect()"
    )
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", HEAD + code, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert ended.stderr == ""
    assert counts(tmp_path) == {"r s": BURST}
