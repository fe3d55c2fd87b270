"""The README files hold: commands that exist, examples that a test runs, links that lead somewhere.

Commands are planned or parsed, not run; what they do is tested where it is made. Changes of the
project that are shown are made in `test_contributing.py`.
"""

import functools
import re
import shlex
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.support.documents import (
    FILES,
    Block,
    anchors,
    blocks,
    change,
    code_in_text,
    example,
    links,
)
from tests.support.invented import invent
from tests.support.launching import ROOT
from tests.support.small_data import write_houses
from tests.support.tables import restored
from trainers.launcher import commands
from trainers.plan.flags import load_own_choices, parse_flags
from trainers.steer.policy import planned
from trainers.tables.own_file import TABLES, load_choices
from trainers.tables.recipes import RECIPES

BLOCKS = [block for file in FILES for block in blocks(file)]
COMMANDS = [
    (block.page, line)
    for block in BLOCKS
    if block.language == "sh" and not block.why_not
    for line in block.text.splitlines()
]
IN_TEXT = [(str(file.relative_to(ROOT)), code) for file in FILES for code in code_in_text(file)]
MAKEFILE = (ROOT / "Makefile").read_text()
# The Python blocks that are no change of the project, by what they have, and what runs them.
RUN_BY = {
    "mine.py: python mine.py": "tests/dashboard/record/test_any_loop.py",
    "# with_lightning.py": "tests/dashboard/integrations/test_libraries.py",
    "# with_transformers.py": "tests/dashboard/integrations/test_libraries.py",
    "# with_keras.py": "tests/dashboard/integrations/test_libraries.py",
    "# with_tensorboard.py": "tests/dashboard/integrations/test_libraries.py",
    "# with_autolog.py": "tests/trainers/test_watch.py",
    "# mine_choices.py": "tests/test_documents.py",
    "# tasks.py": "tests/test_other_tasks.py",
    "# loop.py: python loop.py": "tests/test_other_tasks.py",
    "import load_run": "tests/trainers/test_saved_model.py",
    "import load, show": "tests/dashboard/notebook/test_recorded.py",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a person stands who follows the pages: with an experiment, and a file of choices."""
    place = tmp_path_factory.mktemp("place")
    invent(place / "runs" / "NAME").record.close()
    (place / "mine_choices.py").write_text(example("# mine_choices.py"))
    (place / "tasks.py").write_text(example("# tasks.py"))
    write_houses(place / "houses.csv")
    return place


@pytest.fixture
def folder(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The same for one test alone, which stands there."""
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    with restored():
        yield tmp_path


def plan(argv: list[str]) -> None:
    """Read a command of launch.py as the launcher does; what is trained is planned too."""
    command, rest = commands.choose_command(argv, commands.COMMANDS, default="train")
    parser = command.parser()
    if command is not commands.COMMANDS["train"]:
        parser.parse_args(rest)
        return
    load_own_choices(rest)
    args = parse_flags(parser, rest)
    args.device, args.workers, args.engine = "cpu", 1, "local"
    planned(args)


def variables(words: list[str]) -> dict[str, str]:
    """The NAME=value words of a make command."""
    return dict(word.split("=", 1) for word in words if "=" in word)


def check_make(words: list[str]) -> None:
    given, targets = variables(words), [word for word in words if "=" not in word]
    phony = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.M)[0].split()
    assert set(targets) <= set(phony), f"make has no {targets}"
    assert all(re.search(rf"^{name} \?=", MAKEFILE, re.M) for name in given), given
    arguments = shlex.split(given.get("ARGS", ""))
    if targets == ["run"]:
        plan(arguments)
    elif targets == ["bench"]:
        known = (ROOT / "tests/benchmarks/__main__.py").read_text()
        assert all(f'"{name}":' in known for name in arguments)
    else:
        assert all((ROOT / path).exists() for path in arguments if path.startswith("tests/"))


def check(words: list[str]) -> None:
    """Fail unless the command can be given as it stands, in a folder with an experiment NAME."""
    program = Path(words[0]).name
    if program == "make":
        check_make(words[1:])
    elif "launch.py" in words[:2]:
        plan(words[words.index("launch.py") + 1 :])
    elif program in ("pip", "python3"):  # installing, as make does it, what is there
        assert words[1] in ("install", "-m")
        files = [word for before, word in pairwise(words) if before == "-r"]
        assert all((ROOT / file).exists() for file in files)
        assert all(word in MAKEFILE or word in files for word in words[2:] if word != ".venv")
    elif program == "sqlite3":
        file, statement = words[1:]
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute(statement).fetchall()
    elif words[1] == "-c":
        exec(words[2], {})
    else:
        raise AssertionError(f"no test knows what to make of {shlex.join(words)!r}")


@pytest.mark.parametrize(("page", "line"), COMMANDS, ids=lambda part: part.partition("  #")[0])
def test_a_command_can_be_given_as_it_stands(page: str, line: str, folder: Path) -> None:
    if words := shlex.split(line, comments=True):
        check(words)


@functools.cache
def flags() -> dict[str, set[str]]:
    """The flags of each command, by its module."""
    return {
        command.module: {name for a in command.parser()._actions for name in a.option_strings}
        for command in commands.COMMANDS.values()
    }


PROGRAMS = re.compile(r"(make|sqlite3|pytest|launch\.py|python launch\.py|\.venv/bin/python) ")


@pytest.mark.parametrize(
    ("file", "code"),
    [(file, code) for file, code in dict.fromkeys(IN_TEXT) if PROGRAMS.match(code)],
    ids=lambda part: part,
)
def test_a_command_in_the_text_is_one_that_there_is(
    file: str, code: str, request: pytest.FixtureRequest
) -> None:
    words = shlex.split(code)
    if "launch.py" not in words:
        request.getfixturevalue("folder")
        check(words)
        return
    command, rest = commands.choose_command(
        words[words.index("launch.py") + 1 :], commands.COMMANDS, "train"
    )
    assert {word for word in rest if word.startswith("--")} <= flags()[command.module]


@pytest.mark.parametrize(
    ("file", "code"),
    [(file, code) for file, code in dict.fromkeys(IN_TEXT) if code.startswith("--")],
    ids=lambda part: part,
)
def test_a_flag_in_the_text_is_one_that_there_is(file: str, code: str) -> None:
    known = set().union(*flags().values())
    assert {word for word in code.split() if word.startswith("--")} <= known
    recipe = re.match(r"--recipe (\w+)", code)
    assert recipe is None or recipe[1] in {*RECIPES, "NAME"}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.page)
def test_every_block_says_what_it_is_and_every_example_is_run(block: Block) -> None:
    assert block.language in ("", "python", "sh")
    if block.language == "":
        assert not re.search(r"^(make|python\S*|pip|\S+/python) ", block.text, re.M), (
            "mark it as sh"
        )
    elif block.language == "python" and change(block) is None and not block.why_not:
        (has,) = [has for has in RUN_BY if has in block.text]
        assert f'example("{has}' in (ROOT / RUN_BY[has]).read_text()


def test_each_table_takes_the_example_that_its_row_shows(folder: Path) -> None:
    page = (ROOT / "trainers" / "tables" / "README.md").read_text()
    rows = re.findall(r"^\| `([A-Z_]+)` \| .* \| `([^`]+)` \|$", page, re.M)
    assert {table for table, _ in rows} == set(TABLES)
    images, labels = np.zeros((20, 28, 28), np.uint8), np.arange(20) % 10
    np.savez(folder / "mine.npz", a=images, b=labels, c=images, d=labels)
    file = folder / "rows.py"
    entries = [f"{table} = {{'of_the_row': {value}}}" for table, value in rows]
    file.write_text("\n".join(["import numpy, torch", "from torch import nn", *entries]))
    assert load_choices(file) == ["of_the_row"] * len(rows)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_leads_somewhere(file: Path) -> None:
    for target in links(file):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        linked = (file.parent / path).resolve() if path else file
        assert linked.exists(), f"{file} links to {target}"
        assert not anchor or anchor in anchors(linked), f"{file} links to {target}"


def test_every_page_is_reached_from_the_first() -> None:
    seen, rest = set(), [ROOT / "README.md"]
    while rest:
        file = rest.pop()
        seen.add(file)
        pages = {(file.parent / target.partition("#")[0]).resolve() for target in links(file)}
        rest += [page for page in pages - seen if page.name == "README.md"]
    assert seen == set(FILES)


def test_the_tree_shows_every_room_and_no_other() -> None:
    (tree,) = [block.text for block in blocks(ROOT / "README.md") if "\n  tables/" in block.text]
    shown: dict[str, set[str]] = {}
    for line in tree.splitlines():
        name = line.split()[0].rstrip("/")
        if line.startswith(" "):
            shown[list(shown)[-1]].add(name)
        else:
            shown[name] = set()
    for package in ("dashboard", "trainers"):
        rooms = {path.name for path in (ROOT / package).iterdir() if path.is_dir()}
        assert shown[package] == {room for room in rooms if not room.startswith(("__", "."))}
