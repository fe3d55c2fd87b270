"""Reads the command line's flags for runs: one for each setting of RunConfig, and the choices.

Reads flags into a base config and the choices that vary. Flags for the dashboard and for the
commands are the launcher's own.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from trainers.config import RunConfig
from trainers.model_files import KEEPABLE, USUAL
from trainers.plan.cores import threads_flag
from trainers.plan.plan import task_of
from trainers.plan.ranges import SIGN, number_or_range
from trainers.plan.settings import GRID_FIELDS, TABLES, check_widths, flag
from trainers.tables.augments import AUGMENTS
from trainers.tables.choice import defaults_text, parse
from trainers.tables.recipes import RECIPES
from trainers.tables.tasks import TASKS

DEFAULT_ACTIVATIONS = ["sigmoid", "tanh", "relu", "leaky_relu"]
DEFAULT_INITS = ["normal", "xavier_uniform", "kaiming_normal"]
TASK_LOSSES = [task.loss for task in TASKS.values()]


def add_run_flags(parser: argparse.ArgumentParser) -> None:
    """Add the groups of flags that decide what is trained."""
    base = RunConfig()
    parser.add_argument("--recipe", default=None, metavar="NAME",
                        help="flags of one of the notes' runs; any flag given beside it wins. "
                        f"One of: {', '.join(RECIPES)}")  # fmt: skip
    _add_choices(parser, base)
    _add_run_settings(parser, base)
    add_places(parser)


def _add_choices(parser: argparse.ArgumentParser, base: RunConfig) -> None:
    group = parser.add_argument_group(
        "choices", "several values of any of these make a grid; --list says what each one is"
    )
    for field, table in TABLES.items():
        default = {"activation": DEFAULT_ACTIVATIONS, "init": DEFAULT_INITS}.get(
            field, [getattr(base, field)]
        )
        # What is trained with is decided by the data, once those are known.
        words = " or ".join(TASK_LOSSES) if field == "loss" else " ".join(default)
        group.add_argument(
            flag(field), nargs="+", default=None if field == "loss" else default, metavar="NAME",
            help=f"one or more of: {', '.join(table)} (default: {words})",
        )  # fmt: skip
    group.add_argument("--lr", nargs="+", type=number_or_range(float), default=[base.lr],
                       metavar="RATE", help="learning rate; with --search a range such as "
                       f"1e-4{SIGN}1 too (default: {base.lr})")  # fmt: skip
    group.add_argument("--batch-size", nargs="+", type=number_or_range(int), metavar="N",
                       default=[base.batch_size], help="images per step; with --search a range "
                       f"too (default: {base.batch_size})")  # fmt: skip
    _add_shapes(group, base)
    group.add_argument("--weight-decay", nargs="+", type=number_or_range(float), metavar="DECAY",
                       default=[base.weight_decay], help="of all weights and biases, as the "
                       "optimizer does it (default: the optimizer's own)")  # fmt: skip
    group.add_argument("--clip-norm", nargs="+", type=number_or_range(float), metavar="NORM",
                       default=[base.clip_norm], help="the largest norm of all gradients "
                       "together; longer ones are shortened to it (default: 0, any)")  # fmt: skip
    group.add_argument("--seed", nargs="+", type=int, default=[base.seed], metavar="S",
                       help="seed of the weights and of the order of the data; runs with the same "
                       f"seed see the same batches (default: {base.seed})")  # fmt: skip


def _add_shapes(group: argparse._ActionsContainer, base: RunConfig) -> None:
    """The flags of how large a model is; each value may be a number for each layer, as 200x100."""
    group.add_argument("--hidden", nargs="*", default=[base.hidden], metavar="NxN",
                       help="widths of an MLP's hidden layers, none for no such layer (default: "
                       "200x200)")  # fmt: skip
    group.add_argument("--channels", nargs="+", default=[base.channels], metavar="NxN",
                       help="channels of the stages of cnn (default: 16x32x64)")  # fmt: skip
    group.add_argument("--dropout", nargs="+", default=[base.dropout], metavar="PxP",
                       help="share of units dropped, of all hidden layers or one for each, none "
                       "for no dropout (default: none)")  # fmt: skip
    group.add_argument("--skip", nargs="*", default=[base.skip], metavar="yes|no",
                       help="whether hidden layers of an MLP are added to what they are given, "
                       "where both have one width (default: no; without a word: yes)")  # fmt: skip


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Add the flags of choices with nothing as their defaults: what is not given stays as it is."""
    _add_choices(parser, RunConfig())
    parser.set_defaults(**dict.fromkeys(GRID_FIELDS))


def add_changes(parser: argparse.ArgumentParser) -> None:
    """Add a flag for each setting that a fork may change, with nothing as their defaults."""
    group = parser.add_argument_group("what is changed; the rest is as the run has it")
    for field in ("optimizer", "activation", "loss", "schedule"):
        group.add_argument(f"--{field}", default=None, metavar="NAME",
                           help=f"one of: {', '.join(TABLES[field])}")  # fmt: skip
    group.add_argument("--lr", type=float, default=None, metavar="RATE", help="learning rate")
    group.add_argument("--batch-size", type=int, default=None, metavar="N", help="images per step")
    group.add_argument("--dropout", default=None, metavar="PxP", help="share of units dropped: one "
                       "for all hidden layers or one for each, as in 0.2x0.5")  # fmt: skip
    group.add_argument("--weight-decay", type=float, default=None, metavar="DECAY",
                       help="of all weights and biases")  # fmt: skip
    group.add_argument("--clip-norm", type=float, default=None, metavar="NORM",
                       help="the largest norm of all gradients together; 0 for any")  # fmt: skip
    group.add_argument("--epochs", type=int, default=None, metavar="N",
                       help="of the run and its fork together")  # fmt: skip


def _add_run_settings(parser: argparse.ArgumentParser, base: RunConfig) -> None:
    run = parser.add_argument_group("each run")
    run.add_argument("--epochs", type=int, default=base.epochs, metavar="N",
                     help=f"passes over the training set (default: {base.epochs})")  # fmt: skip
    run.add_argument("--test-batch-size", type=int, default=base.test_batch_size, metavar="N",
                     help="images per evaluation step (default: "
                     f"{base.test_batch_size})")  # fmt: skip
    run.add_argument("--eval-every", type=int, default=base.eval_every, metavar="STEPS",
                     help="steps between evaluations; 0: at the end of each epoch")  # fmt: skip
    run.add_argument("--output-activation", action=argparse.BooleanOptionalAction,
                     help="apply the activation to the logits too, as some of the notes "
                     "do")  # fmt: skip
    run.add_argument("--augment", nargs="+", default=[base.augment], metavar="NAME",
                     help="changes of training images, the same in each run of a seed: "
                     f"{' '.join(AUGMENTS)}, as in --augment crop:pad=4 flip (default: "
                     f"{base.augment})")  # fmt: skip
    run.add_argument("--precision", default=base.precision, metavar="NAME",
                     help="fp32; tf32 or bf16 round inside matrix products, faster on recent "
                     f"NVIDIA cards and less exact (default: {base.precision})")  # fmt: skip
    run.add_argument("--normalize", action=argparse.BooleanOptionalAction,
                     help="bring pixels to mean 0 and std 1, or leave them in [0, 1] (default: "
                     "normalize)")  # fmt: skip
    # Not as `default=` of their own: argparse would say the default a second time in its words.
    parser.set_defaults(output_activation=base.output_activation, normalize=base.normalize)


def add_places(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say where runs are trained; they change no number of theirs."""
    where = parser.add_argument_group("where it runs")
    add_choices_flag(where)
    where.add_argument("--data", type=Path, default=None, metavar="DIR",
                       help="folder with the data set's files (default: MNIST is part of "
                       "Trainboard)")  # fmt: skip
    where.add_argument("--data-memory", type=_size, default=None, metavar="GB",
                       help="what the samples of all workers may take of a device's memory; where "
                       "they need more they are streamed from the disk, batch by batch, with the "
                       "same numbers (default: 0.8 of what is free)")  # fmt: skip
    where.add_argument("--device", default="auto", metavar="NAME",
                       help="auto, cpu, cuda, cuda:N or mps (default: auto)")  # fmt: skip
    where.add_argument("--workers", type=int, default=None, metavar="N",
                       help="worker processes (default: one per GPU, else one per "
                       "core)")  # fmt: skip
    where.add_argument("--threads", type=threads_flag, default=None, metavar="N|free",
                       help="CPU threads that compute a run, the same from its first step to its "
                       "last: with as many it gives the same numbers again, and resume keeps them. "
                       "free: from their next epoch on runs get the cores of those that have "
                       "ended, so numbers may depend on which ends first (default: cores ÷ "
                       "workers; 1 of a GPU's worker and, always, on a Ray cluster)")  # fmt: skip
    where.add_argument("--stack", action="store_true",
                       help="train runs that differ only in activation, first weights and biases, "
                       "loss and rate together on the CPU too, as GPUs always do")  # fmt: skip
    where.add_argument("--keep", nargs="+", default=list(USUAL), metavar="WHICH",
                       help="trained models to keep in the experiment's folder, for load_run: "
                       f"{', '.join(KEEPABLE)} (default: {' '.join(USUAL)})")  # fmt: skip
    where.add_argument("--engine", choices=("local", "ray"), default="local",
                       help="local: processes on this machine; ray: tasks on a Ray cluster, whose "
                       "node this machine must be (default: local)")  # fmt: skip
    where.add_argument("--ray-address", default="auto", metavar="auto|HOST:PORT",
                       help="the Ray cluster; auto finds the one that runs here (default: "
                       "auto)")  # fmt: skip
    where.add_argument("--retries", type=_times, default=0, metavar="N",
                       help="times that a run begins again, from the end of its last whole epoch, "
                       "when its worker is killed (default: 0, on a Ray cluster 3)")  # fmt: skip


def places() -> list[str]:
    """The names under which a parser gives the flags of `add_places`, as a later launcher of the
    same experiment reads them in its command; its threads the record itself says.
    """
    parser = argparse.ArgumentParser(add_help=False)
    add_places(parser)
    return [name for name in vars(parser.parse_args([])) if name != "threads"]


def add_choices_flag(group: argparse._ActionsContainer) -> None:
    """The flag that `load_own_choices` reads before all others."""
    group.add_argument("--choices", type=Path, default=None, metavar="FILE.py",
                       help="Python file with entries of your own for any of the tables, such as "
                       "an activation or a data set; they can be chosen like ours")  # fmt: skip


def load_own_choices(argv: list[str]) -> None:
    """Load the file of --choices, so that its entries are there when the other flags are read.

    Raises ChoicesError.
    """
    early = argparse.ArgumentParser(add_help=False, exit_on_error=False, allow_abbrev=False)
    add_choices_flag(early)
    try:
        flags, _ = early.parse_known_args(argv)
    except argparse.ArgumentError:
        return  # the whole parser will say it
    if flags.choices is not None:
        from trainers.tables.own_file import load_choices  # tries all of them out, with PyTorch

        load_choices(flags.choices)


def _size(text: str) -> float:
    try:
        size = float(text)
    except ValueError:
        size = -1.0
    if not 0 <= size < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of GB from 0 on")
    return size


def _times(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 0")
    return int(text)


def parse_flags(parser: argparse.ArgumentParser, argv: list[str]) -> argparse.Namespace:
    """The command line as flags: a recipe's flags become defaults, so that what is given wins.

    Raises ChoiceError for an unknown recipe.
    """
    args = parser.parse_args(argv)
    if args.recipe is not None:
        name = parse(args.recipe, RECIPES, "recipe").name
        parser.set_defaults(**RECIPES[name].make())
        args = parser.parse_args(argv)
        args.recipe = name
    return args


def recipe_settings(name: str | None) -> dict[str, Any]:
    """What the record keeps of a recipe: its name and what its source published."""
    return {"recipe": name, "published": dict(RECIPES[name].published)} if name else {}


def read_run_flags(args: argparse.Namespace) -> tuple[RunConfig, dict[str, list[Any]]]:
    """The base config and the choices. Raises ConfigError for a number out of range."""
    settings: dict[str, Any] = {}
    for field in fields(RunConfig):
        if field.name not in GRID_FIELDS:
            value = getattr(args, field.name)
            settings[field.name] = tuple(value) if isinstance(value, list) else value
    settings["augment"] = "+".join(args.augment)
    choices = read_choices(args)
    if choices["loss"] is None:
        choices["loss"] = [TASKS[task_of(choices["dataset"])].loss]
    return RunConfig(**settings), choices


def read_choices(args: argparse.Namespace) -> dict[str, list[Any]]:
    """The choices, also those that are None because they were not given. Raises ConfigError."""
    choices = {field: getattr(args, field) for field in GRID_FIELDS}
    for field, without in (("hidden", "none"), ("skip", "yes")):
        if choices[field] == []:
            choices[field] = [without]
    for field, values in choices.items():
        check_widths(field, values or ())
    return choices


def list_choices() -> Iterator[str]:
    """Every choice and every recipe with its one line, table by table; behind it in brackets the
    parameters that a person may set, with their defaults.
    """
    for field, table in {**TABLES, "augment": AUGMENTS, "recipe": RECIPES}.items():
        yield flag(field)
        for name, entry in table.items():
            defaults = defaults_text(entry)
            yield f"  {name:<16} {getattr(entry, 'says', '')}" + (
                f"  [{defaults}]" if defaults else ""
            )
        yield ""
    yield "In brackets: parameters and their defaults, given as in normal:std=0.1 or NAME:KEY=V,…"
