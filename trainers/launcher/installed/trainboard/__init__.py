"""What an installed Trainboard is imported as: `from trainboard import Recorder, load_run`.

The wheel carries this folder under the name `trainboard`, beside `dashboard` and `trainers`, whose
names others may have too. Then the one that stands first in Python's path is imported; so it is
proved here that those are ours, and said if they are not.
"""

# ruff: noqa: E402
from __future__ import annotations

from pathlib import Path
from types import ModuleType

import dashboard
import trainers


def check(module: ModuleType, folder: Path) -> None:
    """Raise ImportError unless the package lies in `folder`."""
    file = Path(module.__file__ or "").resolve()
    if file.parent.parent != folder:
        raise ImportError(
            f"trainboard needs its own package {module.__name__!r} in {folder}, and {file} stands "
            "before it in Python's path: rename that, or start Python from another folder"
        )


if __name__ == "trainboard":  # and not a folder of the checkout
    for package in (dashboard, trainers):
        check(package, Path(__file__).resolve().parents[1])

from dashboard import Recorder, load, show
from trainers import autolog, load_run

__all__ = ["Recorder", "autolog", "load", "load_run", "show"]
