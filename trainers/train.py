"""Trains one run in a plain loop, from the seed to the last evaluation, top to bottom.

It is given its data, its device and a recorder; it opens no file, starts no process and knows
nothing of windows. On one machine's CPU the same config gives the same numbers bit for bit with the
same number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from dashboard.record.schema import RATES
from dashboard.record.tasks import TASKS as SERIES
from trainers import evaluate
from trainers.build import build_model, optimizer_for
from trainers.config import RunConfig
from trainers.evaluate import KeepingModels, keep_model, report
from trainers.measure.signal import Probe, early_steps
from trainers.measure.summary import summary, weight_pictures
from trainers.measure.trial import Plan
from trainers.precision import in_precision
from trainers.rates import Rates
from trainers.tables.augments import Augmenter
from trainers.tables.choice import make
from trainers.tables.datasets import Data
from trainers.tables.losses import LOSSES
from trainers.tables.schedules import schedule_of
from trainers.tables.tasks import TASKS
from trainers.tape import LossTape
from trainers.threads import Threads

TRAIN_ACCURACY_POINTS_PER_EPOCH = 5
RATE_POINTS = 200  # in a run


class Recording(evaluate.Recording, Protocol):
    """What the loop needs of a recorder, beside what its evaluations do."""

    def scalars(self, series: str, first_step: int, values: Sequence[float]) -> None: ...
    def expect(self, total_steps: int, steps_per_epoch: int) -> None: ...


class Keeping(Protocol):
    """What the loop needs to go on where an earlier attempt ended: `trainers.checkpoint`."""

    def restore(
        self, model: nn.Module, optimizer: Optimizer, order: torch.Generator
    ) -> tuple[int, int]: ...
    def save(
        self, epoch: int, step: int, model: nn.Module, optimizer: Optimizer, order: torch.Generator
    ) -> None: ...


class Unkept:
    """Keeps nothing: every run begins at its first step."""

    def restore(self, *_training: object) -> tuple[int, int]:
        return 0, 0

    def save(self, *_training: object) -> None:
        pass


def train(
    config: RunConfig,
    data: Data,
    device: torch.device,
    recorder: Recording,
    should_stop: Callable[[], bool] = lambda: False,
    checkpoint: Keeping | None = None,
    until_epoch: int = 0,
    models: KeepingModels | None = None,
    rates: Rates | None = None,
    threads: Threads | None = None,
) -> nn.Module:
    """Train one run, or what is left of it after its checkpoint, and return its model.

    until_epoch: to the end of that epoch only, for later to go on from its checkpoint; 0: through.
    rates: changes of the learning rate that are known, and those that come; threads: the same of
    the number of CPU threads, which changes between epochs only.

    Records `train_loss` for every step, `train_accuracy` (mean over the epoch so far) a few times
    an epoch, the learning rate `lr` of some steps where a schedule changes it, and at step 0 and
    every evaluation `test_loss`, `test_accuracy`, the images `x` and the statistics `signal/...`
    (see `trainers.measure.signal`), of which a few come in between too; where the data ask for
    another task, its metric (`dashboard.record.tasks`) for the accuracies; before the first step
    the layers and weights of the `model`. Keeps a checkpoint at the end of each epoch once all of
    that epoch is in the record, and at evaluations the model, of which it records what is kept as
    `models`. Raises Diverged when the loss becomes NaN or infinite, Stopped when `should_stop` says
    so.
    """
    checkpoint, rates, threads = checkpoint or Unkept(), rates or Rates(), threads or Threads()
    torch.manual_seed(config.seed)
    model = build_model(config, data.input_shape, len(data.classes), data.tokens).to(device)
    layers = summary(model, config, data.input_shape, data.tokens)
    model = in_precision(model, config.precision, device)
    loss_of = make(config.loss, LOSSES, "loss")
    optimizer = optimizer_for(config)(model.parameters(), config.lr)
    share, varies = schedule_of(config.schedule)
    task, train_series, scale = TASKS[data.task], SERIES[data.task].train, data.scale
    order = torch.Generator().manual_seed(config.seed)
    n = len(data.train_y)
    steps_per_epoch = math.ceil(n / config.batch_size)
    every = config.eval_every or steps_per_epoch
    plan = Plan(config.epochs * steps_per_epoch, config.batch_size, every, share)
    probe = Probe(model, loss_of, optimizer, data.train_x, data.train_y, plan)
    probe.fix_bins(plan)  # before a checkpoint brings other weights
    epochs_done, step = checkpoint.restore(model, optimizer, order)
    # A fork may have made its first steps with batches of another size.
    total_steps = step + (config.epochs - epochs_done) * steps_per_epoch
    recorder.expect(total_steps, steps_per_epoch)
    early = early_steps(total_steps)
    augment = Augmenter(config.augment, config.seed, data.train_x)
    tape = LossTape(recorder, should_stop, step)
    if step == 0:
        recorder.data("model", step, layers)
        record_pictures(recorder, model, data)
        probe.record(recorder, step)
        score = report(model, loss_of, data, config, recorder, step)
        keep_model(models, recorder, step, score, model)
    for epoch in range(epochs_done + 1, min(until_epoch or config.epochs, config.epochs) + 1):
        permutation = torch.randperm(n, generator=order).to(device)
        tally: Tensor | int = 0
        threads.hold_from(step, recorder)
        augment.begin(epoch)
        for i, batch in enumerate(permutation.split(config.batch_size), 1):
            lr = config.lr * share(step, total_steps) if varies else None
            if rates.apply(step, optimizer, lr):
                recorder.data(RATES, step, rates.changes)
            x, y = data.train_x.index_select(0, batch), data.train_y.index_select(0, batch)
            logits = model(augment(x, batch))
            loss = loss_of(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

            step += 1
            if varies and is_point(step, total_steps, RATE_POINTS):
                recorder.scalar("lr", step, optimizer.param_groups[0]["lr"])
            tape.add(loss)
            tally = tally + task.tally(logits.detach(), y, scale)
            if is_point(i, steps_per_epoch, TRAIN_ACCURACY_POINTS_PER_EPOCH):
                images = min(i * config.batch_size, n)
                recorder.scalar(train_series, step, task.value(tally.tolist(), images))
            if step == total_steps or is_evaluated(config, step, i == steps_per_epoch):
                tape.copy_out()
                probe.record(recorder, step)
                score = report(model, loss_of, data, config, recorder, step)
                keep_model(models, recorder, step, score, model)
            if step in early:
                probe.look(recorder, step)
        tape.copy_out()
        if recorder.flush():
            checkpoint.save(epoch, step, model, optimizer, order)
    return model


def record_pictures(recorder: Recording, model: nn.Module, data: Data) -> None:
    """Record the first weights as `first_weights`, where the first layer looks at the images."""
    pictures = weight_pictures(model, data.input_shape)
    if pictures is not None:
        recorder.images("first_weights", 0, pictures.numpy())


def is_evaluated(config: RunConfig, step: int, epoch_ends: bool) -> bool:
    """Whether the run is evaluated after a step that is not its last."""
    return step % config.eval_every == 0 if config.eval_every else epoch_ends


def is_point(i: int, of: int, points: int) -> bool:
    """Whether step `i` of `of` (from 1) is one of about `points` even ones, or the last."""
    return i == of or i % max(1, of // points) == 0
