"""The tables of choices, put back as they were after a test has added entries of a person's own."""

from collections.abc import Iterator
from contextlib import contextmanager

from trainers.tables.own_file import TABLES


@contextmanager
def restored() -> Iterator[None]:
    """Whatever joins the tables within the block leaves them again."""
    before = {name: dict(table) for name, (table, _) in TABLES.items()}
    try:
        yield
    finally:
        for name, (table, _) in TABLES.items():
            table.clear()
            table.update(before[name])
