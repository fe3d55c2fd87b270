"""The window that says which setting matters."""

from pathlib import Path

import pytest

from dashboard.windows.compare_windows import compare_windows
from dashboard.windows.importance import is_wanted, window
from tests.support.invented import GRID, invent
from tests.support.results import record, seeds

EFFECT = {"relu": 0.9, "tanh": 0.5}


def test_a_setting_that_makes_the_difference_has_the_longest_bar(tmp_path: Path) -> None:
    runs = []
    for activation, base in EFFECT.items():
        for init, more in (("normal", 0.0), ("kaiming_normal", 0.02)):
            values = [base + more, base + more + 0.001]
            runs += seeds(values, activation=activation, init=init)
    (bars,) = window(record(tmp_path / "e", runs)).traces
    assert bars["y"][:2] == ["activation", "init"]
    assert bars["x"][0] > 0.95
    assert sum(bars["x"]) == pytest.approx(1)
    assert bars["y"][-1] == "seeds"


def test_it_is_there_where_two_settings_vary_beside_the_seed(tmp_path: Path) -> None:
    assert "importance" in compare_windows(invent(tmp_path / "e", GRID))
    assert not is_wanted(invent(tmp_path / "f", {"activation": ["relu", "tanh"], "seed": [0, 1]}))


def test_before_there_are_results_it_says_so(tmp_path: Path) -> None:
    names = [f"{a}-{i}" for a in GRID["activation"] for i in GRID["init"]]
    plot = window(invent(tmp_path / "e", GRID, dict.fromkeys(names, "queued")))
    assert not plot.traces
    assert "too few results" in str(plot.layout)
