"""Says which package is missing where a format needs one that is installed only if it is wanted."""

from __future__ import annotations

import importlib
from types import ModuleType

from dashboard.errors import UserError

REQUIREMENTS = {
    "tensorboard": "requirements-tensorboard.txt",
    "kaleido": "requirements-figures.txt",
    "choreographer": "requirements-figures.txt",  # with which kaleido starts browsers
    "yaml": "requirements-wandb.txt",
}
"""The package that is imported, and the file of requirements that names it."""


def needed(module: str, what: str) -> ModuleType:
    """Import a module of a package of REQUIREMENTS. Raises UserError without it.

    what: what needs it, as the sentence begins.
    """
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ImportError:
        raise UserError(
            f"{what} needs {package}, which is not installed: pip install -r "
            f"{REQUIREMENTS[package]}"
        ) from None
