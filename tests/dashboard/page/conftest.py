"""What the tests of the page's modules share: node."""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def node() -> str:
    path = shutil.which("node")
    if path is None:
        assert not os.environ.get("CI"), "CI runs the page's own tests: node is missing"
        pytest.skip("node is not installed: the page's modules were not tested")
    return path
