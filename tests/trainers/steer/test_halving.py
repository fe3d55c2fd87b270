"""trainers.steer.halving: who goes on and who is out, and that the contest always ends."""

import random
from collections.abc import Sequence

import pytest

from trainers.steer.halving import Contestant, Place, going_on, out, rungs


def waiting(*values: float) -> list[Contestant]:
    """Contestants that wait at the first rung, called by their place."""
    return [Contestant(str(i), (value,), waits=True) for i, value in enumerate(values)]


def names(places: Sequence[Place]) -> list[str]:
    return [place.name for place in places]


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [(1, ()), (2, (1,)), (3, (1,)), (5, (1, 2)), (8, (1, 4)), (30, (1, 4, 15))],
)
def test_rungs_grow_by_a_factor_and_the_last_is_at_half(
    epochs: int, expected: tuple[int, ...]
) -> None:
    assert rungs(epochs) == expected


def test_the_best_fourth_of_those_that_are_there_goes_on_though_others_are_still_to_come() -> None:
    here = waiting(0.1, 0.4, 0.3, 0.2, 0.5, 0.6, 0.7, 0.8)
    coming = [Contestant(f"later {i}") for i in range(8)]
    assert names(going_on([*here, *coming], 1)) == ["7", "6"]
    assert names(going_on([*here[:3], *coming], 1)) == []


def test_when_all_have_come_one_goes_on_even_of_few() -> None:
    assert names(going_on(waiting(0.1, 0.3), 1)) == ["1"]
    assert names(out(waiting(0.1, 0.3), 1)) == ["0"]


def test_nobody_is_out_while_enough_others_could_be_worse() -> None:
    here = waiting(0.1, 0.4, 0.3, 0.2)
    assert names(out([*here, *[Contestant(f"later {i}") for i in range(12)]], 1)) == []
    assert names(out([*here, *[Contestant(f"later {i}") for i in range(8)]], 1)) == ["0"]
    assert names(out(here, 1)) == ["2", "3", "0"]


def test_who_is_given_up_still_counts_at_the_rung_that_it_came_to() -> None:
    here = waiting(0.1, 0.4, 0.3, 0.2, 0.6, 0.5, 0.7)
    given_up = [Contestant("x", (0.05,), alive=False)]
    assert names(going_on([*here, *given_up], 1)) == ["6", "4"]


def test_a_choice_one_of_whose_runs_went_wrong_stands_behind_those_that_are_well() -> None:
    wrong = Contestant("wrong", (0.9,), failures=1, waits=True)
    assert names(going_on([wrong, *waiting(0.1)], 1)) == ["0"]


def test_the_higher_rung_goes_first() -> None:
    high = [Contestant(f"high {i}", (0.9, 0.5 + i), waits=True) for i in range(4)]
    assert names(going_on([*high, *waiting(*[0.1] * 12)], 2))[0] == "high 3"


def test_who_trains_on_without_waiting_is_out_when_it_is_behind_for_sure() -> None:
    runs = [Contestant(str(i), (i / 10,)) for i in range(8)]
    assert names(out(runs, 1)) == ["5", "4", "3", "2", "1", "0"]
    assert going_on(runs, 1) == []


def contest(qualities: list[float], epochs: int, noise: float, seed: int) -> tuple[str, int]:
    """Play a contest to its end, two at a time; the winner, and the epochs trained in all."""
    draw, levels, trained = random.Random(seed), rungs(epochs), 0
    values: dict[str, tuple[float, ...]] = {str(i): () for i in range(len(qualities))}
    waits: set[str] = set()
    done: set[str] = set()
    gone: set[str] = set()
    queue = list(values)

    def contestants() -> list[Contestant]:
        return [Contestant(name, own, alive=name not in done | gone, waits=name in waits)
                for name, own in values.items()]  # fmt: skip

    def train(name: str) -> None:
        nonlocal trained
        past = levels[len(values[name]) - 1] if values[name] else 0
        last = len(values[name]) == len(levels)
        trained += (epochs if last else levels[len(values[name])]) - past
        waits.discard(name)
        if last:
            done.add(name)
        else:
            values[name] += (qualities[int(name)] + draw.gauss(0, noise),)
            waits.add(name)

    while True:
        gone.update(place.name for place in out(contestants(), len(levels)))
        waits -= gone
        best = going_on(contestants(), len(levels))
        batch = [queue.pop(0) for _ in range(min(2, len(queue)))] or names(best)[:1]
        if not batch:
            assert done | gone == set(values), "somebody waits for ever"
            return max(done, key=lambda name: values[name][-1]), trained
        for name in batch:
            train(name)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 16, 64])
@pytest.mark.parametrize("epochs", [2, 5, 30])
def test_every_contest_ends_with_a_winner(count: int, epochs: int) -> None:
    qualities = [i / count for i in range(count)]
    winner, trained = contest(qualities, epochs, noise=0.0, seed=count)
    assert winner == str(count - 1)
    assert trained <= count * epochs


def test_64_choices_of_5_epochs_cost_well_below_half_and_the_best_wins_despite_noise() -> None:
    wins, cost = 0, 0
    for seed in range(20):
        qualities = [random.Random(seed * 100 + i).random() for i in range(64)]
        winner, trained = contest(qualities, 5, noise=0.02, seed=seed)
        wins += qualities[int(winner)] > max(qualities) - 3 * 0.02
        cost += trained
    assert wins == 20
    assert cost / 20 < 64 * 5 / 3.2
