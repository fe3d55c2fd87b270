"""trainers.plan.readme: the list of choices, and what stands between the markers."""

from pathlib import Path

import pytest

from trainers.plan import readme
from trainers.plan.settings import TABLES, flag
from trainers.tables.recipes import RECIPES


@pytest.mark.parametrize("kind", [*TABLES, "recipe"])
def test_every_entry_has_a_row_with_its_line_and_source(kind: str) -> None:
    rows = readme.choices().split(f"### `{flag(kind)}`")[1].split("###")[0]
    for name, entry in {**TABLES, "recipe": RECIPES}[kind].items():
        (row,) = [line for line in rows.splitlines() if line.startswith(f"| `{name}` |")]
        assert getattr(entry, "says").replace("|", "\\|") in row  # noqa: B009
        assert row.replace("\\|", "").count("|") == 5


def test_an_entry_added_at_run_time_makes_the_readme_old(monkeypatch: pytest.MonkeyPatch) -> None:
    before = readme.choices()
    table = TABLES["activation"]
    monkeypatch.setitem(table, "brand_new", table["relu"])
    assert readme.choices() != before


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    text = "before\n<!-- a -->\nold\n<!-- /a -->\nafter"
    filled = readme.fill(text, {"a": "new"})
    assert filled == "before\n<!-- a -->\n\nnew\n\n<!-- /a -->\nafter"
    assert readme.fill(filled, {"a": "new"}) == filled


def test_a_readme_without_the_markers_is_one_sentence() -> None:
    with pytest.raises(readme.ReadmeError, match=r"lacks the markers <!-- a --> and <!-- /a -->$"):
        readme.fill("nothing here", {"a": "new"})


def test_a_file_without_the_markers_is_named_and_no_other_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("<!-- x --><!-- /x -->")
    with pytest.raises(readme.ReadmeError, match=r"^b\.md lacks the markers <!-- y -->"):
        readme.write(tmp_path, {"a.md": {"x": "new"}, "b.md": {"y": "new"}})
    assert (tmp_path / "a.md").read_text() == "<!-- x --><!-- /x -->"
