"""What stands below each command's --help: examples that can be given, exit codes, environment."""

import os
import re
import shlex
from pathlib import Path

import pytest

from tests.support.launching import ROOT
from tests.support.tables import restored
from trainers.launcher import main
from trainers.launcher.commands import COMMANDS, choose_command
from trainers.launcher.manual import ENVIRONMENT, EXITS
from trainers.plan.flags import load_own_choices, parse_flags
from trainers.steer.policy import planned

MINE = "from torch import nn\nACTIVATIONS = {'mine': nn.ReLU}\n"
EXAMPLES = [(name, each.words) for name, each_of in COMMANDS.items() for each in each_of.examples]


@pytest.fixture
def help_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> object:
    """The help of a command as a person asks for it."""
    monkeypatch.setattr(main.signal, "signal", lambda number, handler: None)

    def ask(name: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main.main([name, "--help"])
        assert ended.value.code == 0
        return capsys.readouterr().out

    return ask


@pytest.mark.parametrize(("name", "words"), EXAMPLES)
def test_every_example_can_be_given_as_it_stands(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    command, rest = choose_command(shlex.split(words), COMMANDS, default="train")
    assert command is COMMANDS[name]
    (tmp_path / "mine.py").write_text(MINE)
    with restored():
        load_own_choices(rest)
        if name != "train":
            command.parser().parse_args(rest)
            return
        args = parse_flags(command.parser(), rest)
        args.device, args.workers = "cpu", 1
        planned(args)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_commands_help_ends_with_its_examples_and_exit_codes(
    name: str, help_of: object
) -> None:
    text = help_of(name)  # type: ignore[operator]
    assert COMMANDS[name].examples, "say in COMMANDS how it is typed, and what comes of it"
    for example in COMMANDS[name].examples:
        assert f"\n  launch.py {example.words}".rstrip() in text
    examples, _, codes = text.partition("\nexamples:\n")[2].partition("\nexit codes:\n")
    assert examples
    stated = re.findall(r"^  (\S+) ", codes.partition("\nenvironment:")[0], re.M)
    assert stated == [code for code in ("0", "1", "2", "128+N") if code in stated]
    assert set(stated) == {*EXITS, *COMMANDS[name].exits}
    assert max(map(len, text.splitlines())) <= int(os.environ.get("COLUMNS", 90)) + 10


def test_the_environment_stands_where_it_is_read(help_of: object) -> None:
    assert "VISDOM_USERNAME" in help_of("serve").partition("\nenvironment:")[2]  # type: ignore[operator]
    assert "\nenvironment:" not in help_of("stop")  # type: ignore[operator]
    files = [file for room in ("dashboard", "trainers") for file in (ROOT / room).rglob("*.py")]
    code = "".join(file.read_text() for file in files if file.name != "manual.py")
    for variables in ENVIRONMENT.values():
        for name in ", ".join(variables).split(", "):
            assert name in code, f"nothing reads {name}"
