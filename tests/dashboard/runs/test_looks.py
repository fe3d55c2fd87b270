"""dashboard.runs.looks: when is looked while seeds are added, and what each look may err."""

import numpy as np
import pytest

from dashboard.runs.looks import FEWEST_FOR_CLAIM, level, looks
from dashboard.runs.significance import differences


@pytest.mark.parametrize(
    ("up_to", "numbers"),
    [(2, ()), (3, (3,)), (4, (3, 4)), (10, (3, 5, 8, 10)), (13, (3, 5, 8, 13))],
)
def test_looks_are_few_and_the_last_is_at_all_seeds(up_to: int, numbers: tuple[int, ...]) -> None:
    assert looks(up_to) == numbers


@pytest.mark.parametrize("up_to", [0, *range(FEWEST_FOR_CLAIM, 40)])
def test_all_looks_together_spend_the_error_and_no_more(up_to: int) -> None:
    assert max(1, len(looks(up_to))) * level(up_to, 0.05) == pytest.approx(0.05)


def test_p_and_interval_allow_for_the_looks() -> None:
    values = np.array([[0.85, 0.86, 0.87, 0.85], [0.84, 0.845, 0.85, 0.845]])
    once, often = differences(values), differences(values, up_to=10)
    assert often.p[0, 1] == pytest.approx(min(1.0, 4 * once.p[0, 1]))
    assert often.low[0, 1] < once.low[0, 1] < once.high[0, 1] < often.high[0, 1]
    assert (often.p[0, 1] <= 0.05) == (often.low[0, 1] >= 0)
