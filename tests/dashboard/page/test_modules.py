"""The page's modules that need no page: their tests in JavaScript, run by node's own runner."""

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TESTS = sorted(HERE.glob("*.test.mjs"))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_the_tests_of_a_module_pass(node: str, path: Path) -> None:
    run = subprocess.run(
        [node, str(path)], capture_output=True, text=True, timeout=60, check=False
    )  # with --test it would start another node to do the same
    assert run.returncode == 0, run.stdout + run.stderr


def test_there_are_tests_to_run() -> None:
    assert TESTS
