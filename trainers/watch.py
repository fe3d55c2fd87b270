"""Looks into a network that a person's own loop trains: what `trainers.autolog` gives back.

Records what a Probe measures of our own runs, at step 0 and every so many of the optimiser's steps:
signal, gradients, distributions, and a forecast where it is known how long the run will be. From
that the page has its verdicts. It records no loss and no accuracy: the loop has those.

The loop trains bit for bit as it would without: weights, gradients, buffers, modes and random
numbers are as they were after each look, and what goes wrong in one is said once and ends nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from dashboard.record.recorder import Recorder
from dashboard.record.tasks import NAMES
from dashboard.record.validation import Warner
from trainers.measure.any_module import DRY_SAMPLES, AnyNetwork
from trainers.measure.forecast import LossOf
from trainers.measure.signal import Probe, early_steps, record_signal
from trainers.measure.summary import described
from trainers.measure.trial import Plan

LOOKS = 20  # in a run whose length is known; one costs about as much as two or three steps
EVERY = 100  # steps, where it is not
MOST_CLASSES = 1000


class Watch:
    """Measures a model while its optimiser steps; see `trainers.autolog` for the arguments.

    Use it as a context manager inside the recorder's, or `close` it.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer,
        loss_of: LossOf,
        x: Tensor,
        y: Tensor,
        recorder: Recorder,
        *,
        total_steps: int = 0,
        batch_size: int = 32,
        every: int = 0,
        classes: Sequence[str] = (),
    ) -> None:
        self.step = 0
        self._model, self._optimizer, self._recorder = bare(model), optimizer, recorder
        self._total_steps = total_steps
        self._every = every or (max(1, total_steps // LOOKS) if total_steps else EVERY)
        self._early = early_steps(total_steps) if total_steps else frozenset()
        self._looked_at = 0
        self._warner = Warner(recorder.name)
        self._probe: Probe | None = None
        self._hook = optimizer.register_step_post_hook(lambda *_step: self._stepped())
        if total_steps:
            recorder.expect(total_steps)
        plan = Plan(total_steps or LOOKS * self._every, batch_size, self._every)
        self._try("look into", lambda: self._begin(loss_of, x, y, plan, classes))

    def close(self) -> None:
        """Look once more, at the last step, and take the hook away; twice is harmless."""
        if self._looked_at != self.step:
            self._look()
        self._hook.remove()
        self._probe = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error:
            self._probe = None  # what the model is now nobody wants to know
        self.close()

    def _begin(
        self, loss_of: LossOf, x: Tensor, y: Tensor, plan: Plan, classes: Sequence[str]
    ) -> None:
        """Measure what there is before the first step."""
        self._model.eval()  # for the dry run; the modes are put back behind it
        network = AnyNetwork(self._model, loss_of, x, y)
        if not y.is_floating_point() and y.dim() == 1:
            with torch.no_grad():
                n_classes = network(x[:DRY_SAMPLES]).shape[1]
            names = list(classes) or list(map(str, range(min(n_classes, MOST_CLASSES))))
            self._recorder.data(NAMES, 0, names)
        # A trial copies the model, and needs to know how long the run is; first updates need a
        # loss with two derivatives. Where these fail the rest is measured all the same.
        probe = Probe(network, loss_of, self._optimizer, x, y, plan if self._total_steps else None)
        probe.fix_bins(plan)
        if not self._try("forecast", lambda: probe.record(self._recorder, 0)):
            record_signal(self._recorder, 0, probe.measure(first=False))
        self._probe = probe
        self._try("describe", lambda: self._describe(network, x))

    def _describe(self, network: AnyNetwork, x: Tensor) -> None:
        """Record the layers and weights as they are now."""
        weight_ids = {id(getattr(module, "weight", None)) for module in self._model.modules()}
        layers = [layer for layer in network.layers if id(layer.weight) in weight_ids]
        name, sample = type(self._model).__name__, (tuple(x.shape[1:]), x.dtype)
        self._recorder.data("model", 0, described(self._model, name, layers, {}, sample))

    def _stepped(self) -> None:
        """The optimiser has made a step."""
        self.step += 1
        if self.step % self._every == 0 or self.step == self._total_steps:
            self._look()
        if self.step in self._early and self._probe:
            probe = self._probe
            self._try("look at", lambda: probe.look(self._recorder, self.step))

    def _look(self) -> None:
        self._looked_at = self.step
        probe = self._probe
        if probe and not self._try("measure", lambda: probe.record(self._recorder, self.step)):
            self._probe = None

    def _try(self, what: str, act: Callable[[], None]) -> bool:
        """Do it and leave no trace; False where it fails, which is said once."""
        try:
            with undisturbed(self._model, self._optimizer):
                act()
            return True
        except Exception as why:  # a model of a person's own may raise anything
            self._warner.warn(
                what,
                f"autolog could not {what} the model ({type(why).__name__}: {why}); the training "
                "goes on",
            )
            return False


def bare(model: nn.Module) -> nn.Module:
    """The model itself, without what compiles it or spreads it over processes."""
    model = getattr(model, "_orig_mod", model)
    return model.module if isinstance(model, nn.parallel.DistributedDataParallel) else model


@contextmanager
def undisturbed(model: nn.Module, optimizer: Optimizer) -> Iterator[None]:
    """Afterwards modes, buffers and random numbers are as they were.

    Meanwhile the optimiser's defaults are what its first group has now, so that a copy of it steps
    at the rate of this moment; of further groups that is not right.
    """
    modes = [(module, module.training) for module in model.modules()]
    buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]
    defaults = optimizer.defaults
    now = {key: value for key, value in optimizer.param_groups[0].items() if key in defaults}
    optimizer.defaults = {**defaults, **now}
    devices = {p.device for p in model.parameters() if p.device.type == "cuda"}
    try:
        with torch.random.fork_rng(devices=list(devices)):
            yield
    finally:
        optimizer.defaults = defaults
        for module, training in modes:
            module.training = training
        with torch.no_grad():
            for buffer, before in buffers:
                buffer.copy_(before)
