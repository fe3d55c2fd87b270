"""PyTorch's own optimisers, without its compiler: SGD, Adam, AdamW, LBFGS and others.

`torch.optim` tells `torch.compile` to leave some of its methods alone, and to say so imports the
compiler, `torch._dynamo`: more than a second and a thousand modules before the first step, in every
process that trains. Nothing here is ever compiled, so the methods are taken as they are beneath
that. Where a release of PyTorch does not wrap them, they are its own.
"""

from __future__ import annotations

import inspect
from typing import TypeVar

import torch
from torch import optim

Kind = TypeVar("Kind", bound=optim.Optimizer)
KEPT_FROM_THE_COMPILER = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")


def uncompiled(kind: type[Kind]) -> type[Kind]:
    """Make the same optimiser, with the same numbers, that never asks for the compiler."""
    methods = {name: inspect.unwrap(getattr(kind, name)) for name in KEPT_FROM_THE_COMPILER}
    step = torch.no_grad()(inspect.unwrap(kind.step))  # the other thing that its wrapper sees to
    return type(kind.__name__, (kind,), {**methods, "step": step, "__doc__": kind.__doc__})


SGD = uncompiled(optim.SGD)
Adam = uncompiled(optim.Adam)
AdamW = uncompiled(optim.AdamW)
NAdam = uncompiled(optim.NAdam)
RAdam = uncompiled(optim.RAdam)
Adamax = uncompiled(optim.Adamax)
RMSprop = uncompiled(optim.RMSprop)
Adagrad = uncompiled(optim.Adagrad)
Adadelta = uncompiled(optim.Adadelta)
LBFGS = uncompiled(optim.LBFGS)
