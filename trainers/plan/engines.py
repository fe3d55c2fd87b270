"""Makes the engine of a plan: worker processes on this machine, or tasks on a Ray cluster.

Chooses and makes one from the flags; both are used in the same way. Trains nothing itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dashboard.errors import UserError
from trainers.plan.cores import FREE, before, cores, each_of
from trainers.plan.plan import Plan

if TYPE_CHECKING:
    from trainers.cluster.pool import RayPool
    from trainers.local.pool import Pool


def where(args: argparse.Namespace) -> tuple[str, int | None]:
    """Device and number of workers on this machine; a Ray cluster has its own."""
    return ("cpu", 1) if args.engine == "ray" else (args.device, args.workers)


def cluster(args: argparse.Namespace) -> str:
    return args.ray_address if args.engine == "ray" else ""


def threaded(
    plan: Plan, args: argparse.Namespace, settings: Mapping[str, Any] | None = None
) -> Plan:
    """The plan with the threads of its workers, of which there are no more than have a core each.

    settings: of the record of an experiment that goes on as it was begun, unless a flag says
    another. Raises UserError.
    """
    if args.engine == "ray":
        if args.threads is not None:
            raise UserError(
                "--threads is for workers on this machine: on a Ray cluster a run has one thread"
            )
        return plan
    shares = {"each": 0, FREE: False} if settings is None else before(settings)
    number = args.threads if isinstance(args.threads, int) else 0
    alone = set(plan.devices) == {"cpu"} and not plan.stack
    if args.threads == FREE and not alone:
        raise UserError("--threads free is for runs that train one by one on the CPU")
    each = number or shares["each"] or each_of(plan.devices)
    devices = plan.devices
    if set(devices) == {"cpu"} and not args.workers:
        devices = devices[: max(1, cores() // each)]
    return replace(
        plan,
        devices=devices,
        threads=each,
        fixed=bool(number and settings is not None),
        free=alone and (args.threads == FREE or (not number and bool(shares[FREE]))),
    )


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

    setups = plan.setups(folder, args.data, args.choices, args.data_memory)
    return Pool(plan.jobs, setups, cores() if plan.free else 0)
