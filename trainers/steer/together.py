"""Puts a search and pruning together: what is tried competes, and hopeless trials end early."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.cli.control import Control
from dashboard.runs.experiment import Experiment
from trainers.local.orders import Job
from trainers.steer.prune import Prune
from trainers.steer.search import Search


class SearchAndPrune:
    """Trials begin as pruning lets them; one that may go on comes before another is tried."""

    grows = True

    def __init__(self, search: Search, prune: Prune) -> None:
        self._search, self._prune = search, prune
        self.settings = search.settings

    @property
    def says(self) -> str:
        """What both will do, a sentence a line."""
        return f"{self._search.says}\n{self._prune.says}"

    def wants_more(self, experiment: Experiment) -> bool:
        """Whether not all trials have been made."""
        return self._search.wants_more(experiment)

    def first(self, jobs: Sequence[Job]) -> list[Job]:
        """Each trains to the first level."""
        return self._prune.first(jobs)

    def rest(self, jobs: Sequence[Job], experiment: Experiment) -> tuple[list[Job], list[str]]:
        """As an interrupted contest."""
        return self._prune.rest(jobs, experiment)

    def look(self, experiment: Experiment, control: Control) -> None:
        """Prune, with the trials in mind that are to come; then try another."""
        self._prune.to_come = self._search.left(experiment)
        self._prune.look(experiment, control)
        self._search.look(experiment, control, self._prune.first)

    def busy(self) -> bool:
        """Whether trials are left or train."""
        return self._search.busy() or self._prune.busy()
