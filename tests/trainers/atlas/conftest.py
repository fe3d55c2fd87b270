"""The numbers of the atlas."""

import pytest

from tests.support.atlas_numbers import Numbers, atlas_numbers


@pytest.fixture(scope="session")
def numbers() -> Numbers:
    return atlas_numbers()
