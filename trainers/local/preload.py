"""Loads what the fork server needs before the first worker is forked; imported there alone.

The first optimizer of a process makes torch import its compiler, which takes most of a second: one
is made here, so that no worker has to wait for that.
"""

import torch

import trainers.local.worker  # noqa: F401

torch.optim.SGD([torch.zeros(1)], lr=1.0)
