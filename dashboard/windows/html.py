"""Writes small pieces of HTML for text windows, and escapes every value, so no caller forgets it.

Knows nothing of runs; the classes it names are styled in our page's css.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from urllib.parse import quote


class Safe(str):
    """A piece of HTML that was escaped when it was made."""


def escape(value: object) -> Safe:
    """Any value as text that a browser shows as it is."""
    return value if isinstance(value, Safe) else Safe(html.escape(str(value), quote=True))


def tag(
    name: str, *content: object, css: str = "", style: str = "", title: str = "", run: str = ""
) -> Safe:
    """An element with escaped attributes and content; `run`: the name of the run it is about."""
    attributes = "".join(
        f' {key}="{escape(value)}"'
        for key, value in (("class", css), ("style", style), ("title", title), ("data-run", run))
        if value
    )
    return Safe(f"<{name}{attributes}>{join(content)}</{name}>")


def join(parts: Iterable[object]) -> Safe:
    return Safe("".join(escape(part) for part in parts))


def link_to_environment(environment: str, text: object) -> Safe:
    """A link that opens another environment of the same server."""
    return Safe(f'<a href="/env/{quote(environment, safe="")}">{escape(text)}</a>')


def table(head: Sequence[object], rows: Iterable[Sequence[object]], css: str = "tb") -> Safe:
    """A table; a cell that is a Safe element `th` or `td` stays as it is, any other becomes one."""
    top = tag("tr", *(_cell("th", cell) for cell in head))
    body = join(tag("tr", *(_cell("td", cell) for cell in row)) for row in rows)
    return tag("table", tag("thead", top), tag("tbody", body), css=css)


def _cell(name: str, cell: object) -> Safe:
    if isinstance(cell, Safe) and cell.startswith(f"<{name}"):
        return cell
    return tag(name, cell)
