"""dashboard.windows.html: whatever a person writes is shown as text."""

import pytest

from dashboard.windows import html

HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a & b", "'quoted'"]


@pytest.mark.parametrize("text", HOSTILE)
def test_content_and_attributes_are_escaped(text: str) -> None:
    element = html.tag("p", text, title=text)
    assert "<script" not in element
    assert "<img" not in element
    assert element.count("<") == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_tables_and_links_are_escaped(text: str) -> None:
    element = html.table([text], [[text, html.link_to_environment(text, text)]])
    assert "<script" not in element
    assert "<img" not in element


def test_what_is_safe_already_is_not_escaped_again() -> None:
    assert html.tag("p", html.tag("b", "x")) == "<p><b>x</b></p>"


def test_a_link_opens_another_environment() -> None:
    link = html.link_to_environment("exp_relu-s0", "relu")
    assert link == '<a href="/env/exp_relu-s0">relu</a>'
