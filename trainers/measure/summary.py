"""Summarises what a model is made of: its layers, parameters and inits, and its first weights.

Reads a model and gives plain data; it draws nothing and changes neither the model nor PyTorch's
random numbers. The layers and shapes come from torchinfo's dry run on one picture.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, cast

import torch
import torchinfo
from torch import Tensor, nn
from torchinfo.layer_info import LayerInfo

from trainers.build import ModelSettings, build_for
from trainers.config import RunConfig
from trainers.measure.layer_statistics import slopes_of
from trainers.tables.choice import parse_layers
from trainers.tables.datasets import entry_of
from trainers.tables.inits import INITS, fans
from trainers.tables.network import Layer, Network

FLAT = 0.1
"""Slope, against the steepest one, below which a gradient is as good as lost: of ten such layers
10^-10 is left."""
PATH = re.compile(r"^(net\.)?(\w+\.(before|branch|shortcut)\.)?")
"""What stands before the name that a part has among all of a network."""
MOST_PICTURES, PICTURED_STDS, SMALLEST_PX = 64, 3.0, 20
FLAT_REACH, FLAT_POINTS = 20.0, 4001  # where slopes are looked at: every 0.01


def summarise(config: RunConfig) -> dict[str, Any]:
    """The summary of the model that this config starts from, at its seed; loads no data set."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        entry = entry_of(config.dataset)
        return summary(build_for(config), config, entry.input_shape, entry.tokens)


def summary(
    model: nn.Module, settings: ModelSettings, input_shape: tuple[int, ...], tokens: int = 0
) -> dict[str, Any]:
    """`layers`, `parameters` and `total_parameters` of a model, as JSON values.

    tokens: how many ids there are where samples are token ids.

    layers: name, kind, output shape for a batch of 1, number of parameters, init ("" where there is
    nothing to initialise). parameters: name, shape, mean and std over all its numbers, and its
    values as PyTorch prints them, of a large one its corners. weighted:
    of each layer with weights its name, [fan_in, fan_out], the weights' std, and the range
    [from, to] beyond which its activation is flat, see `flat_beyond`.
    """
    dtype = torch.long if tokens else next(model.parameters()).dtype
    layers = cast(Network, model).layers
    inits = _init_of_weights(layers, settings.init)
    return described(model, settings.model, layers, inits, (input_shape, dtype))


def described(
    model: nn.Module,
    name: str,
    layers: list[Layer],
    inits: Mapping[int, str],
    sample: tuple[tuple[int, ...], torch.dtype],
) -> dict[str, Any]:
    """As `summary`, of any module of which the layers with weights are known.

    inits: by the identity of the weights. sample: the shape and type of one.
    """
    shape, dtype = sample
    with torch.random.fork_rng(devices=[]):
        info = torchinfo.summary(model, input_size=(1, *shape), dtypes=[dtype], verbose=0)
    return {
        "model": name,
        "layers": _rows(model, info.summary_list, layers, inits),
        "parameters": [_parameter(name, p) for name, p in model.named_parameters()],
        "weighted": [_weighted(layer) for layer in layers],
        "total_parameters": sum(p.numel() for p in model.parameters()),
        "output_shape": list(info.summary_list[0].output_size),
    }


def flat_beyond(activation: nn.Module | None) -> list[float | None]:
    """[from, to]: outside of it the slope stays below FLAT times the steepest one, each side.

    None on a side where the slope does not stay so small, for example of ReLU above 0.
    """
    x = torch.linspace(-FLAT_REACH, FLAT_REACH, FLAT_POINTS, dtype=torch.float64)
    slopes = slopes_of(activation or nn.Identity(), x)
    steep = (slopes >= FLAT * slopes.max()).nonzero().flatten()
    first, last = int(steep[0]), int(steep[-1])
    return [
        round(float(x[first - 1]), 2) + 0.0 if first > 0 else None,
        round(float(x[last + 1]), 2) if last < FLAT_POINTS - 1 else None,
    ]


def _weighted(layer: Layer) -> dict[str, Any]:
    weight = layer.weight.detach()
    return {
        "name": layer.name,
        "fans": list(fans(weight.shape)),
        "std": weight.double().std(correction=0).item(),
        "flat": flat_beyond(layer.activation),
    }


def _rows(
    model: nn.Module, layer_infos: list[LayerInfo], layers: list[Layer], inits: Mapping[int, str]
) -> list[dict[str, Any]]:
    """torchinfo's leaf modules, and a row for each weighted layer that is no module of its own.

    Such a layer (bare tensors) stands before the activation that follows it, or else last.
    """
    names = {id(module): PATH.sub("", name) for name, module in model.named_modules()}
    leaves = [info for info in layer_infos if info.is_leaf_layer and info.module is not model]
    modules = {id(info.module): info for info in leaves if info.executed}
    weight_ids = {id(_weight(info.module)) for info in modules.values()}
    bare = [layer for layer in layers if id(layer.weight) not in weight_ids]
    rows = []
    for info in modules.values():
        for layer in [layer for layer in bare if layer.activation is info.module]:
            bare.remove(layer)
            rows.append(_bare_row(layer, inits))
        rows.append(
            {
                "name": names[id(info.module)],
                "kind": info.class_name,
                "output_shape": list(info.output_size),
                "parameters": info.num_params,
                "init": inits.get(id(_weight(info.module)), ""),
            }
        )
    return rows + [_bare_row(layer, inits) for layer in bare]


def _weight(module: nn.Module) -> object:
    return getattr(module, "weight", None)


def _init_of_weights(layers: list[Layer], init: str) -> dict[int, str]:
    """The init of each layer by its weight's identity; of those given the last one repeats."""
    inits = [choice.text for choice in parse_layers(init, INITS, "init")]
    return {id(layer.weight): inits[min(i, len(inits) - 1)] for i, layer in enumerate(layers)}


def _bare_row(layer: Layer, inits: Mapping[int, str]) -> dict[str, Any]:
    biases = 0 if layer.bias is None else layer.bias.numel()
    return {
        "name": layer.name,
        "kind": "x @ w.t() + b",
        "output_shape": [1, layer.weight.shape[0]],
        "parameters": layer.weight.numel() + biases,
        "init": inits.get(id(layer.weight), ""),
    }


def _parameter(name: str, p: Tensor) -> dict[str, Any]:
    values = p.detach().double()
    return {
        "name": name,
        "shape": list(p.shape),
        "mean": values.mean().item(),
        "std": values.std(correction=0).item(),
        "values": str(p.detach().cpu()),
    }


def weight_pictures(model: nn.Module, input_shape: tuple[int, ...]) -> Tensor | None:
    """What the units of the first layer look for in an image: (units, height, width), or behind
    that the three colours.

    The weights of the first MOST_PICTURES units, 0 as mid-grey, PICTURED_STDS standard deviations
    as black and white. None where the first layer's weights are no pictures of grey or colour.
    """
    weight = cast(Network, model).layers[0].weight.detach().float().cpu()[:MOST_PICTURES]
    if weight.dim() == 2 and weight.shape[1] == math.prod(input_shape):
        weight = weight.view(-1, *input_shape)
    if weight.dim() != 4 or weight.shape[1] not in (1, 3) or min(weight.shape[2:]) < 2:
        return None
    end = 2 * PICTURED_STDS * weight.std(correction=0).clamp_min(1e-30)
    pictures = (0.5 + weight / end).clamp(0, 1).nan_to_num(0.5).movedim(1, -1)
    factor = max(1, SMALLEST_PX // min(pictures.shape[1:3]))  # else it is lost in its frame
    for axis in (1, 2):
        pictures = pictures.repeat_interleave(factor, axis)
    return pictures.squeeze(-1)
