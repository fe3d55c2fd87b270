"""dashboard.record.machine: samples of the machine, few however long a training lasts."""

import json
import sys
import types
from pathlib import Path

import psutil
import pytest

from dashboard.record import machine
from dashboard.record.machine import MOST_SAMPLES, Machine, is_sampled, launches
from dashboard.record.reader import Record
from dashboard.windows.compare_windows import compare_windows
from dashboard.windows.machine import machine as drawn
from tests.support.invented import invent
from tests.support.reading import new_record, read


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return new_record(tmp_path / "exp")


def test_a_sample_says_how_busy_the_machine_is(record: Record) -> None:
    assert not is_sampled(record)
    Machine(record.pending).sample(images_per_s=1234.5)
    assert is_sampled(record)
    (launch,) = launches(record)
    (sample,) = launch["samples"]
    assert sample["images_per_s"] == 1234.5
    assert 0 <= sample["cpu_percent"] <= 100
    assert 0 < sample["memory_gb"] < launch["memory_gb"]
    assert launch["memory_gb"] == pytest.approx(psutil.virtual_memory().total / 1e9, rel=0.01)
    assert launch["cores"] == psutil.cpu_count()


def test_however_many_samples_are_taken_few_are_kept_from_first_to_last(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = MOST_SAMPLES // 10
    monkeypatch.setattr(machine, "MOST_SAMPLES", most)
    taken = Machine(record.pending)
    for i in range(5 * most):
        taken.sample(float(i))
    (launch,) = launches(record)
    rates = [sample["images_per_s"] for sample in launch["samples"]]
    assert most // 2 <= len(rates) <= most
    assert rates[0] == 0.0
    assert rates[-1] > 5 * most - 5
    assert taken._every_s > 4 * machine.FIRST_EVERY_S
    assert not taken.is_due


def test_each_launch_has_samples_of_its_own(record: Record) -> None:
    for rate in (1.0, 2.0):
        Machine(record.pending).sample(rate)
    assert [launch["samples"][0]["images_per_s"] for launch in launches(record)] == [1.0, 2.0]


def nvidia() -> types.ModuleType:
    """What nvidia-ml-py gives of one GPU that computes half of the time."""
    module = types.ModuleType("pynvml")
    of_gpu = types.SimpleNamespace
    contents = {
        "NVMLError": OSError,
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda i: i,
        "nvmlDeviceGetUtilizationRates": lambda gpu: of_gpu(gpu=50, memory=10),
        "nvmlDeviceGetMemoryInfo": lambda gpu: of_gpu(used=2e9, total=8e9),
    }
    for name, value in contents.items():
        setattr(module, name, value)
    return module


def test_a_gpu_is_sampled_where_there_is_one(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvidia())
    Machine(record.pending).sample(1.0)
    (launch,) = launches(record)
    assert launch["gpu_memory_gb"] == [8.0]
    assert launch["samples"][0]["gpus"] == [[50.0, 2.0]]


def test_without_the_library_no_gpu_is_sampled(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", None)
    Machine(record.pending).sample(1.0)
    assert launches(record)[0]["samples"][0]["gpus"] == []


def test_the_window_draws_all_launches_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = invent(tmp_path / "e")
    assert "machine" not in compare_windows(experiment)
    monkeypatch.setitem(sys.modules, "pynvml", nvidia())
    for _ in range(2):
        taken = Machine(experiment.record.pending)
        taken.sample(100.0)
        taken.sample(200.0)
    assert "machine" in compare_windows(experiment)
    plot = drawn(experiment)
    names = [trace["name"] for trace in plot.traces]
    assert names == 2 * ["images/s", "CPU", "memory", "GPU 0", "GPU 0 memory"]
    assert plot.traces[5]["x"][0] > plot.traces[0]["x"][-1]
    json.dumps(plot.packet(), allow_nan=False)


@pytest.mark.parametrize("odd", ["3", '{"samples": [1, {"time_s": "x"}]}', "[]", "{"])
def test_what_is_no_sample_is_left_out(tmp_path: Path, odd: str) -> None:
    record = invent(tmp_path / "e").record
    record.pending.add("INSERT INTO experiment VALUES ('machine 1', ?)", odd)
    if odd == "{":
        assert launches(record) == []
        return
    assert drawn(read(tmp_path / "e")).traces == []
