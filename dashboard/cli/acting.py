"""Acts on what people ask of an experiment: the one end of the way back, in its launcher.

Each request is taken from the record, brought about by its action, and answered there. Whatever
dies in between, the request stays open, and whoever owns the experiment next acts on it; so an
action finds out from the record how far it is, and asking for something twice does nothing more.
What each act does is in the tables of actions that this one is given.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.cli.control import Control
from dashboard.errors import UserError
from dashboard.record.requests import DONE, REFUSED, WAITS, Request
from dashboard.record.schema import RecordError
from dashboard.runs.experiment import Experiment


@dataclass(frozen=True)
class Answer:
    """What was done, as a sentence. also: what is written into the record together with it.

    then: what follows once that is written; lost if the launcher dies before it, so that it must
    be what a resumed launcher does anyway.
    """

    text: str
    also: Sequence[tuple[str, Sequence[Any]]] = ()
    then: Callable[[], object] = lambda: None


Action = Callable[[Request, Experiment, Control], Answer | None]
"""Brings a request about; called again and again, and never waits, until it gives an answer.

Raises UserError to refuse it."""


class Acting:
    """Acts on requests by the given table of actions; those of other acts are left as they are.

    say: told what became of each.
    """

    def __init__(
        self, actions: Mapping[str, Action], say: Callable[[str], object] = lambda text: None
    ) -> None:
        self._actions, self._say = actions, say
        self._busy = True  # until the first look has shown that nothing was asked

    def busy(self) -> bool:
        """Whether there is a request that is not answered."""
        return self._busy

    def look(self, experiment: Experiment, control: Control) -> None:
        """Go on with all requests; called a few times a second and never waits."""
        record = control.record
        if record.pending:
            return  # what was decided last is not written yet
        try:
            requests = [r for r in record.requests(only_open=True) if r.act in self._actions]
            for request in in_turn(requests):
                if request.state == WAITS:
                    record.take(request)
                self._act(request, experiment, control)
            self._busy = bool(requests)
        except RecordError:
            self._busy = True  # it cannot be read or written at the moment

    def _act(self, request: Request, experiment: Experiment, control: Control) -> None:
        try:
            answer = self._actions[request.act](request, experiment, control)
        except RecordError:
            raise
        except UserError as why:
            self._refuse(request, control, str(why))
            return
        except Exception as why:  # training must not end because a request is odd
            traceback.print_exc(file=sys.stderr)
            self._refuse(request, control, f"it failed: {type(why).__name__}: {why}")
            return
        if answer and control.record.answer(request, DONE, answer.text, answer.also):
            self._say(f"{request.act}, {request.reason}: {answer.text}")
            answer.then()

    def _refuse(self, request: Request, control: Control, why: str) -> None:
        control.record.answer(request, REFUSED, why)
        self._say(f"{request.act}, {request.reason}, is not done: {why}")


def in_turn(requests: Iterable[Request]) -> list[Request]:
    """Those that need not wait for an earlier one about the same runs."""
    ready: list[Request] = []
    busy_runs: set[str] = set()
    for request in requests:
        if busy_runs.isdisjoint(request.runs):
            ready.append(request)
        busy_runs |= set(request.runs)
    return ready
