"""What is said about the forecasts of an experiment."""

from collections.abc import Mapping

import pytest

from dashboard.runs.forecast_record import Tally
from dashboard.windows import forecasts


@pytest.mark.parametrize(
    ("tallies", "sentence"),
    [
        ({}, ""),
        ({0: Tally(3, 4)}, "Forecasts came true in 3 of 4 at step 0."),
        (
            {0: Tally(4, 4), 2: Tally(4, 4), 5: Tally(4, 4), 10: Tally(4, 4)},
            "Forecasts came true in 4 of 4 at step 0 and after 2, 5 and 10 % of the steps.",
        ),
        (
            {0: Tally(3, 4), 2: Tally(4, 4), 5: Tally(4, 4), 10: Tally(3, 4)},
            "Forecasts came true in 3 of 4 at step 0 and after 10 % of the steps and 4 of 4 after "
            "2 and 5 % of the steps.",
        ),
    ],
)
def test_stages_whose_forecasts_did_equally_well_are_named_together(
    tallies: Mapping[int, Tally], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecasts, "forecast_record", lambda views: tallies)
    assert forecasts.record_sentence([]) == sentence
