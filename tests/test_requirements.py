"""The requirements: bounded on both sides, and locked to files by their hashes for CI."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.launching import ROOT

PYTHONS = ("3.11", "3.12", "3.13")
FILES = {
    "requirements.txt": "requirements-lock.txt",
    "tests/requirements.txt": "requirements-lock.txt",
    "requirements-search.txt": "requirements-lock.txt",
    "requirements-tensorboard.txt": "requirements-lock.txt",
    "requirements-figures.txt": "requirements-lock.txt",
    "requirements-wandb.txt": "requirements-lock.txt",
    "requirements-ray.txt": "requirements-ray-lock.txt",
}


def requirements(file: Path) -> list[Requirement]:
    lines = [line.partition("#")[0].strip() for line in file.read_text().splitlines()]
    return [Requirement(line) for line in lines if line]


WANTED = [(file, wanted) for file in FILES for wanted in requirements(ROOT / file)]


def locked(lock: str, python: str) -> dict[str, Version]:
    """The version of each package that a lock file gives a Python."""
    versions: dict[str, Version] = {}
    for line in (ROOT / lock).read_text().splitlines():
        if "==" in line and not line.startswith("#"):
            pin = Requirement(line.rstrip("\\ "))
            if pin.marker is None or pin.marker.evaluate({"python_version": python}):
                assert pin.name not in versions, f"{pin.name} is there twice for Python {python}"
                versions[canonicalize_name(pin.name)] = Version(str(pin.specifier)[2:])
    return versions


@pytest.mark.parametrize(("file", "wanted"), WANTED, ids=str)
def test_every_requirement_has_a_bound_on_both_sides(file: str, wanted: Requirement) -> None:
    signs = sorted(bound.operator for bound in wanted.specifier)
    assert signs in (["<", ">="], ["=="])


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("file", "wanted"), WANTED, ids=str)
def test_what_ci_installs_is_within_the_bounds(file: str, wanted: Requirement, python: str) -> None:
    if wanted.marker is None or wanted.marker.evaluate({"python_version": python}):
        assert locked(FILES[file], python)[canonicalize_name(wanted.name)] in wanted.specifier


@pytest.mark.parametrize("lock", sorted(set(FILES.values())))
def test_every_package_of_a_lock_is_pinned_by_hash_and_comes_from_no_named_place(lock: str) -> None:
    text = re.sub(r"^#.*\n", "", (ROOT / lock).read_text(), flags=re.M).strip()
    python = r'python_version == "[\d.]+"'
    pin = rf"[a-z0-9-]+==[\w.+]+(?: ; {python}(?: or {python})*)?"
    for entry in re.split(r"\n(?=\S)", text):
        assert re.fullmatch(pin + r"(?: \\\n    --hash=sha256:[0-9a-f]{64})+", entry), entry
