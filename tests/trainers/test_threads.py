"""trainers.threads: a run keeps its number of CPU threads, and with as many gives the same bits."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from trainers.config import RunConfig
from trainers.tables.datasets import Data
from trainers.threads import Threads
from trainers.train import train

CPU = torch.device("cpu")
CONFIG = RunConfig(model="lenet", activation="tanh", epochs=1, batch_size=100)


@pytest.fixture(autouse=True)
def _own_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def at(step: int, threads: int) -> dict[str, int]:
    return {"step": step, "threads": threads}


def test_a_run_begins_with_its_count_and_says_so_once() -> None:
    threads = Threads(3)
    assert [threads.apply(step) for step in (0, 0, 10, 20)] == [True, False, False, False]
    assert threads.changes == [at(0, 3)]
    assert torch.get_num_threads() == 3


def test_where_nobody_says_a_number_pytorch_keeps_its_own() -> None:
    torch.set_num_threads(2)
    assert not Threads().apply(0)
    assert torch.get_num_threads() == 2


def test_a_run_that_goes_on_keeps_what_it_had_wherever_that_is() -> None:
    resumed = Threads(1, [at(0, 2)])
    assert not resumed.apply(10)
    assert torch.get_num_threads() == 2


def test_a_person_may_change_it_and_what_would_have_come_later_is_forgotten() -> None:
    fixed = Threads(3, [at(0, 1), at(20, 2)], is_fixed=True)
    assert [fixed.apply(step) for step in (10, 20)] == [True, False]
    assert fixed.changes == [at(0, 1), at(10, 3)]
    assert torch.get_num_threads() == 3


def test_free_cores_are_taken_and_given_back() -> None:
    shares = [0, 2, 2, 1]
    threads = Threads(1, share=lambda: shares.pop(0))
    for step in (0, 10, 20, 30):
        threads.apply(step)
    assert threads.changes == [at(0, 1), at(10, 2), at(30, 1)]


def test_a_run_that_is_trained_again_changes_where_it_did_whatever_is_free_now() -> None:
    again = Threads(1, [at(0, 1), at(10, 2), at(30, 1)], lambda: 2)
    counts = []
    for step in (0, 10, 20, 30, 40):
        again.apply(step)
        counts.append(torch.get_num_threads())
    assert counts == [1, 2, 2, 1, 2]  # after what it has seen before it may have what is free


def test_more_than_a_process_can_have_is_not_asked_of_it() -> None:
    Threads(1, [at(0, 10**9)]).apply(0)
    assert torch.get_num_threads() == 256


class Noting:
    """A recorder that keeps the values of `threads`."""

    def __init__(self) -> None:
        self.threads: list[Any] = []

    def data(self, name: str, step: int, values: Any) -> None:
        if name == "threads":
            self.threads.append((step, values))

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


def test_the_loop_changes_it_between_epochs_alone_and_records_it(small_mnist: Data) -> None:
    looks = 0

    def asked() -> int:
        nonlocal looks
        looks += 1
        return 1 if looks == 1 else 2

    recorder = Noting()
    config = RunConfig(hidden=(8,), epochs=2, batch_size=100)
    train(config, small_mnist, CPU, recorder, threads=Threads(1, share=asked))
    epoch = len(small_mnist.train_y) // 100
    assert looks == 2
    assert recorder.threads == [(0, [at(0, 1)]), (epoch, [at(0, 1), at(epoch, 2)])]


def weights(data: Data, count: int) -> list[torch.Tensor]:
    model = train(CONFIG, data, CPU, Noting(), threads=Threads(count))
    return [parameter.detach().clone() for parameter in model.parameters()]


def test_the_same_number_of_threads_gives_the_same_bits(small_mnist: Data) -> None:
    """Of a convolution, whose gradient is summed in parts; another number may round differently."""
    few = replace(
        small_mnist,
        train_x=small_mnist.train_x[:200], train_y=small_mnist.train_y[:200],
        test_x=small_mnist.test_x[:100], test_y=small_mnist.test_y[:100],
    )  # fmt: skip
    runs = {(count, i): weights(few, count) for i in range(2) for count in (1, 3)}
    for count in (1, 3):
        for first, second in zip(runs[count, 0], runs[count, 1], strict=True):
            assert torch.equal(first, second)
