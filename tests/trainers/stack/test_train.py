"""trainers.stack.train: stacked runs record what each of them records alone."""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from tests.support.memory import CPU, Memory, trained
from tests.support.small_data import part
from tests.support.stacks import BASE, MIXED, assert_same, never, some, stacked
from trainers.config import RunConfig
from trainers.stack.train import train_stack
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.bias_inits import BIAS_INITS
from trainers.tables.choice import Table
from trainers.tables.datasets import Data
from trainers.tables.inits import INITS
from trainers.tables.losses import LOSSES
from trainers.tape import Diverged, Stopped
from trainers.train import train

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")

LENET: dict[str, Any] = {"model": "lenet", "hidden": None, "epochs": 1}
WAYS: dict[str, dict[str, Any]] = {
    "plain": {"hidden": None},
    "dropout": {"dropout": (0.5, 0.2)},
    "momentum": {"optimizer": "sgd:momentum=0.9,nesterov=true,weight_decay=0.001"},
    "adam": {"optimizer": "adam:weight_decay=0.01"},
    "adamw": {"optimizer": "adamw"},
    "bare tensors": {"model": "mlp_tensors", "dropout": (0.3,)},
    "lenet": LENET,
    "five layers": {"hidden": (32, 24, 16, 12)},
    "no hidden layer": {"hidden": (), "activation": "relu", "init": "default"},
    "activated outputs": {"output_activation": True},
    "a smaller last batch": {"batch_size": 48},
    "evaluations between": {"eval_every": 5, "batch_size": 48},
    "bf16": {"precision": "bf16", "epochs": 1},
    "weight decay and clipping": {"weight_decay": 0.01, "clip_norm": 0.5, "optimizer": "adam"},
    "skips": {"skip": True, "hidden": (32, 32, 32), "norm": "batch", "dropout": (0.2,)},
    "cnn": {**LENET, "model": "cnn:convs=1", "channels": (4, 6), "hidden": (8,), "norm": "batch"},
    "resnet": {**LENET, "model": "resnet:width=4", "norm": "batch"},
    "resnet without norms": {**LENET, "model": "resnet:width=4"},
    "batch norm": {"norm": "batch", "batch_size": 83},  # whose last batch is one image
    "batch norm of bare tensors": {"norm": "batch:momentum=0.3", "model": "mlp_tensors"},
    "batch norm of convolutions": {"norm": "batch", **LENET},
    "layer norm": {"norm": "layer"},
    "layer norm of convolutions": {"norm": "layer", **LENET},
    "group norm": {"norm": "group:groups=8"},
    "group norm of convolutions": {"norm": "group", **LENET},
}


def is_convolutional(way: str) -> bool:
    return not str(WAYS[way].get("model", "mlp")).startswith("mlp")


IN_FULL = ("plain", "dropout", "bare tensors", "batch norm", "cnn")
"""Ways in which what is measured before the first step alone is compared too."""


def mixed(way: str, most: int = len(MIXED)) -> list[RunConfig]:
    """All of MIXED in the plain way; in others three of them, whose layers and losses differ."""
    slower = 0.02 if {"optimizer", "activation"} & WAYS[way].keys() else 1.0
    some_of = MIXED if way == "plain" else [MIXED[3], MIXED[2], MIXED[0]][:most]
    return [dataclasses.replace(c, **WAYS[way], lr=c.lr * slower) for c in some_of]


def few(way: str, data: Data, most: int = len(MIXED)) -> tuple[list[RunConfig], Data]:
    """The runs of this way on 250 images, in the plain way on 500, more than are measured; where
    they are of convolutions, which take many times as long, on 25 in five batches.
    """
    configs = mixed(way, most)
    if is_convolutional(way):
        return [dataclasses.replace(config, batch_size=5) for config in configs], part(data, 40)
    if way == "plain":
        return [dataclasses.replace(config, batch_size=100) for config in configs], part(data, 2)
    return configs, part(data, 4)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.thorough
def test_stacked_runs_record_what_each_records_alone(
    way: str, small_mnist: Data, request: pytest.FixtureRequest
) -> None:
    if way not in IN_FULL:
        request.getfixturevalue("terse")
    normed = is_convolutional(way) and WAYS[way].get("norm") == "batch"  # by five images
    rough = normed or way.startswith("resnet")  # rounding grows from layer to layer
    configs, data = few(way, small_mnist)
    for config, memory in zip(configs, stacked(configs, data), strict=True):
        assert_same(trained(config, data), memory, rtol=1e-4 if rough else 1e-5)


TABLES: dict[str, Table] = {
    "activation": ACTIVATIONS, "init": INITS, "bias_init": BIAS_INITS, "loss": LOSSES
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.thorough
def test_every_choice_can_be_stacked(
    table: str, tiny_mnist: Data, request: pytest.FixtureRequest
) -> None:
    if "init" in table:
        request.getfixturevalue("terse")
    base = dataclasses.replace(BASE, hidden=(32, 24), epochs=1)
    configs = some(base, *({table: name} for name in TABLES[table]))
    for config, memory in zip(configs, stacked(configs, tiny_mnist), strict=True):
        assert_same(trained(config, tiny_mnist), memory)


@pytest.fixture
def double_mnist(small_mnist: Data) -> Iterator[Data]:
    """The small set in float64, where rounding cannot push a ReLU over its corner."""
    torch.set_default_dtype(torch.float64)
    yield dataclasses.replace(
        small_mnist, train_x=small_mnist.train_x.double(), test_x=small_mnist.test_x.double()
    )
    torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("way", [way for way in WAYS if way != "bf16"])
@pytest.mark.thorough
@pytest.mark.usefixtures("terse")  # which a stack makes of each run by itself
def test_the_products_of_a_gpu_compute_the_same(way: str, double_mnist: Data) -> None:
    configs, data = few(way, double_mnist, most=2)
    for config, memory in zip(configs, stacked(configs, data, batched=True), strict=True):
        assert_same(trained(config, data), memory, rtol=1e-8)


@pytest.fixture
def calm(tiny_mnist: Data, terse: None) -> list[Memory]:
    """What the first three of MIXED record where none of them ends before the others."""
    return stacked(MIXED[:3], tiny_mnist)


@pytest.mark.thorough
def test_a_diverged_run_ends_alone(calm: list[Memory], tiny_mnist: Data) -> None:
    for member in range(3):
        configs = MIXED[:3]
        configs[member] = dataclasses.replace(configs[member], lr=1e38)
        ends: list[tuple[int, Diverged]] = []
        memories = [Memory() for _ in configs]
        train_stack(configs, tiny_mnist, CPU, memories, lambda *end: ends.append(end))  # noqa: B023

        assert [place for place, _ in ends] == [member]
        steps, losses = zip(*memories[member].points["train_loss"], strict=True)
        assert steps == tuple(range(1, ends[0][1].step + 1))
        assert all(map(math.isfinite, losses[:-1]))
        assert not math.isfinite(losses[-1])
        assert [step for step, _ in memories[member].points["test_loss"]] == [0]
        with pytest.raises(Diverged) as single:
            trained(configs[member], tiny_mnist)
        assert str(single.value) == str(ends[0][1])
        for i in {0, 1, 2} - {member}:
            assert memories[i].points == calm[i].points


def test_a_run_that_is_to_end_leaves_the_others_as_they_would_have_been(
    calm: list[Memory], tiny_mnist: Data
) -> None:
    ends: list[tuple[int, Diverged | None]] = []
    memories = [Memory() for _ in range(3)]
    train_stack(
        MIXED[:3], tiny_mnist, CPU, memories, lambda *end: ends.append(end),
        should_end=lambda member: member == 1,
    )  # fmt: skip
    assert ends == [(1, None)]
    assert [step for step, _ in memories[1].points["test_loss"]] == [0]
    for i in (0, 2):
        assert memories[i].points == calm[i].points


@pytest.mark.usefixtures("terse")
def test_a_stack_of_diverged_runs_ends(tiny_mnist: Data) -> None:
    configs = some(BASE, {"lr": 1e38}, {"lr": 2e38})
    endless = [dataclasses.replace(c, epochs=10**6) for c in configs]
    ends: list[int] = []
    train_stack(endless, tiny_mnist, CPU, [Memory(), Memory()], lambda i, _: ends.append(i))
    assert sorted(ends) == [0, 1]


@pytest.mark.usefixtures("terse")
def test_a_stack_stops_when_it_is_told_and_keeps_every_step(tiny_mnist: Data) -> None:
    looks = iter([False, False, True])
    memories = [Memory(), Memory()]
    endless = [dataclasses.replace(c, epochs=10**6) for c in MIXED[:2]]
    with pytest.raises(Stopped):
        train_stack(endless, tiny_mnist, CPU, memories, never, lambda: next(looks))
    steps = [step for step, _ in memories[0].points["train_loss"]]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) == len(memories[1].points["train_loss"])


@pytest.mark.usefixtures("terse")
def test_no_step_is_lost_where_the_ring_turns(
    tiny_mnist: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trainers.stack.tape.CHUNK_STEPS", 8)
    monkeypatch.setattr("trainers.stack.tape.COPY_EVERY_S", math.inf)  # it turns when it is full
    config = dataclasses.replace(BASE, hidden=(), init="default", epochs=6)  # of 5 steps each
    assert_same(trained(config, tiny_mnist), stacked([config], tiny_mnist)[0])


@pytest.mark.thorough
@pytest.mark.usefixtures("terse")
def test_a_stack_returns_the_trained_models_in_the_order_given(tiny_mnist: Data) -> None:
    configs = [MIXED[0], MIXED[2], MIXED[1]]  # computed in another order that is not undone twice
    models = train_stack(configs, tiny_mnist, CPU, [Memory() for _ in configs], never)
    for config, model in zip(configs, models, strict=True):
        single = train(config, tiny_mnist, CPU, Memory())
        for a, b in zip(single.parameters(), model.parameters(), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.gpu
@needs_gpu
@pytest.mark.parametrize("way", [way for way in WAYS if way != "bf16"])
def test_on_a_gpu_the_graph_computes_what_the_eager_step_does(way: str, tiny_mnist: Data) -> None:
    configs = mixed(way)
    data = on_gpu(tiny_mnist)
    graph, eager = (stacked(configs, data, graphs=graphs) for graphs in (True, False))
    for a, b in zip(graph, eager, strict=True):
        assert_same(a, b, rtol=1e-4)


@pytest.mark.gpu
@needs_gpu
def test_on_a_gpu_a_stack_records_what_its_runs_record_alone(tiny_mnist: Data) -> None:
    data = on_gpu(tiny_mnist)
    configs = [dataclasses.replace(c, epochs=2) for c in MIXED]
    for config, memory in zip(configs, stacked(configs, data), strict=True):
        single = Memory()
        train(config, data, data.train_y.device, single)
        assert_same(single, memory, rtol=1e-3)


def on_gpu(data: Data) -> Data:
    moved = {
        name: getattr(data, name).cuda() for name in ("train_x", "train_y", "test_x", "test_y")
    }
    return dataclasses.replace(data, **moved)
