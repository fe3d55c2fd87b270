"""Tests with the real libraries run only when they are asked for."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without `-m integrations` these tests are skipped, and the summary says what runs them."""
    if "integrations" not in (config.option.markexpr or ""):
        reason = pytest.mark.skip(reason="needs other libraries: `make test-integrations` runs it")
        for item in items:
            if item.get_closest_marker("integrations"):
                item.add_marker(reason)
