"""The one root of all errors that are a person's mistake and not a bug of ours.

A command says such an error in one sentence and ends with exit code 2 (`launch.py`). Any other
exception is a bug: it keeps its traceback. Nothing is said, logged or caught here.

One style for every message, be it an error, a warning, a line of a terminal or a note in a window:
one sentence that begins in lower case (unless with a name) and has no full stop. What was wrong
comes first; what is allowed follows a colon, what happens now a semicolon. Only what is read at
length is set as prose: the atlas, the README, the descriptions in `--help`.
"""

from __future__ import annotations


class UserError(ValueError):
    """Something a person can change; the message is one sentence that says what is allowed."""
