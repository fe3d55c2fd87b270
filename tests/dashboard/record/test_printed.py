"""dashboard.record.printed: what a run printed, warned and failed with stays with it, bounded."""

import sys
import threading

import pytest

from dashboard.record import printed
from dashboard.record.printed import output_kept, traceback_of


class Lines:
    """Takes texts as a Recorder does."""

    def __init__(self) -> None:
        self.step = 7
        self.texts: list[str] = []

    def text(self, name: str, step: int, text: str) -> None:
        assert (name, step) == ("output", 7)
        self.texts.append(text)


def test_what_is_printed_is_kept_line_by_line_and_still_seen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    runs = [Lines(), Lines()]
    with output_kept(runs):
        print("one", "line")
        assert runs[0].texts == ["one line"], "at once, should the process be killed now"
        print("to the other stream", file=sys.stderr)
        print("50 %\r100 %")
        print("unended", end="")
    expected = ["one line", "to the other stream", "100 %", "unended"]
    assert [run.texts for run in runs] == [expected, expected]
    said = capsys.readouterr()
    assert said.out == "one line\n50 %\r100 %\nunended"
    assert said.err == "to the other stream\n"
    print("afterwards")
    assert runs[0].texts == expected


def test_of_very_much_the_beginning_and_the_end_are_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printed, "KEPT_CHARACTERS", 40)
    run = Lines()
    with output_kept([run]):
        for i in range(1000):
            print(f"line {i:03}")
    text = "\n".join(run.texts)
    assert text.startswith("line 000\nline 001\n")
    assert text.endswith("line 998\nline 999")
    assert "lines are left out here]" in text
    assert len(text) < 200


def test_lines_of_other_threads_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    run = Lines()
    with output_kept([run]):
        threads = [threading.Thread(target=print, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted("\n".join(run.texts).split()) == [str(i) for i in range(8)]


def deep(levels: int) -> None:
    if levels:
        deep(levels - 1)
    raise ValueError("at the bottom")


def test_a_traceback_names_its_lines_and_its_error() -> None:
    with pytest.raises(ValueError) as caught:
        deep(3)
    text = traceback_of(caught.value)
    assert text.startswith("Traceback (most recent call last):")
    assert "test_printed.py" in text
    assert text.endswith("ValueError: at the bottom\n")


def test_a_very_long_traceback_keeps_its_beginning_and_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(printed, "KEPT_CHARACTERS", 200)
    text = traceback_of(ValueError("x" * 10_000))
    assert text.startswith("ValueError: xxx")
    assert "characters are left out here]" in text
    assert len(text) < 300
