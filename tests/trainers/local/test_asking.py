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
IS_HERE = "print(children.Question(os.getpid).answer() == os.getpid())"


def answers(code: str) -> list[str]:
    """What a process without torch prints that asks."""
    return subprocess.run(
        [sys.executable, "-c", ASKS.format(code=code)],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
        timeout=300,
        check=True,
    ).stdout.split("\n")[:-1]


@pytest.mark.processes
def test_a_question_is_answered_by_another_process_and_its_refusal_is_raised_here() -> None:
    code = (
        WARM
        + IS_HERE
        + """
from trainers.build import model_bytes
from trainers.config import RunConfig
question = children.Question(model_bytes, [RunConfig(hidden=(8,)), RunConfig(hidden=(8,), lr=0.5)])
print(list(question.answer().values()), question.answer() is question.answer())
try:
    children.Question(model_bytes, [RunConfig(dropout=(0.1, 0.2, 0.3))]).answer()
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
    ask = "question = children.Question(os.getpid, within_s=0.2)\n"
    assert answers(WARM + ask + lose + "print(question.answer() == os.getpid())")[0] == "True"


@pytest.mark.processes
def test_an_answer_that_nobody_wants_any_more_is_not_waited_for() -> None:
    code = (
        WARM
        + """
try:
    children.Question(os.getpid).answer(given_up=lambda: True)
except children.NotWaitedForError:
    print("given up")
"""
    )
    assert answers(code) == ["given up", "False"]


def test_without_a_fork_server_it_is_computed_here() -> None:
    assert answers(IS_HERE) == ["True", "False"]
