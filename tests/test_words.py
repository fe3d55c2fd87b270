"""The words of the code: a variable says what it holds, not that something was done to it."""

import ast
import re

from tests.support.launching import ROOT

PARTICIPLE = re.compile(
    "added|allowed|answered|asked|begun|built|changed|chosen|closed|counted|decoded|differing|done|"
    "drawn|ended|expected|fetched|finished|found|given|going|gone|grouped|held|joined|kept|known|"
    "listed|loaded|lost|made|marked|measured|missing|moved|named|needed|opened|parsed|planned|"
    "printed|read|received|recorded|removed|running|said|saved|sent|shown|sorted|started|stopped|"
    "taken|told|trained|used|waiting|wanted|written"
)


def names(tree: ast.AST) -> list[tuple[int, str]]:
    """Each variable and parameter where it gets its value, with its line; no fields of classes."""
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    lines = [
        line for body in bodies for line in body if isinstance(line, ast.Assign | ast.AnnAssign)
    ]
    fields = {part for line in lines for part in ast.walk(line)}
    places: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            places.append((node.lineno, node.arg))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in fields:
            places.append((node.lineno, node.id))
    return places


def test_no_variable_is_named_by_a_participle_alone() -> None:
    files = [path for room in ("dashboard", "trainers") for path in (ROOT / room).rglob("*.py")]
    assert [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in files
        for line, name in names(ast.parse(path.read_text(encoding="utf-8")))
        if PARTICIPLE.fullmatch(name)
    ] == []


def test_a_participle_is_seen_wherever_a_name_gets_its_value() -> None:
    code = "def f(held, *, kept=1):\n for found in held: known = found\n with f() as made: pass"
    assert {name for _, name in names(ast.parse(code))} == {
        "held",
        "kept",
        "found",
        "known",
        "made",
    }
