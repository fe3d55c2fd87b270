"""Writes the generated parts of the README files from the tables themselves.

`python launch.py docs` puts each part between its markers, as in `<!-- choices -->` ...
`<!-- /choices -->`. Everything outside the markers is a person's own text. Which part stands in
which file is said by trainers/launcher/docs.py, which knows all that they are made from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from dashboard.errors import UserError
from trainers.plan.settings import TABLES, flag
from trainers.tables.augments import AUGMENTS
from trainers.tables.choice import Table, defaults_text
from trainers.tables.recipes import RECIPES

Sections = Mapping[str, str]
"""The generated parts of one file, by the name of their markers."""


class ReadmeError(UserError):
    """A file has no place for a generated part; the message is one sentence."""


def fill(text: str, sections: Sections, name: str = "the README") -> str:
    """`text` with each section between its markers. Raises ReadmeError when a marker is missing.

    name: the file, for the message.
    """
    for section, body in sections.items():
        begin, end = f"<!-- {section} -->", f"<!-- /{section} -->"
        place = re.search(f"{re.escape(begin)}.*?{re.escape(end)}", text, re.DOTALL)
        if place is None:
            raise ReadmeError(f"{name} lacks the markers {begin} and {end}")
        text = f"{text[: place.start()]}{begin}\n\n{body.strip()}\n\n{end}{text[place.end() :]}"
    return text


def write(folder: Path, files: Mapping[str, Sections]) -> None:
    """Write the generated parts of all `files`, given by their paths in `folder`, anew.

    Raises ReadmeError, and then has written none.
    """
    texts = {}
    for name, sections in files.items():
        file = folder / name
        texts[file] = fill(file.read_text() if file.exists() else "", sections, name)
    for file, text in texts.items():
        file.write_text(text)


def choices() -> str:
    """Every table as Markdown: name, what it is, its parameters, its source; then the recipes."""
    tables: dict[str, Table] = {**TABLES, "augment": AUGMENTS}
    parts = [line for field, table in tables.items() for line in _table(field, table)]
    return "\n".join([*parts, *_recipes()])


def _table(field: str, table: Table) -> Iterator[str]:
    yield from (f"### `{flag(field)}`", "", "| name | what it is | parameters | source |")
    yield "|---|---|---|---|"
    for name, entry in table.items():
        defaults = defaults_text(entry)
        default_text = f"`{defaults}`" if defaults else ""
        says, source = (_cell(getattr(entry, part, "")) for part in ("says", "source"))
        yield f"| `{name}` | {says} | {default_text} | {source} |"
    yield ""


def _recipes() -> Iterator[str]:
    yield from ("### `--recipe`", "", "| name | what it is | published | source |")
    yield "|---|---|---|---|"
    for name, recipe in RECIPES.items():
        figures = ", ".join(
            f"{series.replace('_', ' ')} {value:g}" for series, value in recipe.published.items()
        )
        yield f"| `{name}` | {_cell(recipe.says)} | {figures} | {_cell(recipe.source)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
