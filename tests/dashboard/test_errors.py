"""dashboard.errors: a mistake is one sentence and exit code 2, a bug shows its traceback."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.board.dashboard import Dashboard
from dashboard.errors import UserError
from tests.support.invented import invent
from tests.support.launching import LAUNCH, ROOT
from trainers.cluster.connect import RayError, _knock

# The real launcher, with one function of one command in whose place something else stands.
PROGRAM = """
import runpy, sys
import dashboard.cli.export
from dashboard.errors import UserError

def export(*anything):
    raise {error}("operands could not be broadcast together")

dashboard.cli.export.write_csv = export
sys.argv = [{launch!r}, "export", "exp", "--to", "files", "--as", "csv"]
runpy.run_path({launch!r}, run_name="__main__")
"""


def export_raising(error: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    invent(tmp_path / "runs" / "exp").record.close()
    program = PROGRAM.format(error=error, launch=str(LAUNCH))
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.processes
@pytest.mark.parametrize("error", ["ValueError", "UnicodeError", "KeyError"])
def test_a_bug_in_a_command_shows_its_traceback_and_exits_1(error: str, tmp_path: Path) -> None:
    ended = export_raising(error, tmp_path)
    assert ended.returncode == 1, ended.stderr
    assert "Traceback (most recent call last)" in ended.stderr
    assert ", in export\n" in ended.stderr  # the place of the bug
    assert "operands could not be broadcast together" in ended.stderr.splitlines()[-1]


@pytest.mark.processes
def test_a_persons_mistake_in_a_command_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    ended = export_raising("UserError", tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == "launch.py: operands could not be broadcast together\n"


@pytest.mark.parametrize("room", ["dashboard", "trainers"])
def test_no_error_of_ours_is_a_value_error_without_being_a_persons_mistake(room: str) -> None:
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and node.name != UserError.__name__:
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                assert "ValueError" not in bases, f"{node.name} in {path}"


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://h:port", "http://h:70000", "h:8097", "http://"]
)
def test_an_address_that_is_none_is_a_persons_mistake(url: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no address: write http://HOST:PORT"):
        Dashboard("127.0.0.1", None, url, tmp_path / "server.log")


@pytest.mark.parametrize("address", ["a..b:1", "h:²", "h:0", "h"])
def test_a_ray_address_that_is_none_is_a_persons_mistake(address: str) -> None:
    with pytest.raises(RayError):
        _knock(address)
