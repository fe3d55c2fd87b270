"""trainers.local.orders: what a worker hears over its pipe."""

from multiprocessing import Pipe

from trainers.local.orders import STOP, End, Job, Orders, Share

JOB = Job("a", {}, until_epoch=1)


def test_runs_come_in_order_and_a_stop_after_them() -> None:
    ours, theirs = Pipe()
    with ours, theirs:
        orders = Orders(theirs)
        ours.send([JOB])
        ours.send(STOP)
        assert orders.next() == [JOB]
        assert orders.should_stop()
        assert orders.next() is None


def test_an_end_is_about_its_run_alone_and_no_stop() -> None:
    ours, theirs = Pipe()
    with ours, theirs:
        orders = Orders(theirs)
        end = End("a", "pruned", "behind")
        ours.send([JOB])
        ours.send(end)
        assert orders.next() == [JOB]
        assert orders.end_of("b") is None
        assert orders.end_of("a") == end
        assert not orders.should_stop()


def test_an_end_that_comes_when_its_run_has_ended_is_forgotten() -> None:
    ours, theirs = Pipe()
    with ours, theirs:
        orders = Orders(theirs)
        ours.send(End("a", "stopped"))
        ours.send([JOB])
        assert orders.next() == [JOB]
        assert orders.end_of("a") is None
        ours.send(End("a", "stopped"))
        assert orders.end_of("a")
        ours.send([JOB])
        assert orders.next() == [JOB]
        assert orders.end_of("a") is None


def test_the_newest_share_of_a_run_holds_until_another_run_comes() -> None:
    ours, theirs = Pipe()
    with ours, theirs:
        orders = Orders(theirs)
        ours.send(Share("a", 8))  # it had ended
        ours.send([JOB])
        assert orders.next() == [JOB]
        assert orders.threads_for("a") == 0
        ours.send(Share("a", 2))
        ours.send(Share("a", 4))
        assert (orders.threads_for("a"), orders.threads_for("b")) == (4, 0)
        assert not orders.should_stop()


def test_a_launcher_that_is_gone_means_stop() -> None:
    ours, theirs = Pipe()
    with theirs:
        orders = Orders(theirs)
        ours.close()
        assert orders.should_stop()
        assert orders.next() is None
