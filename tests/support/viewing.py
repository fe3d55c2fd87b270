"""Recorded experiments that `launch.py view` shows, for tests that look and change nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.invented import invent
from tests.support.launching import Launched, answers, until
from tests.support.reading import until_the_test_ends


@contextmanager
def viewing(
    folder: Path, grids: Mapping[str, Mapping[str, Any]], states: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Record an experiment of each grid, by name, and view the first; the server's address.

    states: of runs that are not done, by name.
    """
    for name, grid in grids.items():
        invent(folder / "runs" / name, grid, states or {})
    until_the_test_ends.close()  # the records are read by the launcher alone
    first = next(iter(grids))
    view = Launched(["view", first, "--no-browser"], folder, {})
    try:
        view.says(f"/env/{first}_compare\n")
        until(lambda: answers(view.url))
        yield view.url.removesuffix(f"/env/{first}_compare")
    finally:
        view.clean_up()
