"""Shows the experiments that a launcher began with, and any other of the folder that a page opens.

Looking opens: what pages have open decides which of the others are listed. Joins experiments with
their scenes; they are opened, read and closed in `dashboard.runs.shelf`, and drawn by
`dashboard.board.scene`.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from dashboard.board.scene import ExperimentScene, Place, trouble
from dashboard.names import TOGETHER, BadNameError
from dashboard.runs.experiment import Experiment
from dashboard.runs.joint import JointExperiment
from dashboard.runs.shelf import Shelf


class LibraryScene:
    """The experiments of `folder`: those of `experiments` whole, and what pages open of the others.

    experiments: none, one, or several that are compared together; whoever holds them reads them and
    closes them. From now on they share one lock. most_open: see `Shelf`.
    Raises BadNameError where they are too many.
    """

    def __init__(
        self, folder: Path, experiments: Sequence[Experiment] = (), most_open: int | None = None
    ) -> None:
        self.lock = experiments[0].lock if experiments else threading.RLock()
        for experiment in experiments:
            experiment.lock = self.lock
        self._folder = folder
        self._held_experiments = {experiment.name: experiment for experiment in experiments}
        self._joints: dict[str, JointExperiment] = {}
        self.together = JointExperiment(experiments) if len(experiments) > 1 else None
        self._shelf = Shelf(folder, self.lock, self._held_experiments, self._held_alive, most_open)

    def close(self) -> None:
        """Close what pages had opened. The board must have stopped."""
        self._shelf.close()

    def look(self, environments: Collection[str]) -> None:
        self._shelf.look(environments)

    def environments(self) -> Iterator[tuple[str, list[Place]]]:
        environments = []
        for where, places in self._of_held():
            environments.append(where)
            yield where, places
        others = {w: names for w, names in self._shelf.shown().items() if w not in environments}
        self._joints = {where: joint for where, joint in self._joints.items() if where in others}
        for where, names in others.items():
            places = self._places(where, names)
            if places:
                yield where, places

    def alive(self) -> bool:
        with self.lock:
            others = self._shelf.experiments()
        return self._held_alive() or any(ExperimentScene(each).alive() for each in others)

    def _held_alive(self) -> bool:
        return any(ExperimentScene(each).alive() for each in self._held_experiments.values())

    def _of_held(self) -> Iterator[tuple[str, list[Place]]]:
        if self.together:
            self.together.refresh()
            yield ExperimentScene(self.together).compare()
        for experiment in self._held_experiments.values():
            yield from ExperimentScene(experiment).environments()

    def _places(self, where: str, names: Sequence[str]) -> list[Place]:
        """The windows of an environment that a page has open; none while it is being opened."""
        entries = [entry for name in names if (entry := self._shelf.entry(name))]
        sentences = [sentence for entry in entries for sentence in entry.sentences]
        places: list[Place] = []
        experiments = [self._experiment(name) for name in names]
        ready = [experiment for experiment in experiments if experiment]
        if len(ready) == len(names):
            try:
                places = self._drawn(where, ready)
            except LookupError as why:
                sentences.append(str(why.args[0]))
        return [*([trouble(*sentences)] if sentences else []), *places]

    def _experiment(self, name: str) -> Experiment | None:
        """None where it could not be opened, or is not open yet."""
        entry = self._shelf.entry(name)
        return self._held_experiments.get(name) or (entry.experiment if entry else None)

    def _drawn(self, where: str, experiments: list[Experiment]) -> list[Place]:
        """The windows that its name asks for. Raises LookupError with a sentence."""
        if TOGETHER in where:
            return ExperimentScene(self._joint(where, experiments)).compare()[1]
        (experiment,) = experiments
        scene = ExperimentScene(experiment)
        if where == experiment.environment:
            return scene.compare()[1]
        view = next((view for view in experiment.runs if view.environment == where), None)
        if view is None:
            raise LookupError(f"{experiment.name} has no run with the page {where}")
        return scene.of_run(view)[1]

    def _joint(self, where: str, experiments: list[Experiment]) -> JointExperiment:
        joint = self._joints.get(where)
        if where.count(TOGETHER) >= len(experiments):
            names = ", ".join(experiment.name for experiment in experiments)
            raise LookupError(f"of the experiments named here {self._folder} has only {names}")
        if joint is None or joint.experiments != experiments:
            try:
                joint = JointExperiment(experiments)
            except BadNameError as why:
                raise LookupError(str(why)) from why
        self._joints[where] = joint
        joint.refresh()
        return joint
