"""dashboard.record.removal: out of view nothing is lost; for good everything of a run goes."""

from dashboard.record import removal
from dashboard.record.reader import Record
from dashboard.record.recorder import Recorder
from dashboard.runs.experiment import Experiment
from tests.support.reading import add_runs, open_record, read


def train(record: Record, run: str, *losses: float) -> None:
    with Recorder(record.folder, run) as recorder:
        recorder.scalars("train_loss", 1, losses)
        recorder.scalars("test_loss", 1, losses)
        recorder.data("guesses", 1, [run])


def write(record: Record, statement: str, run: str) -> None:
    record.pending.add(statement, run)
    record.pending.demand()


def delete(record: Record, run: str) -> None:
    for statement, values in removal.deletion(run):
        record.pending.add(statement, *values)
    record.note(run, removal.DELETED)
    record.pending.demand()


def losses(experiment: Experiment) -> dict[str, list[float]]:
    return {v.name: list(v.lines["train_loss"].means()[1]) for v in experiment.runs if v.lines}


def test_a_run_out_of_view_is_gone_for_all_who_look_and_comes_back_whole(record: Record) -> None:
    train(record, "a", 2.0, 1.0)
    before = read(record.folder)
    write(record, removal.REMOVE, "a")
    train(record, "b", 3.0)
    for experiment in (before, read(record.folder)):
        experiment.poll()
        assert losses(experiment) == {"b": [3.0]}
        assert experiment.numbers() == {"b": 2}
    after = read(record.folder)
    assert [run.name for run in record.runs(out_of_view=True)] == ["a"]
    write(record, removal.RESTORE, "a")
    for experiment in (before, after, read(record.folder)):
        experiment.poll()
        assert losses(experiment) == {"a": [2.0, 1.0], "b": [3.0]}
        assert "guesses" in experiment.runs[-1].media


def test_removed_for_good_nothing_of_it_is_left_and_nobody_else_is_mistaken_for_it(
    record: Record,
) -> None:
    train(record, "a", 2.0)
    train(record, "b", 5.0, 4.0)
    follower = Experiment(open_record(record.folder))
    follower.poll()
    delete(record, "b")
    add_runs(record, [("c", {}), ("b", {})])
    train(record, "c", 7.0)
    for experiment in (follower, read(record.folder)):
        experiment.poll()
        assert losses(experiment) == {"a": [2.0], "c": [7.0]}
        assert experiment.numbers() == {"a": 1, "c": 3, "b": 4}
    left = "SELECT count(*) FROM {} WHERE run = 2"
    assert all(record.query(left.format(t)) == [(0,)] for t in ("series", "media"))
    assert record.query("SELECT count(*) FROM point") == [(4,)]
