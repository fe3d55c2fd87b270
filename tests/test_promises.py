"""Every test that a promise names is there: a promise without its test is only a sentence."""

import ast
import functools
import re
from pathlib import Path

import pytest

from tests.support.launching import ROOT

PROMISES = ROOT / "tests" / "faults" / "README.md"
NAMED = re.findall(r"(tests/[\w/]+\.py)::(\w+)", PROMISES.read_text())


@functools.cache
def functions(path: Path) -> set[str]:
    """The names of a file's functions."""
    return {n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda part: part.rpartition("/")[2])
def test_the_test_of_a_promise_is_there(file: str, name: str) -> None:
    assert name in functions(ROOT / file)


def test_every_promise_names_its_test() -> None:
    rows = [line for line in PROMISES.read_text().splitlines() if line.startswith("| ")]
    promises = [row for row in rows if row != "| promise | test |"]
    assert promises
    assert all("::" in row for row in promises)
