"""Writes the README's lists of choices and flags from the tables and the parsers themselves.

`python launch.py docs` puts each generated part between its markers, as in `<!-- choices -->` ...
`<!-- /choices -->`. Everything outside the markers is a person's own text.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping

from dashboard.errors import UserError
from trainers.plan.plan import TABLES
from trainers.tables.choice import Table, defaults_text
from trainers.tables.recipes import RECIPES


class ReadmeError(UserError):
    """The README has no place for a generated list; the message is one sentence."""


def fill(text: str, sections: Mapping[str, str]) -> str:
    """`text` with each section between its markers. Raises ReadmeError when a marker is missing."""
    for name, body in sections.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        match = re.search(f"{re.escape(begin)}.*?{re.escape(end)}", text, re.DOTALL)
        if match is None:
            raise ReadmeError(f"the README lacks the markers {begin} and {end}")
        text = f"{text[: match.start()]}{begin}\n\n{body.strip()}\n\n{end}{text[match.end() :]}"
    return text


def choices() -> str:
    """Every table as Markdown: name, what it is, its parameters, its source; then the recipes."""
    parts = [line for field, table in TABLES.items() for line in _table(field, table)]
    return "\n".join([*parts, *_recipes()])


def flags(parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    """Every flag of every command as Markdown; `parsers` by the words that start the command."""
    lines = []
    for command, parser in parsers.items():
        lines += [f"### `{command}`", "", parser.description or "", ""]
        actions = list(_actions(parser))
        lines += ["| flag | what it does |", "|---|---|"] if actions else []
        for action in actions:
            names = "`, `".join(action.option_strings) or str(action.metavar or action.dest)
            what = (action.help or "").replace("%%", "%")
            lines.append(f"| `{_cell(names + _value(action))}` | {_cell(what)} |")
        lines.append("")
    return "\n".join(lines)


def _table(field: str, table: Table) -> Iterator[str]:
    yield from (f"### `--{field}`", "", "| name | what it is | parameters | source |")
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


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        if not isinstance(action, argparse._HelpAction):
            yield action


def _value(action: argparse.Action) -> str:
    if action.nargs == 0 or not action.option_strings or action.metavar is None:
        return ""
    words = (action.metavar,) if isinstance(action.metavar, str) else action.metavar
    return " ".join(["", *words, *(["..."] if action.nargs in ("+", "*") else [])])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
