"""dashboard.record.requests: what is asked is written once, acted on once, and answered."""

import multiprocessing
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dashboard.record.acts import ACTS
from dashboard.record.reader import Record
from dashboard.record.requests import DONE, REFUSED, TAKEN, WAITS
from dashboard.record.schema import ENTER_RUN, FILE_NAME, UnwritableError
from dashboard.record.states import STATES
from tests.support.reading import open_record, read


def test_a_request_says_what_is_asked_by_whom_and_what_became_of_it(record: Record) -> None:
    record.ask("stop", ["a"], origin="page", key="k1")
    record.ask("add", details={"words": ["--seed", "3"]}, origin="terminal")
    first, second = record.requests()
    assert (first.act, first.runs, first.origin, first.state) == ("stop", ("a",), "page", WAITS)
    assert second.details == {"words": ["--seed", "3"]}
    record.take(first)
    assert [request.state for request in record.requests(only_open=True)] == [TAKEN, WAITS]
    assert record.answer(first, DONE, "a: stopped")
    assert record.answer(second, REFUSED, "it is full")
    assert record.requests(only_open=True) == []
    assert [(r.state, r.answer) for r in record.requests()] == [
        (DONE, "a: stopped"),
        (REFUSED, "it is full"),
    ]


def test_what_was_sent_twice_is_one_request(record: Record) -> None:
    first = record.ask("stop", ["a"], origin="page", key="same")
    assert record.ask("stop", ["a"], origin="page", key="same") == first
    assert record.ask("stop", ["a"], origin="page", key="other") != first


def test_what_an_act_writes_and_its_answer_are_written_together_or_not_at_all(
    record: Record,
) -> None:
    record.ask("add", origin="page")
    (request,) = record.requests()
    enter = [(ENTER_RUN, ("c", "{}", 1.0)), (ENTER_RUN, ("a", "{}", 1.0))]  # a is there already
    with pytest.raises(sqlite3.IntegrityError):
        record.answer(request, DONE, "added", enter)
    assert [run.name for run in record.runs()] == ["a", "b"]
    assert record.requests()[0].state == WAITS
    assert record.answer(request, DONE, "added", enter[:1])
    assert not record.answer(request, DONE, "added", [(ENTER_RUN, ("d", "{}", 1.0))])
    assert [run.name for run in record.runs()] == ["a", "b", "c"]


def test_a_record_that_takes_nothing_says_so_and_keeps_the_request(record: Record) -> None:
    record.ask("stop", origin="page")
    (request,) = record.requests()
    record._db.execute("PRAGMA query_only = ON")
    with pytest.raises(UnwritableError):
        record.take(request)
    with pytest.raises(UnwritableError):
        record.ask("stop", origin="page")
    record._db.execute("PRAGMA query_only = OFF")
    assert record.requests(only_open=True) == [request]


def older(folder: Path) -> None:
    """Make the record one of before there were requests."""
    with closing(sqlite3.connect(folder / FILE_NAME)) as db:
        db.execute("DROP TABLE request")
        db.commit()


def test_a_record_of_before_there_were_requests_is_read_and_can_be_asked(record: Record) -> None:
    older(record.folder)
    before = open_record(record.folder)
    assert before.requests() == []
    assert [run.name for run in read(record.folder).runs] == ["a", "b"]
    before.ask("stop", ["a"], origin="terminal")
    assert [request.act for request in open_record(record.folder).requests()] == ["stop"]


def _ask_often(folder: Path) -> None:
    with closing(Record(folder)) as record:
        for i in range(20):
            record.ask("stop", ["a"], origin="page", key=f"k{i}")


def test_two_processes_that_ask_the_same_at_once_ask_once(record: Record) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_ask_often, args=(record.folder,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert len(record.requests(only_open=True)) == 20


def test_every_act_is_about_states_that_exist() -> None:
    assert all(set(act.of) <= set(STATES) for act in ACTS.values())
    assert [name for name, act in ACTS.items() if act.loses] == ["delete"]
