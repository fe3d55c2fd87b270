"""The arrows of the house: imports run one way, and the light rooms stay light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.launching import ROOT

MODULES = [p for room in ("dashboard", "trainers") for p in (ROOT / room).rglob("*.py")]
RECORDING = {
    f"dashboard.{name}" for name in ("recorder", "sink", "committer", "patience", "output")
}
TABLES = ("activations", "inits", "losses", "optimizers", "models")


def imported(path: Path) -> set[str]:
    """Every module a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: f"{p.parent.name}.{p.stem}")
def test_imports_run_one_way(path: Path) -> None:
    rooms = {name.split(".")[0] for name in imported(path)}
    assert "launch" not in rooms
    if "dashboard" in path.parts:
        assert not rooms & {"trainers", "torch", "torchvision"}
    else:
        ours = {name for name in imported(path) if name.startswith("dashboard")}
        records = path.stem in ("worker", "patience") or path.stem.startswith("ray_")
        assert ours <= (RECORDING if records else set()), ours


@pytest.mark.parametrize("table", TABLES)
def test_a_table_imports_nothing_of_ours_but_a_layer(table: str) -> None:
    names = imported(ROOT / "trainers" / f"{table}.py")
    ours = {n for n in names if n.split(".")[0] in ("trainers", "dashboard")}
    assert ours <= {"trainers.pooling"}


@pytest.mark.parametrize("heavy", ["torch", "visdom", "tornado"])
def test_the_launcher_and_the_nursery_load_nothing_heavy_by_themselves(heavy: str) -> None:
    code = f"import sys, launch, trainers.nursery; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("path", [*MODULES, ROOT / "launch.py"], ids=lambda p: p.stem)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert len(ast.get_docstring(ast.parse(path.read_text())) or "") > 40
