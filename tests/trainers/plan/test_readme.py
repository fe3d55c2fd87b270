"""trainers.plan.readme: the README lists every choice and flag there is, as the tables have
them."""

import pytest

import launch
from dashboard.windows.table import WINDOWS
from tests.support.launching import ROOT
from trainers.plan import readme
from trainers.plan.plan import TABLES
from trainers.tables.recipes import RECIPES


def test_the_readme_lists_what_the_tables_and_parsers_hold() -> None:
    text = (ROOT / "README.md").read_text()
    assert readme.fill(text, launch.generated_sections()) == text, "run: python launch.py docs"


@pytest.mark.parametrize("kind", [*TABLES, "recipe"])
def test_every_entry_has_a_row_with_its_line_and_source(kind: str) -> None:
    rows = readme.choices().split(f"### `--{kind}`")[1].split("###")[0]
    for name, entry in {**TABLES, "recipe": RECIPES}[kind].items():
        (row,) = [line for line in rows.splitlines() if line.startswith(f"| `{name}` |")]
        assert getattr(entry, "says").replace("|", "\\|") in row  # noqa: B009
        assert row.replace("\\|", "").count("|") == 5


def test_an_entry_added_at_run_time_makes_the_readme_old(monkeypatch: pytest.MonkeyPatch) -> None:
    before = readme.choices()
    table = TABLES["activation"]
    monkeypatch.setitem(table, "brand_new", table["relu"])
    assert readme.choices() != before


def test_every_flag_is_listed_with_what_it_does() -> None:
    text = launch.generated_sections()["flags"]
    for flag in ("--recipe NAME", "--activation NAME ...", "--no-normalize", "--host ADDRESS"):
        assert flag in text
    assert "`--grid ROWS COLUMNS`" in text
    for name, command in launch.COMMANDS.items():
        assert f"| `launch.py {name}` | {command.says} |" in text
        assert f"### `launch.py {name}`" in text


def test_every_row_of_flags_has_two_cells() -> None:
    text = launch.generated_sections()["flags"]
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert any("auto\\|HOST:PORT" in row for row in rows)
    assert {row.replace("\\|", "").count("|") for row in rows} == {3}


def test_every_window_has_a_row_with_what_it_shows() -> None:
    rows = launch.generated_sections()["windows"].splitlines()
    for windows in WINDOWS.values():
        for name, window in windows.items():
            assert f"| `{name}` | {window.says} |" in rows
            assert "|" not in window.says


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    text = "before\n<!-- a -->\nold\n<!-- /a -->\nafter"
    filled = readme.fill(text, {"a": "new"})
    assert filled == "before\n<!-- a -->\n\nnew\n\n<!-- /a -->\nafter"
    assert readme.fill(filled, {"a": "new"}) == filled


def test_a_readme_without_the_markers_is_one_sentence() -> None:
    with pytest.raises(readme.ReadmeError, match=r"lacks the markers <!-- a --> and <!-- /a -->$"):
        readme.fill("nothing here", {"a": "new"})
