"""trainers.launcher.docs: the generated parts of the README files hold what the tables hold."""

import pytest

from dashboard.windows.table import WINDOWS
from tests.support.launching import ROOT
from trainers.launcher.commands import COMMANDS
from trainers.launcher.docs import generated_sections
from trainers.plan import readme


@pytest.mark.parametrize("file", generated_sections())
def test_a_generated_list_is_what_the_tables_hold(file: str) -> None:
    text = (ROOT / file).read_text()
    new = readme.fill(text, generated_sections()[file])
    assert text == new, f"{file} is not what the tables hold: run python launch.py docs"


def test_every_command_has_a_row_with_its_line() -> None:
    rows = generated_sections()["trainers/launcher/README.md"]["commands"].splitlines()
    for name, command in COMMANDS.items():
        assert f"| `launch.py {name}` | {command.says} |" in rows


def test_every_window_has_a_row_with_what_it_shows() -> None:
    rows = generated_sections()["dashboard/windows/README.md"]["windows"].splitlines()
    for windows in WINDOWS.values():
        for name, window in windows.items():
            assert f"| `{name}` | {window.says} |" in rows
            assert "|" not in window.says
