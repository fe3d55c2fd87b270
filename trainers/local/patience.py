"""Opens and leaves a run's Recorder patiently: while the record cannot be written, the run waits.

A run is not spent on a full disk: what has not begun waits to begin, what has been trained waits to
be recorded to its end. Nothing is trained or recorded here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from dashboard.record.patience import Patience
from dashboard.record.recorder import Recorder
from dashboard.record.sink import UnwritableError
from trainers.tape import Stopped

RETRY_EVERY_S = 0.25


def begun(
    name: str, record: Callable[[], Recorder], patience: Patience, should_stop: Callable[[], bool]
) -> Recorder:
    """The Recorder of the run `name`, once the record takes it.

    Raises UnwritableError when patience runs out, Stopped when told to stop before that.
    """
    while True:
        try:
            recorder = record()
        except UnwritableError as why:
            first = patience.fresh
            if patience.failed():
                raise
            if first:
                sentence = f"{name}: {why}; it waits up to {patience.limit_s:g} s to begin"
                print(sentence, file=sys.stderr, flush=True)
        else:
            patience.succeeded()
            return recorder
        rest(should_stop)


def written(recorder: Recorder, patience: Patience, should_stop: Callable[[], bool]) -> None:
    """Wait until the record has taken what was trained, or patience runs out. Raises Stopped."""
    while not (recorder.superseded or recorder.flush()):
        if patience.failed():
            return
        rest(should_stop)
    patience.succeeded()


def rest(should_stop: Callable[[], bool]) -> None:
    """A short while. Raises Stopped when told to stop."""
    if should_stop():
        raise Stopped
    time.sleep(RETRY_EVERY_S)
