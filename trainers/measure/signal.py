"""Measures what happens inside a network: statistics of its layers on a fixed probe of images.

A Probe measures one model at step 0 and at every evaluation and records ordinary series named
`signal/<quantity>/<layer>` (the model as a whole goes by the layer name `all`). It draws no random
number, touches no `.grad` and leaves every weight as it was, so a run trains bit for bit as it
would without.
What the numbers mean for a run is judged by `dashboard.runs.verdict` and
`dashboard.runs.forecast`; nothing here judges.

Per layer, at every evaluation: what `trainers.measure.layer_statistics` lists.

At step 0 only:

- expected_std (per layer): what theory expects of preactivation_std, see `expected_stds`.
- twin_share (per layer): share of units whose weights and gradient equal another unit's. Such
  units stay equal for ever.
- label_growth (all): logits that one update adds in favour of the right class, and
- gradient_agreement (all): how far two halves of the images ask for the same update, see
  `label_growth`.
- overshoot (all): curvature against slope along the first update, see `overshoot`.
- constant_loss (all): the smallest loss that one and the same output for all images gives.
- trial_accuracy, trial_loss, trial_alignment, trial_share (all): on the probe, which it does not
  train on, after a trial of a few steps in fast motion, and the share of the planned steps that it
  stands for, see `trainers.measure.trial`. Only where the plan is known and a trial can be
  afforded.

A few times in the first tenth of the steps, see EARLY, and nothing else there:

- early_accuracy, early_loss (all): on the probe, without dropout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from trainers.measure.distribution import DISTRIBUTION, Bins
from trainers.measure.forecast import (
    LossOf,
    expected_stds,
    label_alignment,
    label_growth,
    next_update,
    overshoot,
    twin_shares,
)
from trainers.measure.layer_statistics import layer_statistics, slopes_of, units
from trainers.measure.pre_activations import measuring, with_pre_activations
from trainers.measure.trial import MOST_TRIED, Plan, constant_loss, try_run
from trainers.tables.network import Layer, Network

PROBE_IMAGES = 256
OVERSHOOT_IMAGES = 128  # second derivatives cost more
EARLY = (2, 5, 10)
"""Percent of the planned steps after which the probe is looked at, for a forecast."""


class Scalars(Protocol):
    """What the probe needs of a recorder."""

    def scalar(self, series: str, step: int, value: Any) -> None: ...
    def data(self, name: str, step: int, values: Any) -> None: ...


class Probe:
    """Measures one run's model on the images given, the same ones for all runs of a data set.

    x: (N, ...) images, y: (N,) labels, on the model's device; the first PROBE_IMAGES are used, and
    some of the others for the trial of a run whose plan is given. bins: of its distributions, which
    are recorded beside the numbers once they are fixed (`trainers.measure.distribution`).
    Where targets are no class numbers, what speaks of right classes is left out, and no trial made.
    """

    def __init__(
        self,
        model: nn.Module,
        loss_of: LossOf,
        optimizer: Optimizer,
        x: Tensor,
        y: Tensor,
        plan: Plan | None = None,
    ) -> None:
        self.bins: Bins | None = None
        self._model, self._loss_of, self._optimizer = model, loss_of, optimizer
        self._x, self._y = x[:PROBE_IMAGES], y[:PROBE_IMAGES]
        self._by_class = not y.is_floating_point() and y.dim() == 1
        others = slice(PROBE_IMAGES, PROBE_IMAGES + MOST_TRIED)
        self._plan, self._others = plan, (x[others], y[others])

    def record(self, recorder: Scalars, step: int) -> None:
        """Measure now and record every number as `signal/<quantity>/<layer>` at `step`."""
        statistics, tensors = self._measured(first=step == 0)
        record_signal(recorder, step, statistics)
        if self.bins and self.bins.is_due(step):
            recorder.data(DISTRIBUTION, step, self.bins.counts(tensors)[0])

    def look(self, recorder: Scalars, step: int) -> None:
        """Record how the model does on the probe now, and nothing else."""
        if not self._by_class:
            return
        accuracy, loss, _ = self._result(self._model)
        early = {"early_accuracy/all": accuracy.item(), "early_loss/all": loss.item()}
        record_signal(recorder, step, early)

    def measure(self, first: bool) -> dict[str, float]:
        """`<quantity>/<layer>` -> number; with `first` the quantities of step 0 too."""
        return self._measured(first)[0]

    def fix_bins(self, plan: Plan) -> None:
        """Fix the bins of the run's distributions by its weights as they are now."""
        layers = cast(Network, self._model).layers
        parameters = list(self._model.parameters())
        with measuring(self._model), torch.enable_grad():
            outputs, z = with_pre_activations(self._model, layers, self._x)
            gradients = torch.autograd.grad(self._loss_of(outputs, self._y), parameters)
        self.bins = Bins(_tensors(layers, z, parameters, gradients), plan)

    def _measured(self, first: bool) -> tuple[dict[str, float], dict[str, Tensor]]:
        """The numbers, and what they are about: see `trainers.measure.distribution.Tensors`."""
        layers = cast(Network, self._model).layers
        parameters = list(self._model.parameters())
        with measuring(self._model), torch.enable_grad():
            outputs, z = with_pre_activations(self._model, layers, self._x)
            loss = self._loss_of(outputs, self._y)
            gradients = torch.autograd.grad(loss, parameters)
            update = next_update(self._optimizer, parameters, gradients)
            statistics = self._every_time(layers, z, parameters, gradients, update)
            if first:
                statistics |= self._first(layers, parameters, gradients)
        # One copy from the device for all of them.
        values = torch.stack([value.detach().double() for value in statistics.values()]).tolist()
        numbers = dict(zip(statistics, values, strict=True))
        return numbers, _tensors(layers, z, parameters, gradients)

    def _every_time(
        self,
        layers: Sequence[Layer],
        z: dict[str, Tensor],
        parameters: Sequence[Tensor],
        gradients: Sequence[Tensor],
        update: Sequence[Tensor],
    ) -> dict[str, Tensor]:
        """The quantities of every evaluation."""
        places = {id(parameter): i for i, parameter in enumerate(parameters)}
        values: dict[str, Tensor] = {}
        for layer in layers:
            i, own, slopes = places[id(layer.weight)], z.get(layer.name), None
            if own is not None and layer.activation is not None:
                slopes = units(slopes_of(layer.activation, own), layer.weight)[None]
            weight, gradient, change = (
                t.detach()[None] for t in (layer.weight, gradients[i], update[i])
            )
            of_layer = layer_statistics(
                weight, gradient, change, None if own is None else own[None], slopes
            )
            values |= {f"{what}/{layer.name}": value[0] for what, value in of_layer.items()}
        return values

    def _first(
        self, layers: Sequence[Layer], parameters: Sequence[Tensor], gradients: Sequence[Tensor]
    ) -> dict[str, Tensor]:
        """The quantities of step 0."""
        model, optimizer, x, y = self._model, self._optimizer, self._x, self._y
        few = slice(OVERSHOOT_IMAGES)
        values: dict[str, Tensor] = {}
        if self._by_class:
            growth, agreement = label_growth(model, optimizer, x, y)
            values = {"label_growth/all": growth, "gradient_agreement/all": agreement}
        values["overshoot/all"] = overshoot(model, self._loss_of, optimizer, x[few], y[few])
        values |= twin_shares(layers, parameters, gradients)
        values |= expected_stds(layers, x) if x.is_floating_point() else {}
        with torch.no_grad():
            outputs = model(x[few])
        values["constant_loss/all"] = constant_loss(self._loss_of, outputs, y[few])
        return values | self._tried()

    def _tried(self) -> dict[str, Tensor]:
        """What a trial of the run leads to; empty where there is none."""
        if not self._plan or not self._by_class:
            return {}
        trial = try_run(self._model, self._loss_of, self._optimizer, *self._others, self._plan)
        if not trial:
            return {}
        accuracy, loss, outputs = self._result(trial.net)
        return {
            "trial_accuracy/all": accuracy,
            "trial_loss/all": loss,
            "trial_alignment/all": label_alignment(outputs, self._y),
            "trial_share/all": loss.new_tensor(trial.share),
        }

    @torch.no_grad()
    def _result(self, model: nn.Module) -> tuple[Tensor, Tensor, Tensor]:
        """(accuracy, loss, outputs) of a model on the probe."""
        with measuring(model):
            outputs = model(self._x)
        accuracy = (outputs.argmax(1) == self._y).double().mean()
        return accuracy, self._loss_of(outputs, self._y).double(), outputs


def _tensors(
    layers: Sequence[Layer],
    z: Mapping[str, Tensor],
    parameters: Sequence[Tensor],
    gradients: Sequence[Tensor],
) -> dict[str, Tensor]:
    """What is inside each layer, as far as it is known, with an axis for the one model."""
    places = {id(parameter): i for i, parameter in enumerate(parameters)}
    tensors = {f"preactivation/{name}": values[None] for name, values in z.items()}
    for layer in layers:
        tensors[f"gradient/{layer.name}"] = gradients[places[id(layer.weight)]][None]
        tensors[f"weight/{layer.name}"] = layer.weight.detach()[None]
    return tensors


def early_steps(total_steps: int) -> frozenset[int]:
    """The steps, from 1, at which an early look is due: EARLY of all planned ones, rounded up."""
    return frozenset(-(-percent * total_steps // 100) for percent in EARLY)


def record_signal(recorder: Scalars, step: int, statistics: Mapping[str, float]) -> None:
    """Record what was measured at `step` as series of these names."""
    for name, value in statistics.items():
        recorder.scalar(f"signal/{name}", step, value)
