"""trainers.rates: a rate that a person changes holds from the next step on, when resumed too."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from dashboard.record.rates import rates_of
from dashboard.record.reader import create
from dashboard.record.recorder import Recorder
from dashboard.record.schema import RATES
from tests.support.reading import add_runs, read
from trainers.checkpoint import Checkpoint
from trainers.config import RunConfig
from trainers.rates import Rates
from trainers.tables.datasets import Data
from trainers.tape import Stopped
from trainers.train import train

CPU = torch.device("cpu")
CONFIG = RunConfig(activation="relu", epochs=3, batch_size=200, lr=0.05, dropout=(0.3,),
                   optimizer="sgd:momentum=0.9", hidden=(30,))  # fmt: skip
CHANGES = [{"step": 3, "lr": 0.01, "key": "a"}, {"step": 5, "lr": 0.2, "key": "b"},
           {"step": 7, "lr": 0.002, "key": "c"}]  # fmt: skip


def optimizer(lr: float = 1.0) -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def test_a_change_is_made_once_at_the_step_at_which_it_is_heard_of() -> None:
    wanted: list[Any] = [None]
    rates, sgd = Rates(wish=lambda: wanted[0]), optimizer()
    assert not rates.apply(0, sgd)
    wanted[0] = SimpleNamespace(lr=0.5, key="k")
    assert [rates.apply(step, sgd) for step in (1, 2)] == [True, False]
    assert sgd.param_groups[0]["lr"] == 0.5
    assert rates.changes == [{"step": 1, "lr": 0.5, "key": "k"}]
    wanted[0] = SimpleNamespace(lr=0.1, key="l")
    assert rates.apply(3, sgd)
    again, other = Rates(rates.changes, lambda: wanted[0]), optimizer()
    assert [step for step in range(5) if again.apply(step, other)] == [1, 3]
    assert other.param_groups[0]["lr"] == 0.1


def attempt(folder: Path, data: Data, stop_at: int, changes: Any) -> None:
    """As a worker makes it, with the changes that it reads of the record."""
    checkpoint = Checkpoint(folder, "r", CONFIG)
    with Recorder(folder, "r", keep_to=checkpoint.step) as recorder:

        def stop() -> bool:
            return recorder._steps.last.get("train_loss", 0) >= stop_at

        try:
            known = [*rates_of(folder, "r"), *changes]
            train(CONFIG, data, CPU, recorder, stop, checkpoint, rates=Rates(known))
        except Stopped:
            recorder.state = "stopped"


def test_a_resumed_run_changes_its_rate_where_it_did_before(
    tmp_path: Path, small_mnist: Data, monkeypatch: Any
) -> None:
    """It is stopped in the second epoch: of three changes one is before the checkpoint, one at it,
    and one is taken back with the steps after it."""
    monkeypatch.setattr("trainers.tape.COPY_EVERY_S", 0.0)
    losses = {}
    for name, stops in (("whole", [10**9]), ("parts", [9, 10**9])):
        folder = tmp_path / name
        with_changes: Any = CHANGES
        record = create(folder)
        add_runs(record, [("r", CONFIG.as_dict())])
        for stop_at in stops:
            attempt(folder, small_mnist, stop_at, with_changes)
            record.requeue(["r"])
            with_changes = []  # from now on the record says them
        record.close()
        view = read(folder).runs[0]
        losses[name] = view.lines["train_loss"].means()[1].tolist()
        assert view.data(RATES) == CHANGES
    assert losses["whole"] == losses["parts"]


def test_a_change_of_the_rate_is_felt(tmp_path: Path, small_mnist: Data) -> None:
    record = create(tmp_path)
    add_runs(record, [(name, CONFIG.as_dict()) for name in ("as it was", "changed")])
    ends = []
    for name, changes in (("as it was", []), ("changed", CHANGES)):
        with Recorder(tmp_path, name) as recorder:
            config = replace(CONFIG, epochs=1)
            ends.append(train(config, small_mnist, CPU, recorder, rates=Rates(changes)))
    record.close()
    first, second = (next(iter(model.parameters())) for model in ends)
    assert not torch.equal(first, second)
