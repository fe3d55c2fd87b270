"""Shows recorded runs in a browser and in a terminal. Knows nothing of torch or of trainers.

A training loop of your own needs one name from here:

    from dashboard import Recorder
"""

from dashboard.record.recorder import Recorder

__all__ = ["Recorder"]
