"""trainers.launcher.completion: a real shell completes commands and flags with what it prints."""

import subprocess

import pytest
import shtab

from trainers.launcher import completion
from trainers.launcher.commands import COMMANDS

ASK = """
COMP_WORDS=(launch.py {words}); COMP_CWORD={place}
_shtab_launch_py
echo "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def script() -> str:
    text: str = shtab.complete(completion.whole(), "bash")
    return text


def completed(script: str, *words: str) -> list[str]:
    """What bash offers for the last of the words."""
    asked = script + ASK.format(words=" ".join(repr(word) for word in words), place=len(words))
    done = subprocess.run(["bash", "-c", asked], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_every_command_is_completed(script: str) -> None:
    offered = completed(script, "")
    assert set(COMMANDS) <= set(offered)
    assert completed(script, "vi") == ["view"]


def test_flags_are_completed_with_and_without_a_command(script: str) -> None:
    assert "--activation" in completed(script, "--activ")
    assert completed(script, "export", "--metr") == ["--metric"]


@pytest.mark.parametrize("shell", shtab.SUPPORTED_SHELLS)
def test_the_command_prints_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert completion.run([shell]) == 0
    assert "launch" in capsys.readouterr().out
