"""Runs trained into memory: a recorder that keeps everything in lists."""

from collections import defaultdict
from typing import Any

import torch

from trainers.config import RunConfig
from trainers.tables.datasets import Data
from trainers.train import train


class Memory:
    """A recorder that keeps everything in lists."""

    def __init__(self) -> None:
        self.points: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self.media: dict[str, list[tuple[int, Any]]] = defaultdict(list)
        self.total_steps = self.steps_per_epoch = 0

    def scalar(self, series: str, step: int, value: Any) -> None:
        self.points[series].append((step, float(value)))

    def scalars(self, series: str, first_step: int, values: Any) -> None:
        self.points[series] += [(first_step + i, v) for i, v in enumerate(values)]

    def images(self, name: str, step: int, *what: Any, **named: Any) -> None:
        self.media[name].append((step, what))

    def data(self, name: str, step: int, values: Any) -> None:
        self.media[name].append((step, values))

    def expect(self, total_steps: int, steps_per_epoch: int) -> None:
        self.total_steps, self.steps_per_epoch = total_steps, steps_per_epoch

    def flush(self) -> bool:
        return True


CPU = torch.device("cpu")
QUICK = RunConfig(activation="relu", init="kaiming_normal", epochs=2, batch_size=100, lr=0.1)


def trained(config: RunConfig, data: Data) -> Memory:
    memory = Memory()
    train(config, data, CPU, memory)
    return memory
