"""Samples the machine while an experiment is trained: processor, memory, GPUs, and throughput.

The launcher takes a sample every few seconds. They are kept in one setting of the record for each
launch, which is written anew each time: when MOST_SAMPLES are there, every other one goes and the
time between them doubles, so that it stays small however long a training lasts. psutil reads the
system, nvidia-ml-py the GPUs where it is installed; what cannot be read is left out.
"""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any, Protocol

import psutil

from dashboard.record.late_writes import LateWrites
from dashboard.record.schema import RecordError

KEY = "machine "
"""Begins the key of the setting with the samples of a launch; then comes when, in nanoseconds."""
FIRST_EVERY_S = 3.0
MOST_SAMPLES = 400
PUT = "INSERT INTO experiment VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
SAMPLES = "SELECT value FROM experiment WHERE key GLOB ? ORDER BY key"
GB = 1e9

Sample = dict[str, Any]
"""time_s, cpu_percent (of all cores), memory_gb, images_per_s, gpus: [[percent, memory_gb], …]."""


class Queried(Protocol):
    """What can be asked for rows: a Record."""

    def query(self, statement: str, *values: int | str) -> list[tuple[Any, ...]]: ...


class Machine:
    """Takes samples for the experiment that is trained now; `pending` writes them."""

    def __init__(self, pending: LateWrites) -> None:
        self._pending = pending
        self._key = f"{KEY}{time.time_ns()}"
        self._samples: list[Sample] = []
        self._every_s = FIRST_EVERY_S
        self._due_s = time.monotonic() + FIRST_EVERY_S
        self._gpus = _gpus()
        psutil.cpu_percent()  # counts from here on

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._due_s

    def sample(self, images_per_s: float) -> None:
        """Take one and write all of them, unless what was written last still waits."""
        self._due_s = time.monotonic() + self._every_s
        memory = psutil.virtual_memory()
        self._samples.append(
            {
                "time_s": round(time.time(), 1),
                "cpu_percent": psutil.cpu_percent(),
                "memory_gb": round((memory.total - memory.available) / GB, 3),
                "images_per_s": round(images_per_s, 1),
                "gpus": [_look(gpu) for gpu in self._gpus],
            }
        )
        if len(self._samples) >= MOST_SAMPLES:
            self._samples = self._samples[::2]
            self._every_s *= 2
        if not self._pending:
            whole = {
                "memory_gb": round(memory.total / GB, 3),
                "gpu_memory_gb": [_memory_gb(gpu) for gpu in self._gpus],
                "cores": psutil.cpu_count(),
                "samples": self._samples,
            }
            self._pending.add(PUT, self._key, json.dumps(whole))


def is_sampled(record: Queried) -> bool:
    """Whether there is a sample of any launch."""
    with contextlib.suppress(RecordError):
        return bool(record.query(f"{SAMPLES} LIMIT 1", f"{KEY}*"))
    return False


def launches(record: Queried) -> list[dict[str, Any]]:
    """{memory_gb, gpu_memory_gb, cores, samples} of every launch, in their order; now, not before.

    What is none of ours is left out.
    """
    readable = []
    with contextlib.suppress(RecordError, ValueError):
        for (value,) in record.query(SAMPLES, f"{KEY}*"):
            launch = json.loads(value)
            if isinstance(launch, dict) and isinstance(launch.get("samples"), list):
                readable.append(launch)
    return readable


def _gpus() -> list[Any]:
    """A handle of each NVIDIA GPU; none without one, or without nvidia-ml-py."""
    try:
        import pynvml

        pynvml.nvmlInit()
        return [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
    except Exception:  # not installed, no driver, or no permission: then there is nothing to see
        return []


def _look(gpu: Any) -> list[float]:
    """[percent of the time that it computed, GB in use]."""
    import pynvml

    try:
        use, memory = pynvml.nvmlDeviceGetUtilizationRates(gpu), pynvml.nvmlDeviceGetMemoryInfo(gpu)
        return [float(use.gpu), round(memory.used / GB, 3)]
    except pynvml.NVMLError:
        return [0.0, 0.0]


def _memory_gb(gpu: Any) -> float:
    import pynvml

    try:
        return float(round(pynvml.nvmlDeviceGetMemoryInfo(gpu).total / GB, 3))
    except pynvml.NVMLError:
        return 0.0
