"""torch, nn, F, uncompiled: PyTorch, imported when something of it is first used.

The tables are read to plan and to refuse, which computes nothing, and importing PyTorch takes
longer than all of that. So a module that planning reads takes these; to a type checker it takes
PyTorch itself. What trains imports PyTorch as everybody does.
"""

from __future__ import annotations

import importlib
from typing import Any


class Late:
    """Stands for a module; each look at it is a look at that one."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


torch, nn, F = Late("torch"), Late("torch.nn"), Late("torch.nn.functional")
uncompiled = Late("trainers.tables.uncompiled")
