"""Says which package is missing where a format needs one that is installed only if it is wanted.

Their bounds are in the requirements-….txt of tensorboard, figures and wandb, the extras of the same
names.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from dashboard.errors import UserError

CALLED = {"yaml": "pyyaml", "choreographer": "kaleido"}
"""What pip calls, or brings along with, packages that are imported under another name."""


def needed(module: str, what: str) -> ModuleType:
    """Import a module of such a package. Raises UserError without it.

    what: what needs it, as the sentence begins.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        package = CALLED.get(package, package)
        raise UserError(
            f"{what} needs {package}, which is not installed: pip install {package}"
        ) from None
