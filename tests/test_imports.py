"""The arrows of the house: imports run one way, between rooms and inside them, no exceptions."""

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.launching import ROOT

# From the roof down: a room may use what stands below it, never what stands beside or above it.
FLOORS = {
    "dashboard": (
        "cli atlas",
        "board page",
        "windows",
        "runs",
        "record server",
        "names output",
        "errors outbox",
    ),
    "trainers": (
        "launcher",
        "plan atlas",
        "cluster",
        "local",
        "stack",
        "train",
        "measure",
        "build",
        "checkpoint precision",
        "config",
        "tables",
    ),
}
FLOOR_OF = {
    (package, room): floor
    for package, floors in FLOORS.items()
    for floor, rooms in enumerate(floors)
    for room in rooms.split()
}
MODULES = [path for package in FLOORS for path in sorted((ROOT / package).rglob("*.py"))]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
WITHIN = [path for path in MODULES if path.parent.parent != ROOT or path.stem != "__init__"]


def name_of(path: Path) -> str:
    """The module's dotted name, as an import spells it."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in MODULES}


def imported(path: Path) -> set[str]:
    """Every module a file imports, anywhere in it; of our own the module that holds the name."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = {f"{node.module}.{alias.name}" for alias in node.names} & NAMES
            names |= modules or {node.module}
    return names


def ours(path: Path) -> set[str]:
    return {name for name in imported(path) if name.split(".")[0] in FLOORS}


def place(name: str) -> tuple[str, str]:
    """The package and the room in which a module stands."""
    package, *rest = name.split(".")
    return package, rest[0] if rest else ""


@pytest.mark.parametrize("path", WITHIN, ids=name_of)
def test_imports_run_downwards(path: Path) -> None:
    home = place(name_of(path))
    for name in ours(path):
        there = place(name)
        if there[0] == home[0]:
            lower = there == home or FLOOR_OF[there] > FLOOR_OF[home]
            assert lower, f"{name_of(path)} imports {name}, which is not below it"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_trainers_use_the_record_alone_and_the_dashboard_knows_no_trainers(path: Path) -> None:
    package, room = place(name_of(path))
    assert "launch" not in imported(path)
    if package == "dashboard":
        heavy = {"torch", "torchvision"}
        assert not {name.split(".")[0] for name in imported(path)} & {"trainers", *heavy}
    if package == "trainers" and room != "launcher":  # which is what launch.py runs
        theirs = {place(name) for name in ours(path) if place(name)[0] == "dashboard"}
        assert theirs <= {("dashboard", room) for room in ("record", "output", "errors")}, theirs


def test_no_two_modules_need_each_other() -> None:
    arrows = {name_of(path): ours(path) - {name_of(path)} for path in MODULES}
    list(graphlib.TopologicalSorter(arrows).static_order())  # raises CycleError, which names them


@pytest.mark.parametrize("package", FLOORS)
def test_every_room_has_its_floor(package: str) -> None:
    there = {path.relative_to(ROOT / package).parts[0] for path in (ROOT / package).rglob("*.py")}
    rooms = {Path(name).stem for name in there} - {"__init__"}
    assert rooms == {room for of, room in FLOOR_OF if of == package}


@pytest.mark.parametrize("heavy", ["torch", "visdom", "tornado"])
def test_the_launcher_and_the_fork_server_load_nothing_heavy_by_themselves(heavy: str) -> None:
    code = f"import sys, launch, trainers.local.children; sys.exit({heavy!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("path", [*MODULES, ROOT / "launch.py"], ids=lambda p: p.stem)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert len(ast.get_docstring(ast.parse(path.read_text())) or "") > 40


def within_strings(path: Path) -> list[tuple[str, str]]:
    """(module, name) of every `from module import name` in code that a file hands to Python."""
    texts = [n.value for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant)]
    lines = re.findall(
        r"from ((?:dashboard|trainers)[\w.]*) import ([\w, ]+)", "\n".join(map(str, texts))
    )
    return [(module, name.split()[0]) for module, names in lines for name in names.split(",")]


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=name_of)
def test_what_code_within_a_string_imports_is_there(path: Path) -> None:
    for module, name in within_strings(path):
        assert module in NAMES, f"{name_of(path)} has code that imports {module}"
        held = next(p for p in MODULES if name_of(p) == module).read_text()
        assert f"{module}.{name}" in NAMES or re.search(rf"\b{name}\b", held), (module, name)


@pytest.mark.parametrize("path", TESTS, ids=name_of)
def test_no_test_module_imports_another(path: Path) -> None:
    """What several tests share lives in `tests/support`, a fixture in its folder's conftest."""
    shared = {name for name in imported(path) if name.startswith("tests.")}
    rest = {name for name in shared if not name.startswith("tests.support")}
    if path.parent.name == "benchmarks":
        rest = {name for name in rest if not name.startswith("tests.benchmarks")}
    assert not rest, f"{name_of(path)} imports {sorted(rest)}"
