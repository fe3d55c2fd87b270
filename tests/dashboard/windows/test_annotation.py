"""dashboard.windows.annotation, and the one rule for markers on a line."""

import numpy as np
import pytest

from dashboard.windows.annotation import annotation
from dashboard.windows.figure import MOST_MARKERS, line_trace, marked


def test_a_text_stands_at_its_place_of_the_whole_plot_unless_it_is_told_otherwise() -> None:
    note = annotation("hello", 0.25, 1, yshift=4, xanchor="right")
    assert (note["x"], note["y"], note["xref"], note["yref"]) == (0.25, 1, "paper", "paper")
    assert (note["xanchor"], note["yanchor"], note["yshift"]) == ("right", "bottom", 4)
    assert note["showarrow"] is False


@pytest.mark.parametrize(("points", "mode"), [(1, "lines+markers"), (MOST_MARKERS, "lines+markers"),
                                              (MOST_MARKERS + 1, "lines")])  # fmt: skip
def test_a_line_has_markers_while_its_points_can_be_told_apart(points: int, mode: str) -> None:
    steps = np.arange(points)
    assert marked(line_trace(steps, steps, "r", "#0072B2", 2.0), size=5)["mode"] == mode
