"""Makes the engine of a plan: worker processes on this machine, or tasks on a Ray cluster.

Chooses and makes one from the flags; both are used in the same way. Trains nothing itself.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.errors import UserError
from trainers.plan.plan import Plan

if TYPE_CHECKING:
    from trainers.cluster.pool import RayPool
    from trainers.local.pool import Pool


def where(args: argparse.Namespace) -> tuple[str, int | None]:
    """Device and number of workers on this machine; a Ray cluster has its own."""
    return ("cpu", 1) if args.engine == "ray" else (args.device, args.workers)


def cluster(args: argparse.Namespace) -> str:
    return args.ray_address if args.engine == "ray" else ""


def make_pool(plan: Plan, folder: Path, args: argparse.Namespace) -> Pool | RayPool:
    """What trains the plan: processes here, or a Ray cluster. Raises RayError if there is none."""
    if args.engine == "ray":
        if args.data_memory is not None:
            raise UserError(
                "--data-memory is for workers on this machine: on a Ray cluster a task takes what "
                "is free on its node"
            )
        from trainers.cluster.pool import RayPool

        return RayPool(plan.jobs, folder, args.ray_address, args.device, args.workers,
                       args.data, args.choices, args.stack, plan.keep)  # fmt: skip
    from trainers.local.pool import Pool

    return Pool(plan.jobs, plan.setups(folder, args.data, args.choices, args.data_memory))
