"""dashboard.record.provenance: where an experiment comes from, as far as it can be found out."""

import json
import platform
import subprocess
from pathlib import Path

import torch

from dashboard.record.provenance import entry, git, launches, provenance


def in_repository(folder: Path, *words: str) -> None:
    name = ["-c", "user.name=me", "-c", "user.email=me@here", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *name, *words], check=True, capture_output=True)


def test_the_commit_and_what_was_changed_since_are_known(tmp_path: Path) -> None:
    in_repository(tmp_path, "init", "-q")
    (tmp_path / "code.py").write_text("x = 1\n")
    in_repository(tmp_path, "add", ".")
    in_repository(tmp_path, "commit", "-qm", "One is x")
    clean = git(tmp_path)
    assert len(clean["commit"]) == 40
    assert clean["subject"] == "One is x"
    assert clean["changed"] == []
    (tmp_path / "code.py").write_text("x = 2\n")
    (tmp_path / "new.py").write_text("")
    changed = git(tmp_path)
    assert changed["diff"] == "1 file changed, 1 insertion(+), 1 deletion(-)"
    assert changed["changed"] == [" M code.py", "?? new.py"]


def test_without_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert git(tmp_path) == {}


def test_versions_and_machine_are_those_of_this_process() -> None:
    facts = provenance(["--exit"], ["cpu", "cpu"])
    assert facts["command"] == ["--exit"]
    assert facts["versions"]["python"] == platform.python_version()
    assert facts["versions"]["torch"] == torch.__version__
    assert {"visdom", "trainboard"} <= facts["versions"].keys()
    assert facts["machine"]["devices"] == ["cpu"]
    assert facts["machine"]["cores"] >= 1
    json.dumps(facts)


def test_launches_come_in_their_order() -> None:
    settings = {"command": [], **entry(["first"]), **entry(["resume"])}
    assert [launch["command"] for launch in launches(settings)] == [["first"], ["resume"]]
