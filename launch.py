"""Trainboard: train neural networks side by side and watch them learn, live in the browser.

    python launch.py           train the default comparison and show it
    python launch.py --help    the other commands and every flag

Where it is installed the command is `trainboard`. The commands are in trainers/launcher/, how a run
is trained in trainers/, how it is shown in dashboard/.
"""

from __future__ import annotations

import sys

from trainers.launcher.start import begin, run

if __name__ == "__main__":
    begin(sys.argv[1:])  # before the imports, which take their time

from trainers.launcher.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
