"""The conclusion in words, from records with results that were chosen by hand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dashboard.runs.standing import standing
from dashboard.windows.conclusion import conclusions, listed, signed
from tests.support.results import record, seeds

# The seed does more to a run than the init does, and the same to both.
KAIMING = [0.8534, 0.8497, 0.8553, 0.8581, 0.8515]
XAVIER = [0.8474, 0.8442, 0.8488, 0.8523, 0.8459]
RELU = [0.9312, 0.9290, 0.9341]
LEAKY = [0.9309, 0.9301, 0.9330]
Runs = list[tuple[dict[str, Any], Any]]


def init(name: str, values: list[Any], **more: Any) -> Runs:
    return seeds(
        [v if v is None or isinstance(v, dict) else round(v, 4) for v in values], **more, init=name
    )


def grid(sigmoid: list[Any], xavier: list[Any]) -> Runs:
    """Three activations, two inits; kaiming_normal leads with relu and leaky_relu, which are level;
    tanh does badly with both."""
    relu_xavier, leaky_xavier = [0.8611, 0.8592, 0.8639], [0.8608, 0.8603, 0.8628]
    return [
        *init("kaiming_normal", RELU, activation="relu"),
        *init("xavier_normal", relu_xavier, activation="relu"),
        *init("kaiming_normal", LEAKY, activation="leaky_relu"),
        *init("xavier_normal", leaky_xavier, activation="leaky_relu"),
        *init("kaiming_normal", [0.51, 0.50, 0.52], activation="tanh"),
        *init("xavier_normal", [0.50, 0.51, 0.52], activation="tanh"),
        *init("kaiming_normal", sigmoid, activation="sigmoid"),
        *init("xavier_normal", xavier, activation="sigmoid"),
    ]  # fmt: skip


CASES: dict[str, tuple[Runs, Mapping[int, str], list[str]]] = {
    "five seeds decide": (
        init("kaiming_normal", KAIMING) + init("xavier_normal", XAVIER), {},
        ["Best: kaiming_normal with test accuracy 0.8536, +0.006 over xavier_normal (better on 5 "
         "of 5 seeds): real."],
    ),
    "a row of the grid is decided, the best of all is not": (
        grid(KAIMING, XAVIER), {},
        ["relu and leaky_relu with kaiming_normal: undecided after 3 seeds, test accuracy 0.9314 "
         "and 0.9313.",
         "Best for relu: kaiming_normal, +0.070 over xavier_normal (better on 3 of 3 seeds): real.",
         "Best for leaky_relu: kaiming_normal, +0.070 over xavier_normal (better on 3 of 3 seeds): "
         "real.",
         "Best for sigmoid: kaiming_normal, +0.006 over xavier_normal (better on 5 of 5 seeds): "
         "real.",
         "For tanh: undecided after 3 seeds."],
    ),
    "one seed": (
        init("a", [0.91]) + init("b", [0.92]), {},
        ["Best: b with test accuracy 0.9200, +0.010 over a."],
    ),
    "two seeds are too few for a claim": (
        init("a", [0.5001, 0.5002]) + init("b", [0.9, 0.9]), {},
        ["b and a: undecided after 2 seeds, test accuracy 0.9000 and 0.5001."],
    ),
    "two seeds leave out what has no share in the first place": (
        init("a", [0.90, 0.92]) + init("b", [0.92, 0.90]) + init("c", [0.5001, 0.5002]), {},
        ["a and b: undecided after 2 seeds, test accuracy 0.9100 and 0.9100."],
    ),
    "nothing differs": (
        init("a", [0.1135] * 3) + init("b", [0.1135] * 3), {},
        ["a and b: undecided after 3 seeds, test accuracy 0.1135 and 0.1135."],
    ),
    "seeds that are not the same": (
        [({"init": "a", "seed": i}, v) for i, v in enumerate([0.91, 0.92, 0.93])]
        + [({"init": "b", "seed": i + 7}, v) for i, v in enumerate([0.81, 0.82, 0.84])], {},
        ["Best: a with test accuracy 0.9200, +0.097 over b (seeds not paired): real."],
    ),
    "a seed that went wrong": (
        init("a", [0.93, 0.931, 0.932, 0.1]) + init("b", [0.91, 0.912, 0.911, 0.913]),
        {3: "diverged"},
        ["a and b: undecided, for 1 of 4 seeds of a went wrong, test accuracy 0.9310 and 0.9115."],
    ),
    "most of a group went wrong": (
        init("a", [0.99, 0.1, 0.1]) + init("b", [0.91, 0.912, 0.911]), {1: "diverged", 2: "failed"},
        ["b: test accuracy 0.9110."],
    ),
    "runs that still train are compared where they have been": (
        init("a", [{100: 0.5, 200: 0.7}, {100: 0.5, 200: 0.71}])
        + init("b", [{100: 0.6}, {100: 0.61, 200: 0.72}]),
        dict.fromkeys(range(4), "running"),
        ["Best so far at step 200 (3 of 4 runs): b with test accuracy 0.7200, +0.010 over a."],
    ),
    "a row has ended while most runs still train": (
        grid(
            [{150: v - 0.1, 300: v} for v in KAIMING], [{150: v - 0.1, 300: v} for v in XAVIER]
        )[-10:]
        + init("kaiming_normal", [{150: 0.93}] * 6, activation="relu")
        + init("xavier_normal", [{150: 0.92}] * 6, activation="relu"),
        dict.fromkeys(range(10, 22), "running"),
        ["Best so far at step 150: relu · kaiming_normal with test accuracy 0.9300, +0.010 over "
         "relu · xavier_normal (better on 6 of 6 seeds)."],
    ),
    "a queue": (
        init("a", [0.9, 0.91, 0.92]) + init("b", [0.8, None, None]), {},
        ["Best so far (4 of 6 runs): a with test accuracy 0.9100, +0.100 over b."],
    ),
    "one of many is known too little": (
        init("a", [0.93, 0.931, 0.932]) + init("b", [0.81, 0.812, 0.811]) + init("c", [0.5]), {},
        ["Best: a with test accuracy 0.9310, +0.120 over b (better on 3 of 3 seeds)."],
    ),
    "only the seed varies": (
        seeds([0.93, 0.94, 0.95], init="a"), {},
        ["Test accuracy 0.9400 ± 0.0100 over 3 seeds, 0.9300 to 0.9500: nothing else varies."],
    ),
    "one run": (seeds([0.93], init="a"), {}, ["0-a-0: test accuracy 0.9300."]),
    "no result": (init("a", [None]) + init("b", [None]), {}, []),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_conclusion_says(case: str, tmp_path: Path) -> None:
    runs, states, expected = CASES[case]
    experiment = record(tmp_path / "e", runs, states)
    assert conclusions(experiment, standing(experiment)) == expected


def test_of_a_loss_the_lower_one_is_the_better(tmp_path: Path) -> None:
    runs = init("a", [0.31, 0.32, 0.33]) + init("b", [0.41, 0.42, 0.431])
    experiment = record(tmp_path / "e", runs, series="test_loss")
    assert conclusions(experiment, standing(experiment)) == [
        "Best: a with test loss 0.3200, 0.100 under b (better on 3 of 3 seeds): real."
    ]


def test_a_difference_has_as_many_digits_as_it_needs() -> None:
    assert [signed(v) for v in (0.00591, 0.2345, -0.00004, 1234.5, -2.5)] == [
        "+0.006", "+0.234", "−0.00004", "+1,234", "−2.500"
    ]  # fmt: skip


def test_names_are_listed_as_a_person_would() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b", "c", "d"]) == "a, b and 2 others"
