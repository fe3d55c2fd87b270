"""trainers.fork: a fork computes what a run with that schedule would have computed from scratch."""

import math
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from torch import nn

from dashboard.record.places import Place, kept
from dashboard.record.recorder import Recorder
from tests.support.reading import read
from trainers.build import build_for
from trainers.checkpoint import Checkpoint, spread
from trainers.config import RunConfig
from trainers.fork import (
    CHANGEABLE,
    ForkError,
    carry_over,
    forked,
    parent_of,
    place_of,
    write_start,
)
from trainers.local.orders import Job
from trainers.rates import Rates
from trainers.tables.activations import ACTIVATIONS
from trainers.tables.datasets import Data
from trainers.tables.network import Network
from trainers.train import train

CPU = torch.device("cpu")
CONFIG = RunConfig(activation="relu", epochs=4, batch_size=50, lr=0.05, dropout=(0.3,),
                   optimizer="sgd:momentum=0.9", hidden=(30, 20))  # fmt: skip
PER_EPOCH = 5


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory, tiny_mnist: Data) -> Path:
    """The folder of an experiment with one run, `p`."""
    folder = tmp_path_factory.mktemp("forks") / "exp"
    with Recorder(folder, "p") as recorder:
        checkpoint = Checkpoint(folder, "p", CONFIG)
        train(CONFIG, tiny_mnist, CPU, recorder, checkpoint=checkpoint)
        checkpoint.remove()
    return folder


def fork(folder: Path, data: Data, at: int, **changes: Any) -> tuple[Job, nn.Module]:
    """A fork of `p`, trained as a worker does; its curves are in the record too."""
    place = place_of(folder, "p", at)
    taken = [view.name for view in read(folder).runs]
    job = forked("p", CONFIG.as_dict(), changes, place, taken)
    write_start(folder, job, place)
    config = RunConfig.from_dict(job.settings)
    with Recorder(folder, job.name, keep_to=at) as recorder:
        checkpoint = Checkpoint(folder, job.name, config)
        assert checkpoint.step == at
        return job, train(config, data, CPU, recorder, checkpoint=checkpoint)


def losses(folder: Path, run: str) -> dict[int, float]:
    line = next(v for v in read(folder).runs if v.name == run).lines["train_loss"]
    steps, values = line.means()
    return dict(zip(steps.tolist(), values.tolist(), strict=True))


def test_a_run_keeps_a_checkpoint_at_the_end_of_each_epoch_and_not_too_many(parent: Path) -> None:
    assert [(p.epoch, p.step) for p in kept(parent, "p")] == [(1, 5), (2, 10), (3, 15), (4, 20)]
    assert not (parent / "checkpoints").exists()
    assert spread(range(1, 5)) == [1, 2, 3, 4]
    assert spread([2, 4, 6, 8, 9]) == [2, 4, 6, 8, 9]
    epochs: list[int] = []
    for epoch in range(1, 101):
        epochs = spread([*epochs, epoch])
        assert len(epochs) <= 5
        assert epochs[-1] == epoch
    assert epochs == [32, 64, 80, 96, 100]


@pytest.mark.parametrize("at", [5, 10])
def test_a_fork_with_another_rate_equals_a_run_whose_rate_changes_there(
    parent: Path, tiny_mnist: Data, at: int
) -> None:
    job, model = fork(parent, tiny_mnist, at, lr=0.2)
    with Recorder(parent, f"scratch{at}") as recorder:
        rates = Rates([{"step": at, "lr": 0.2, "key": "k"}])
        scratch = train(CONFIG, tiny_mnist, CPU, recorder, rates=rates)
    for name, weight in scratch.state_dict().items():
        assert torch.equal(weight, model.state_dict()[name]), name
    whole, own = losses(parent, f"scratch{at}"), losses(parent, job.name)
    assert own == {step: loss for step, loss in whole.items() if step > at}
    assert parent_of(job.settings) == ("p", at)


def test_a_fork_that_only_trains_longer_first_computes_what_its_parent_did(
    parent: Path, tiny_mnist: Data
) -> None:
    job, _ = fork(parent, tiny_mnist, 10, epochs=5)
    own, before = losses(parent, job.name), losses(parent, "p")
    assert {step: own[step] for step in range(11, 21)} == {s: before[s] for s in range(11, 21)}
    assert max(own) == 25


@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        ({"optimizer": "adam"}, 5), ({"dropout": ()}, 5), ({"activation": "leaky_relu"}, 5),
        ({"schedule": "cosine"}, 5), ({"weight_decay": 0.1}, 5), ({"clip_norm": 0.1}, 5),
        ({"loss": "mse"}, 5), ({"batch_size": 25}, 10),
        ({"activation": "gelu", "lr": 0.01, "optimizer": "adam"}, 5),
    ],
    ids=str,
)  # fmt: skip
def test_a_fork_may_change_what_leaves_the_weights_a_meaning(
    parent: Path, tiny_mnist: Data, changes: dict[str, Any], steps: int
) -> None:
    """It begins where its parent was, which one that began anew would not."""
    job, _ = fork(parent, tiny_mnist, 15, **changes)
    own, before = losses(parent, job.name), losses(parent, "p")
    assert sorted(own) == list(range(16, 16 + steps))
    if "loss" not in changes:
        assert own[16] < before[1] * 0.95
    line = next(v for v in read(parent).runs if v.name == job.name).lines["test_accuracy"]
    assert line.last_step == 15 + steps  # it is evaluated at its end, whatever its steps


def test_a_fork_takes_its_own_decay_and_leaves_the_schedule_of_its_parent(
    parent: Path, tiny_mnist: Data
) -> None:
    """What its optimiser remembers says neither."""
    job, _ = fork(parent, tiny_mnist, 15, schedule="cosine", weight_decay=0.1)
    rates = read(parent).runs[-1].lines["lr"].drawn()[1]
    expected = [CONFIG.lr * (1 + math.cos(math.pi * step / 20)) / 2 for step in range(15, 20)]
    assert rates.tolist() == pytest.approx(expected)
    config = RunConfig.from_dict({**job.settings, "epochs": 6})
    place = place_of(parent, job.name, None)
    back = forked(job.name, config.as_dict(), {"schedule": "constant"}, place, ())
    write_start(parent, back, place)
    start = Checkpoint(parent, back.name, RunConfig.from_dict(back.settings))
    (group,) = start._state["optimizer"]["param_groups"]
    assert (group["lr"], group["weight_decay"]) == (CONFIG.lr, 0.1)


def test_layers_keep_their_weights_when_others_come_between_them() -> None:
    torch.manual_seed(1)
    plain, with_dropout = (build_for(RunConfig(dropout=p, hidden=(30, 20))) for p in ((), (0.5,)))
    assert carry_over(plain.state_dict(), with_dropout) == (
        [*plain.state_dict()] == [*with_dropout.state_dict()]
    )
    for one, other in zip(plain.parameters(), with_dropout.parameters(), strict=True):
        assert torch.equal(one, other)


def test_an_activation_with_weights_of_its_own_may_come_and_begins_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ACTIVATIONS, "own", ACTIVATIONS["relu"]._replace(make=nn.PReLU))
    plain = build_for(RunConfig(activation="relu", hidden=(30, 20)))
    own = build_for(RunConfig(activation="own", hidden=(30, 20)))
    assert not carry_over(plain.state_dict(), own)
    for one, other in zip(cast(Network, plain).layers, cast(Network, own).layers, strict=True):
        assert torch.equal(one.weight, other.weight)
    slopes = [p for p in own.parameters() if p.numel() == 1]
    assert slopes
    assert all(slope.item() == 0.25 for slope in slopes)
    assert not carry_over(own.state_dict(), build_for(RunConfig(hidden=(30, 20))))


def test_another_network_is_refused_its_weights() -> None:
    small, large = (build_for(RunConfig(hidden=(n, 20))) for n in (30, 40))
    with pytest.raises(ForkError, match="make another network"):
        carry_over(small.state_dict(), large)


PLACE = Place(2, 10, Path("2-10.pt"))
REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "say what to change of p: lr, optimizer"),
    "what it has": ({"lr": 0.05}, "say what to change of p"),
    "the network": ({"hidden": (9,)}, "a fork cannot change hidden: it can change lr,"),
    "the seed": ({"seed": 1}, "a fork cannot change seed"),
    "epochs that are over": ({"epochs": 2}, "is the end of epoch 2 of 2, so nothing is left"),
    "no rate": ({"lr": -1.0}, "--lr -1.0 is not allowed"),
    "an unknown name": ({"activation": "rely"}, "rely"),
    "an odd value": ({"optimizer": "sgd:momentum=-1"}, "momentum"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_a_fork_cannot_be_is_said_in_a_sentence(case: str) -> None:
    changes, sentence = REFUSALS[case]
    with pytest.raises(ValueError) as why:
        forked("p", CONFIG.as_dict(), changes, PLACE, [])
    assert sentence in str(why.value)
    assert "\n" not in str(why.value)


def test_a_step_of_which_nothing_is_kept_names_those_that_there_are(parent: Path) -> None:
    with pytest.raises(ForkError, match="at step 7; it has: 5, 10, 15, 20"):
        place_of(parent, "p", 7)
    with pytest.raises(ForkError, match="q has kept no checkpoint"):
        place_of(parent, "q", None)
    assert place_of(parent, "p", None).step == 20


def test_a_name_that_is_taken_gets_a_number_and_every_change_is_in_it() -> None:
    first = forked("p", CONFIG.as_dict(), {"lr": 0.3}, PLACE, [])
    second = forked("p", CONFIG.as_dict(), {"lr": 0.3}, PLACE, [first.name])
    assert (first.name, second.name) == ("p-at10-lr0.3", "p-at10-lr0.3-2")
    long = forked("p" * 99, CONFIG.as_dict(), {"lr": 0.3}, PLACE, [])
    assert len(long.name) <= 100
    assert set(CHANGEABLE) <= set(CONFIG.as_dict())


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "forkable" / "p" / "2-10.pt"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"noise")
    place = place_of(tmp_path, "p", 10)
    with pytest.raises(ForkError, match="cannot be read"):
        write_start(tmp_path, forked("p", CONFIG.as_dict(), {"lr": 0.3}, place, []), place)
