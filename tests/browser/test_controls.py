"""What chooses runs and axes: chips, search, smoothing and axis, by a person's clicks and keys."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.chromium import Faults
from tests.support.page import chip, count, window
from tests.support.viewing import Viewed

OpenPage = Callable[[str], Page]


def test_all_sigmoid_runs_are_hidden_by_one_click(frame_page: Page) -> None:
    page = frame_page
    chip(page, "sigmoid").click()
    expect(count(page)).to_have_text("4 of 8 runs")
    expect(chip(page, "sigmoid")).to_have_attribute("aria-pressed", "false")


def test_a_double_click_on_a_chip_leaves_only_its_runs_and_another_brings_all_back(
    frame_page: Page,
) -> None:
    page = frame_page
    chip(page, "sigmoid").dblclick()
    expect(chip(page, "relu")).to_have_attribute("aria-pressed", "false")
    expect(chip(page, "sigmoid")).to_have_attribute("aria-pressed", "true")
    chip(page, "sigmoid").dblclick()
    expect(count(page)).to_have_text("8 runs")


def test_lr_is_found_by_typing_and_escape_brings_all_back(frame_page: Page) -> None:
    page = frame_page
    page.keyboard.press("/")
    page.keyboard.type("lr=0.1 -zeros")
    expect(count(page)).to_have_text("2 of 8 runs")
    page.keyboard.press("Escape")
    expect(count(page)).to_have_text("8 runs")


def test_a_search_that_means_nothing_says_so_and_hides_no_run(frame_page: Page) -> None:
    page = frame_page
    page.locator(".search").fill("/(/")
    expect(page.locator(".search-error")).to_have_text("/(/ is no regular expression.")
    expect(count(page)).to_have_text("8 runs")


def test_the_answer_offers_the_seeds_that_would_tell_by_one_click(
    own_frame_page: Page, faults: Faults
) -> None:
    page = own_frame_page
    faults.expected = ["409"]  # nobody trains here, so the page says what to type
    said = window(page, "answer")
    expect(said).to_contain_text("One seed cannot tell")
    said.get_by_role("button", name="train seeds 1, 2").click()
    asked = window(page, "leaderboard").locator(".act-answer")
    expect(asked).to_contain_text("in a terminal: launch.py add frame/")
    expect(asked).to_contain_text("--seed 1 2")


def test_all_curves_are_smoothed_by_one_click(frame_page: Page) -> None:
    page = frame_page
    slider = page.get_by_label("smoothing of all curves")
    box = slider.bounding_box()
    assert box
    slider.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(page).to_have_url(re.compile(r"[?&]smooth=0\.(4|5)"))


def test_the_axis_is_in_seconds_by_one_click(frame_page: Page) -> None:
    page = frame_page
    page.get_by_role("button", name="x: seconds").click()
    expect(page).to_have_url(re.compile("[?&]x=seconds"))
    page.get_by_role("button", name="reset view").click()
    expect(page).to_have_url(re.compile("frame_compare$"))


def test_a_chip_is_reached_and_turned_by_the_keyboard_alone(own_frame_page: Page) -> None:
    page = own_frame_page
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.textContent") == "zeros":
            break
    expect(chip(page, "zeros")).to_be_focused()
    page.keyboard.press("Space")
    expect(count(page)).to_have_text("4 of 8 runs")
    expect(chip(page, "zeros")).to_be_focused()


def test_a_link_with_choices_opens_the_same_view(frame_page: Page, open_page: OpenPage) -> None:
    page = frame_page
    chip(page, "sigmoid").click()
    page.locator(".search").fill("normal")
    page.get_by_role("button", name="x: epochs").click()
    expect(count(page)).to_have_text("2 of 8 runs")
    expect(page).to_have_url(re.compile("q=normal"))
    other = open_page(page.url)
    expect(count(other)).to_have_text("2 of 8 runs")
    expect(other.locator(".search")).to_have_value("normal")
    expect(chip(other, "sigmoid")).to_have_attribute("aria-pressed", "false")
    expect(other.get_by_role("button", name="x: epochs")).to_have_attribute("aria-pressed", "true")


def test_values_without_room_stand_behind_a_button_that_the_keyboard_opens(
    viewed: Viewed, open_page: OpenPage
) -> None:
    page = open_page(viewed.url("two_hundred"))
    page.set_viewport_size({"width": 1280, "height": 720})
    menu = page.get_by_role("button", name=re.compile("^init: 5 values"))
    menu.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="init")
    expect(panel.locator(".chip")).to_have_count(5)
    page.keyboard.press("Tab")
    expect(chip(page, "xavier_normal")).to_be_focused()
    page.keyboard.press("Space")
    expect(count(page)).to_have_text("160 of 200 runs")
    expect(chip(page, "xavier_normal")).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("button", name="init: 5 values, 1 off")).to_have_text("init4/5")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.get_by_role("button", name="init: 5 values, 1 off")).to_be_focused()
