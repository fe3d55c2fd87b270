"""What the fork server loads before the first worker is forked; imported there and nowhere else.

The first optimizer of a process makes torch import its compiler, which takes most of a second: one
is made here, so that no worker has to wait for that.

A terminal that is closed tells the whole process group (SIGHUP); what it means is for the launcher
to decide, so the fork server and its workers live on.
"""

import signal

signal.signal(signal.SIGHUP, signal.SIG_IGN)

import torch  # noqa: E402

import trainers.worker  # noqa: E402, F401

torch.optim.SGD([torch.zeros(1)], lr=1.0)
