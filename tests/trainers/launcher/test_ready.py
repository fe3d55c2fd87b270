"""trainers.launcher.ready: what workers need begins to load where it will be needed, no more.

The process that would load it is not started; whoever starts it says that a copy would do.
"""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dashboard.record.reader import create
from tests.support.reading import add_runs
from tests.support.refusing import refused

WORDS = (["add", "exp/no", "--seed", "1"], ["fork", "exp/no"], ["continue", "exp/no"])
"""Commands that train where nobody else does; none of them gets so far."""


@pytest.fixture
def started(main_here: None, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """How the process was started that loads what workers need, each time."""
    hows: list[dict[str, Any]] = []
    monkeypatch.setattr("trainers.local.children.warm", lambda **how: hows.append(how))
    return hows


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words[0])
def test_a_command_about_what_is_recorded_gets_ready_unless_another_launcher_trains(
    tmp_path: Path,
    started: list[dict[str, Any]],
    capfd: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    with closing(create(tmp_path / "runs" / "exp", {"command": []})) as record:
        add_runs(record, [("r", {})])
        assert "exp has no run 'no'" in refused(words, capfd)
        assert started == []
    assert "exp has no run 'no'" in refused(words, capfd)
    assert started == [{"as_fork": True}]
