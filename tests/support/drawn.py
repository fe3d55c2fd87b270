"""An experiment on a server, drawn when the test says so: the board is real, the launcher away."""

import math

from dashboard.board.board import Board
from dashboard.board.scene import ExperimentScene
from dashboard.names import environment
from dashboard.runs.experiment import Experiment
from dashboard.server.process import Server


class Drawn:
    """What a launcher shows of an experiment, without the launcher."""

    def __init__(self, experiment: Experiment, server: Server) -> None:
        self.experiment = experiment
        self._server_url = server.url
        self._board = Board(ExperimentScene(experiment), server)

    def url(self, run: str | None = None, path: str = "/env/") -> str:
        """The comparison's address, or a run's own; path "/visdom/env/": on Visdom's page."""
        return self._server_url + path + environment(self.experiment.name, run)

    def draw(self) -> None:
        """Read the record and draw until every window shows it."""
        self.experiment.poll()
        self._board.frame(math.inf, all_due=True)
        while self._board.undrawn():
            self._board.frame(math.inf, all_due=True)
