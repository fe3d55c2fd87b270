"""Trains runs: tables of choices, models built from them, and the loop that trains one.

One run: `config` says what it is, `build` makes it of the tables, `train` trains it, with `rates`,
`threads` and `precision`, and records it through `evaluate`, `answers` and `tape`. What is left of
it: `checkpoint`, from which `fork` begins another, and `model_files`, which `saved_model` opens.
`watch` looks into a loop that is not ours. Many runs are the folders'.

Knows nothing of Visdom; the only thing it takes from `dashboard` is the Recorder. `launcher` alone,
which starts everything, opens the dashboard too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor, nn
    from torch.optim import Optimizer

    from dashboard.record.recorder import Recorder
    from trainers.saved_model import SavedRun
    from trainers.watch import Watch


def load_run(
    folder: Path | str, run: str, which: str = "best", choices: Path | str | None = None
) -> SavedRun:
    """The trained model of a run; see `trainers.saved_model.load_run`."""
    from trainers import saved_model  # torch: not before somebody asks for a model

    return saved_model.load_run(folder, run, which, choices)


def autolog(
    model: nn.Module,
    optimizer: Optimizer,
    loss_of: Callable[[Tensor, Tensor], Tensor],
    x: Tensor,
    y: Tensor,
    recorder: Recorder,
    *,
    total_steps: int = 0,
    batch_size: int = 32,
    every: int = 0,
    classes: Sequence[str] = (),
) -> Watch:
    """Look into a network that your own loop trains, as into ours: signal, gradients, forecast.

    Call it before the first step, and leave the rest to it: it counts the optimiser's steps and
    looks at the model about twenty times. Use it as a context manager inside the recorder's, or
    `close` it. The loop trains bit for bit as it would without.

    loss_of: the mean loss of outputs and targets. x: (N, ...) some of the training samples, y: (N,)
    class numbers or (N, ...) targets, on the model's device: 256 are measured on, and with
    `total_steps` and some 1,300 more a short trial of the run on a copy gives a forecast.
    total_steps: of the run; 0: not known. batch_size: of a step; a run that sees less than 20,000
    samples has no trial. every: steps between two looks. classes: their names.
    """
    from trainers.watch import Watch  # torch: not before somebody trains

    return Watch(
        model, optimizer, loss_of, x, y, recorder,
        total_steps=total_steps, batch_size=batch_size, every=every, classes=classes,
    )  # fmt: skip
