"""The numbers of the atlas as the tables are, computed once for all tests of a process."""

import functools
from typing import Any

from trainers.atlas import atlas

Numbers = dict[str, Any]


@functools.cache
def atlas_numbers() -> Numbers:
    return atlas()
