"""The arrows of the house: imports run one way, between rooms and inside them, no exceptions."""

import ast
import functools
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
        "cli atlas notebook",
        "exchange",
        "board page",
        "windows",
        "runs integrations",
        "record server",
        "names output",
        "errors outbox scratch",
        "program",
    ),
    "trainers": (
        "launcher",
        "steer",
        "plan atlas fork",
        "cluster",
        "local",
        "stack",
        "train watch",
        "evaluate tape",
        "answers measure saved_model",
        "model_files",
        "build",
        "checkpoint precision rates threads",
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


def is_of_a_package(path: Path) -> bool:
    """Whether every folder on the way is a package: what is only installed as one is none here."""
    folders = path.relative_to(ROOT).parents
    return all((ROOT / folder / "__init__.py").exists() for folder in list(folders)[:-1])


MODULES = [
    path
    for package in FLOORS
    for path in sorted((ROOT / package).rglob("*.py"))
    if is_of_a_package(path)
]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
WITHIN = [path for path in MODULES if path.parent.parent != ROOT or path.stem != "__init__"]


def name_of(path: Path) -> str:
    """The module's dotted name, as an import spells it."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = {name_of(path): path for path in MODULES}
NAMES = PATHS.keys()


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """Every module a file imports, anywhere in it; of our own the module that holds the name."""
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules = {f"{node.module}.{alias.name}" for alias in node.names} & NAMES
            names |= modules or {node.module}
    return frozenset(names)


def ours(path: Path) -> set[str]:
    return {name for name in imported(path) if name.split(".")[0] in FLOORS}


def place(name: str) -> tuple[str, str]:
    """The package and the room in which a module stands."""
    package, *rest = name.split(".")
    return package, rest[0] if rest else ""


def is_below(name: str, home: tuple[str, str]) -> bool:
    """Whether a module of our own stands in the same room, below it, or in the other package."""
    there = place(name)
    return there[0] != home[0] or there == home or FLOOR_OF[there] > FLOOR_OF[home]


def test_imports_run_downwards() -> None:
    upwards = [
        f"{name_of(path)} imports {name}, which is not below it"
        for path in WITHIN
        for name in sorted(ours(path))
        if not is_below(name, place(name_of(path)))
    ]
    assert not upwards


def is_allowed(name: str, home: tuple[str, str]) -> bool:
    """Whether a module of the room `home` may use another package's module at all."""
    package, home_room = home
    if name == "launch":
        return False
    if package == "dashboard":
        return name.split(".")[0] not in ("trainers", "torch", "torchvision")
    there, room = place(name)
    if home_room == "launcher" or there != "dashboard":  # the launcher is what launch.py runs
        return True
    of_runs = ("runs", "cli") if home_room == "steer" else ()  # it decides from what is known
    return room in ("record", "names", "output", "errors", "program", "scratch", *of_runs)


def test_trainers_use_the_record_alone_and_the_dashboard_knows_no_trainers() -> None:
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in MODULES
        for name in sorted(imported(path))
        if not is_allowed(name, place(name_of(path)))
    ]
    assert not wrong


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
    assert subprocess.run([sys.executable, "-B", "-c", code], cwd=ROOT).returncode == 0


def test_every_module_says_what_it_is() -> None:
    paths = [*MODULES, ROOT / "launch.py"]
    assert not [path for path in paths if len(ast.get_docstring(tree(path)) or "") <= 40]


def within_strings(path: Path) -> list[tuple[str, str]]:
    """(module, name) of every `from module import name` in code that a file hands to Python."""
    texts = [n.value for n in ast.walk(tree(path)) if isinstance(n, ast.Constant)]
    lines = re.findall(
        r"from ((?:dashboard|trainers)[\w.]*) import ([\w, ]+)", "\n".join(map(str, texts))
    )
    return [(module, name.split()[0]) for module, names in lines for name in names.split(",")]


def is_there(module: str, name: str) -> bool:
    """Whether a module of our own is there and holds a name, or is a package with that module."""
    held = PATHS[module].read_text() if module in PATHS else ""
    return bool(f"{module}.{name}" in NAMES or re.search(rf"\b{name}\b", held))


def test_what_code_within_a_string_imports_is_there() -> None:
    gone = [
        f"{name_of(path)} has code that imports {name} from {module}"
        for path in (*MODULES, *TESTS)
        for module, name in within_strings(path)
        if not is_there(module, name)
    ]
    assert not gone


def test_no_test_module_imports_another() -> None:
    """What several tests share lives in `tests/support`, a fixture in its folder's conftest."""
    wrong = []
    for path in TESTS:
        shared = ["tests.support"]
        if path.parent.name == "benchmarks":
            shared.append("tests.benchmarks")
        for name in sorted(imported(path)):
            if name.startswith("tests.") and not name.startswith(tuple(shared)):
                wrong.append(f"{name_of(path)} imports {name}")
    assert not wrong


def test_the_folder_of_the_packages_is_told_in_one_place() -> None:
    upwards = re.compile(r"__file__\)(?:\.resolve\(\))?\.parents\[(\d)\]")
    tellers = {
        name_of(path)
        for path in MODULES
        for levels in upwards.findall(path.read_text())
        if path.parents[int(levels)] == ROOT
    }
    assert tellers == {"dashboard.program"}
