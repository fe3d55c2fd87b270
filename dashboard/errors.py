"""The one root of all errors that are a person's mistake and not a bug of ours.

A command says such an error in one sentence and ends with exit code 2 (`launch.py`). Any other
exception is a bug: it keeps its traceback. Nothing is said, logged or caught here.
"""

from __future__ import annotations


class UserError(ValueError):
    """Something a person can change; the message is one sentence that says what is allowed."""
