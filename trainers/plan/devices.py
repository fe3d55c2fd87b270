"""Chooses the device of each worker: GPUs, Apple's MPS, or the cores of the CPU.

Asks PyTorch for GPUs only where there may be one: it takes longer to load than all planning.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from trainers.config import ConfigError
from trainers.plan.cores import cores

if TYPE_CHECKING:
    import torch
else:
    from trainers.tables.late import torch

GPU_SIGNS = (
    "/dev/nvidiactl", "/dev/dxg", "/dev/kfd", "/dev/nvhost-gpu", "/dev/nvgpu", "/proc/driver/nvidia"
)  # fmt: skip
"""One of these is there on a Linux whose programs can use a GPU: NVIDIA's, in WSL, AMD's, a
Jetson's."""


def devices_for(device: str, workers: int | None, runs: int) -> list[str]:
    """The device of each worker: one for each GPU, else one worker for each CPU core.

    device: auto, cpu, cuda, cuda:N or mps. Raises ConfigError for one that is not here.
    """
    if workers is not None and workers < 1:
        raise ConfigError(f"--workers {workers} is not allowed: it must be at least 1")
    workers = min(workers, max(1, runs)) if workers else None
    devices = _devices(device)
    if devices == ["cpu"]:
        devices *= workers or cores()
    elif workers:
        devices = [devices[i % len(devices)] for i in range(workers)]
    return devices[: max(1, runs)]


def _devices(device: str) -> list[str]:
    if device == "cpu":
        return ["cpu"]
    gpus, mps = _accelerators()
    if device == "auto":
        return gpus or mps or ["cpu"]
    here = ", ".join(["cpu", *gpus, *mps])
    if device == "cuda" and gpus:
        return gpus
    if device in (*gpus, *mps):
        return [device]
    if not re.fullmatch(r"cuda(:\d+)?|mps", device):
        raise ConfigError(
            f"--device {device!r} is unknown: allowed are auto, cpu, cuda, cuda:N and mps"
        )
    raise ConfigError(f"--device {device} is not on this machine; here are: {here}")


def _accelerators() -> tuple[list[str], list[str]]:
    """The GPUs and Apple's MPS that PyTorch can use; it is not loaded where there can be none."""
    if (
        sys.platform == "linux"
        and "torch" not in sys.modules
        and not any(os.path.exists(sign) for sign in GPU_SIGNS)
    ):
        return [], []
    gpus = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    return gpus, ["mps"] if torch.backends.mps.is_available() else []
