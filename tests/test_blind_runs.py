"""A run that learned without a class is told so: real trainings, recorded and judged."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.record.recorder import Recorder
from dashboard.runs.verdict import Verdict, verdicts
from tests.support.memory import CPU, QUICK
from tests.support.reading import read
from trainers.config import RunConfig
from trainers.tables.datasets import Data
from trainers.train import train

Judge = Callable[[RunConfig, Data], Verdict]
LONGER = replace(QUICK, epochs=6)


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    def trained_and_judged(config: RunConfig, data: Data) -> Verdict:
        with Recorder(tmp_path / "e", "run", config.as_dict()) as recorder:
            train(config, data, CPU, recorder)
        (judgement,) = verdicts(read(tmp_path / "e"))
        return judgement

    return trained_and_judged


def without(data: Data, *classes: int) -> Data:
    """The same data, these classes never trained."""
    kept = [i for i, label in enumerate(data.train_y.tolist()) if label not in classes]
    return replace(data, train_x=data.train_x[kept], train_y=data.train_y[kept])


def test_a_run_that_never_saw_a_nine_never_says_9(judge: Judge, small_mnist: Data) -> None:
    judgement = judge(LONGER, without(small_mnist, 9))
    assert judgement.text == "never says 9"
    assert judgement.tone == "warn"
    nines = int((small_mnist.test_y == 9).sum())
    assert f"and {nines} of 500 are" in judgement.evidence
    assert judgement.proofs[0].limit == f"{nines} are 9"


def test_a_run_that_never_saw_two_classes_names_both(judge: Judge, small_mnist: Data) -> None:
    assert judge(LONGER, without(small_mnist, 3, 9)).text == "never says 3, 9"


def test_a_run_that_says_every_class_is_healthy(judge: Judge, small_mnist: Data) -> None:
    assert judge(LONGER, small_mnist).kind == "healthy"
