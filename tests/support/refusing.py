"""What launch.py says of a person's mistake, asked in the test's own process.

A process of its own proves no more of a sentence and costs seconds; the fixture `main_here` keeps
it from starting anything.
"""

import pytest

from trainers.launcher.main import main


def refused(words: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    """Its one sentence, which ends it with exit code 2."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    said = capfd.readouterr().err
    assert said.startswith("launch.py: ")
    assert said.count("\n") == 1, said
    return said
