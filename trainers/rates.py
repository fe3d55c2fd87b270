"""Sets a run's learning rate before each step: by its schedule, or as a person has asked for.

What a person asks for while the run trains holds from the next step on, and the schedule, which is
a setting of the run, has nothing more to say. Each change is kept with the step after which it
holds, so that a run which is resumed, or trained again from its first step, changes its rate where
it did before. Where the changes are kept is not known here, nor which schedules there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from torch.optim import Optimizer


class Wanted(Protocol):
    """A rate that somebody wants. key: the same when it is said again."""

    @property
    def lr(self) -> float: ...
    @property
    def key(self) -> str: ...


class Rates:
    """The changes of one run. changes: those made so far, each {step, lr, key}, in their order.

    wish: the newest that somebody wants, made already or not.
    """

    def __init__(
        self,
        changes: Sequence[Mapping[str, Any]] = (),
        wish: Callable[[], Wanted | None] = lambda: None,
    ) -> None:
        self.changes = [dict(change) for change in changes]
        self._wish = wish
        self._keys = {change["key"] for change in self.changes}
        self._due = {change["step"]: change["lr"] for change in self.changes}

    def apply(self, step: int, optimizer: Optimizer, lr: float | None = None) -> bool:
        """Set the rate that holds from the step after `step` on; whether a person changes it there.

        lr: the schedule's rate of that step; None: it stays as it is.
        """
        wish = self._wish()
        if wish and wish.key not in self._keys:
            self._keys.add(wish.key)
            self._due[step] = wish.lr
            self.changes.append({"step": step, "lr": wish.lr, "key": wish.key})
        if step in self._due:
            _set(optimizer, self._due[step])
        elif lr is not None and not any(at < step for at in self._due):
            _set(optimizer, lr)
        return step in self._due


def _set(optimizer: Optimizer, lr: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = lr
