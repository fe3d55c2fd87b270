"""trainers.local.children: what takes torch is computed by a process that has it, or else here."""

import os
import subprocess
import sys

import pytest

from tests.support.launching import ROOT

ASKS = """
import os, signal, sys
from dashboard.errors import UserError
from trainers.local import children

{code}
print("torch" in sys.modules)
"""
WARM = "children.warm(as_fork=True)\n"
IS_HERE = "print(children.ask(os.getpid, within_s={within_s})() == os.getpid())"


def answers(code: str) -> list[str]:
    """What a process without torch prints that asks."""
    return subprocess.run(
        [sys.executable, "-c", ASKS.format(code=code)],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=True,
    ).stdout.split("\n")[:-1]


@pytest.mark.processes
def test_a_question_is_answered_by_another_process_and_its_refusal_is_raised_here() -> None:
    code = (
        WARM
        + IS_HERE.format(within_s=60)
        + """
from trainers.build import model_bytes
from trainers.config import RunConfig
wait = children.ask(model_bytes, [RunConfig(hidden=(8,)), RunConfig(hidden=(8,), lr=0.5)])
print(list(wait().values()), wait() is wait())
try:
    children.ask(model_bytes, [RunConfig(dropout=(0.1, 0.2, 0.3))])()
except UserError as why:
    print(type(why).__name__, why)
"""
    )
    said = answers(code)
    assert said[0] == "False"
    assert said[1] == f"[{4 * (784 * 8 + 8 + 8 * 10 + 10)}] True"
    assert said[2].startswith("ChoiceError model mlp: dropout needs one value")
    assert said[-1] == "False"


@pytest.mark.processes
@pytest.mark.parametrize("signal", ["SIGSTOP", "SIGKILL"])
def test_where_the_process_that_would_answer_is_lost_it_is_computed_here(signal: str) -> None:
    lose = f"os.kill(children._server._process.pid, signal.{signal})\n"
    wait = "wait = children.ask(os.getpid, within_s=0.2)\n"
    assert answers(WARM + wait + lose + "print(wait() == os.getpid())")[0] == "True"


def test_without_a_fork_server_it_is_computed_here() -> None:
    assert answers(IS_HERE.format(within_s=60)) == ["True", "False"]
