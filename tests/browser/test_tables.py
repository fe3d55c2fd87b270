"""The tables of our page, asked as a person asks them: by clicks, each counted.

The runs' numbers are invented; the record, the board, the server and the browser are real.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.record.recorder import Recorder
from dashboard.server.process import Server
from tests.support.drawn import Drawn
from tests.support.invented import EVERY, STEPS, evaluate, invent
from tests.support.page import as_opened, window

OpenPage = Callable[[str], Page]
GRID = {"activation": ["relu", "tanh", "sigmoid"], "init": ["normal", "zeros", "orthogonal"]}
STATES = {"sigmoid-zeros": "diverged", "sigmoid-orthogonal": "queued"}
RUNS = 9
SEEDS = {"activation": ["relu", "tanh"], "seed": [0, 1]}
MANY = {"activation": [f"a{i}" for i in range(6)], "lr": [0.001, 0.01, 0.1, 1.0]}


@pytest.fixture(scope="module")
def urls(new_folder: Callable[[str], Path], shared_server: Server) -> dict[str, str]:
    """The pages of three experiments that change no more, by name."""
    addresses = {}
    for name, grid in (("grid", GRID), ("seeds", SEEDS), ("many", MANY)):
        states = STATES if name == "grid" else None
        drawn = Drawn(invent(new_folder(name), grid, states), shared_server)
        drawn.draw()
        addresses[name] = drawn.url()
    return addresses


@pytest.fixture
def page(urls: dict[str, str], open_once: OpenPage) -> Iterator[Page]:
    page = open_once(urls["grid"])
    expect(rows(page)).to_have_count(RUNS)
    yield page
    as_opened(page, urls["grid"])


def rows(page: Page) -> Locator:
    return window(page, "leaderboard").locator("tbody tr")


def row(page: Page, run: str) -> Locator:
    return window(page, "leaderboard").locator(f'tr[data-row="{run}"]')


def order(page: Page) -> list[str]:
    return rows(page).evaluate_all("rows => rows.map(row => row.dataset.row)")


def column(page: Page, key: str) -> list[str]:
    """What the cells of a column say, from the top."""
    return rows(page).evaluate_all(
        """(rows, key) => {
            const heads = [...rows[0].closest('table').querySelectorAll('thead th')];
            const place = heads.findIndex(head => head.dataset.column === key);
            return rows.map(row => row.children[place].textContent);
        }""",
        key,
    )


def head(page: Page, key: str) -> Locator:
    return window(page, "leaderboard").locator(f'th[data-column="{key}"]')


def seen(page: Page) -> list[int]:
    """The numbers of the runs that the whole page shows."""
    return page.evaluate("() => trainboard.visible().map(run => run.number)")


def numbers(cells: list[str]) -> list[float]:
    return [float(cell.replace(",", "").replace("−", "-")) for cell in cells if cell != "–"]


def test_the_best_stand_first_and_those_that_went_wrong_last(page: Page) -> None:
    accuracies = numbers(column(page, "result")[:7])
    assert accuracies == sorted(accuracies, reverse=True)
    assert order(page)[-2:] == ["sigmoid-orthogonal", "sigmoid-zeros"]
    expect(row(page, "sigmoid-zeros")).to_contain_text("✕ diverged")


def test_one_click_sorts_by_speed_and_a_second_turns_it(page: Page) -> None:
    head(page, "speed").locator("button.sort").click()
    expect(head(page, "speed")).to_have_attribute("aria-sort", "descending")
    speeds = numbers(column(page, "speed"))
    assert speeds == sorted(speeds, reverse=True)
    assert len(set(speeds)) > 1
    head(page, "speed").locator("button.sort").click()
    expect(head(page, "speed")).to_have_attribute("aria-sort", "ascending")
    assert numbers(column(page, "speed")) == speeds[::-1]
    assert column(page, "speed")[-1] == "–", "what is not known stays last"


def test_three_clicks_leave_only_runs_3_and_7_and_the_address_keeps_them(
    page: Page, open_page: OpenPage
) -> None:
    window(page, "leaderboard").get_by_label("show all runs").click()
    page.get_by_label(re.compile(r"^show run 3,")).click()
    page.get_by_label(re.compile(r"^show run 7,")).click()
    assert seen(page) == [3, 7]
    expect(rows(page)).to_have_count(RUNS)  # the others can be ticked again
    expect(row(page, "relu-normal")).to_have_class(re.compile("not-ticked"))
    again = open_page(page.url)
    expect(rows(again)).to_have_count(RUNS)
    assert seen(again) == [3, 7]


def test_shift_and_a_click_untick_a_range(page: Page) -> None:
    names = order(page)
    row(page, names[1]).locator(".tick").click()
    row(page, names[4]).locator(".tick").click(modifiers=["Shift"])
    ticked = [row(page, name).locator(".tick").is_checked() for name in names]
    assert ticked == [True, False, False, False, False, True, True, True, True]


def test_one_click_makes_another_run_the_baseline(page: Page) -> None:
    cell = row(page, "relu-normal").locator(".delta-cell")
    expect(cell).to_contain_text("baseline")
    row(page, "tanh-normal").locator("button.baseline").click()
    expect(row(page, "tanh-normal").locator(".delta-cell")).to_contain_text("baseline")
    expect(cell).to_contain_text("+0.0257")  # three runs apart, by the invented numbers


def test_a_column_can_be_hidden_for_good(urls: dict[str, str], open_page: OpenPage) -> None:
    page = open_page(urls["grid"])
    expect(rows(page)).to_have_count(RUNS)
    window(page, "leaderboard").locator(".chooser summary").click()
    page.get_by_role("checkbox", name="test loss").uncheck()
    expect(head(page, "measure:test_loss")).to_have_count(0)
    page.reload()
    expect(rows(page)).to_have_count(RUNS)
    expect(head(page, "measure:test_loss")).to_have_count(0)
    expect(head(page, "measure:train_loss")).to_have_count(1)


def test_the_table_is_copied_with_the_numbers_that_are_seen(
    urls: dict[str, str], open_page: OpenPage
) -> None:
    page = open_page(urls["grid"])
    expect(rows(page)).to_have_count(RUNS)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window(page, "leaderboard").get_by_role("button", name="copy", exact=True).click()
    expect(page.locator("#announcer")).to_have_text("The table is in the clipboard.")
    lines = page.evaluate("() => navigator.clipboard.readText()").splitlines()
    assert lines[0].split("\t")[:4] == ["run", "activation", "init", "test accuracy"]
    assert len(lines) == RUNS + 1
    assert lines[1].split("\t")[:3] == ["1", "relu", "normal"]


def test_a_row_leads_to_the_runs_own_page_with_what_was_chosen(page: Page) -> None:
    page.evaluate("() => trainboard.state.set({x: 'epoch'})")
    link = row(page, "tanh-zeros").locator("a")
    link.hover()
    expect(link).to_have_attribute("href", re.compile(r"^/env/grid\d+_tanh-zeros\?x=epoch$"))


def test_pointing_at_a_row_marks_its_cell_in_the_grid_and_the_other_way(page: Page) -> None:
    row(page, "relu-zeros").hover()
    cell = window(page, "accuracy_grid").get_by_label(re.compile("^relu, zeros:"))
    expect(cell).to_have_class(re.compile("hovered"))
    window(page, "accuracy_grid").get_by_label(re.compile("^tanh, normal:")).hover()
    expect(row(page, "tanh-normal")).to_have_class(re.compile("hovered"))
    expect(row(page, "relu-zeros")).not_to_have_class(re.compile("hovered"))


def test_a_click_on_a_cell_of_the_grid_leaves_its_runs_alone(page: Page) -> None:
    cell = window(page, "accuracy_grid").get_by_label(re.compile("^tanh, zeros:"))
    cell.click()
    assert seen(page) == [5]
    cell.click()
    assert len(seen(page)) == RUNS


def test_one_click_at_the_side_of_the_grid_hides_all_sigmoid_runs(page: Page) -> None:
    window(page, "accuracy_grid").get_by_label("hide activation sigmoid").click()
    assert seen(page) == [1, 2, 3, 4, 5, 6]
    expect(rows(page)).to_have_count(6)
    window(page, "accuracy_grid").get_by_role("button", name="tanh", exact=True).click()
    assert seen(page) == [4, 5, 6], "a click on the name leaves it alone"


def test_the_words_of_every_cell_of_the_grid_lie_within_it(page: Page) -> None:
    outside = window(page, "accuracy_grid").evaluate(
        """grid => [...grid.querySelectorAll('.cell, .grid-value')].filter(cell =>
            cell.scrollWidth > cell.clientWidth + 1 || cell.scrollHeight > cell.clientHeight + 1
        ).map(cell => cell.textContent)"""
    )
    assert outside == []


def test_a_group_of_seeds_is_a_row_that_opens(urls: dict[str, str], open_page: OpenPage) -> None:
    page = open_page(urls["seeds"])
    expect(rows(page)).to_have_count(2)
    expect(row(page, "relu-0")).to_contain_text("(2)")
    row(page, "relu-0").locator(".opener").click()
    expect(rows(page)).to_have_count(4)
    page.get_by_label(re.compile(r"^show run 2,")).click()
    assert seen(page) == [1, 3, 4]
    expect(row(page, "relu-0")).not_to_contain_text("(2)")


def test_dragging_along_an_axis_leaves_the_best_runs_alone(
    urls: dict[str, str], open_page: OpenPage
) -> None:
    page = open_page(urls["many"])
    drawing = window(page, "parallel").locator("svg.parallel")
    drawing.scroll_into_view_if_needed()
    expect(drawing.locator(".way")).to_have_count(24)
    box = drawing.locator(".axis-strip").last.bounding_box()
    assert box
    x, top = box["x"] + box["width"] / 2, box["y"]
    page.mouse.move(x, top)
    page.mouse.down()
    page.mouse.move(x, top + box["height"] * 0.25, steps=4)
    page.mouse.up()
    assert seen(page) == list(range(1, len(seen(page)) + 1)), "earlier runs are better by design"
    assert 3 <= len(seen(page)) <= 8
    drawing.get_by_role("button", name="only lr 0.1", exact=True).press("Enter")
    assert {n % 4 for n in seen(page)} == {3}
    window(page, "parallel").get_by_role("button", name="show all").click()
    assert len(seen(page)) == 24


def test_columns_of_runs_that_are_not_seen_leave_the_votes(page: Page) -> None:
    window(page, "predictions").scroll_into_view_if_needed()  # what nobody sees is not drawn
    table = window(page, "predictions").locator(".tb-votes")
    expect(table.locator("th[data-run]:visible")).to_have_count(RUNS - 1)  # one is queued
    page.evaluate("() => trainboard.state.set({q: 'tanh'})")
    expect(table.locator("th[data-run]:visible")).to_have_count(3)
    expect(table.locator("tr").nth(1).locator("td[data-run]:visible")).to_have_count(3)


def test_rows_stay_where_the_pointer_is_and_follow_when_it_has_left(
    folder: Path, shared_server: Server, open_page: OpenPage
) -> None:
    drawn = Drawn(invent(folder, GRID, STATES), shared_server)
    drawn.draw()
    page = open_page(drawn.url())
    expect(rows(page)).to_have_count(RUNS)
    before = order(page)
    row(page, before[3]).hover()
    with Recorder(folder, "sigmoid-orthogonal") as recorder:
        recorder.expect(STEPS, EVERY)
        evaluate(recorder, -10, STEPS)  # better than all
    drawn.draw()
    expect(row(page, "sigmoid-orthogonal")).to_contain_text("done")
    expect(window(page, "leaderboard").locator(".held")).to_have_text("order held")
    assert order(page) == before
    page.mouse.move(5, 5)
    expect(rows(page).first).to_have_attribute("data-row", "sigmoid-orthogonal")
    expect(window(page, "leaderboard").locator(".held")).to_have_text("")
