"""The command `import`: its flags, and what it prints; what is read is in
`dashboard.exchange.sources`.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from dashboard.cli.parser import Parser, add_runs_dir_flag
from dashboard.program import PROGRAM

MOST_NAMED = 6  # runs
MORE = """\
PATH may be
  a log folder of TensorBoard (needs tensorboard): each folder with
    event files is a run; scalars, images, texts, settings of the hparams plugin
  PROJECT.db of Trackio, from ~/.cache/huggingface/trackio: numbers, images, texts,
    settings
  CSV of a chart of W&B, exported with Step as its x axis, or of a run's history; or a
    folder of such, where runs of one name are one
  W&B's own folder of runs, wandb (needs pyyaml): settings and last
    values
"""


def make_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=f"{PROGRAM} import",
        description="Make an experiment of runs that another program has recorded, to see them\n"
        "here and beside new ones.",
        epilog=MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", type=Path, metavar="PATH", help="the file or folder to read")
    parser.add_argument(
        "--experiment",
        default="",
        metavar="NAME",
        help="what the experiment is called (default: as the file or folder is)",
    )
    parser.add_argument(
        "--rename",
        nargs="+",
        type=_pair,
        default=[],
        metavar="OLD=NEW",
        help="call series, images or texts otherwise, so that they stand beside those of new runs",
    )
    add_runs_dir_flag(parser)
    return parser


def run(argv: list[str]) -> int:
    """Import, and say what came and what did not."""
    args = make_parser().parse_args(argv)
    from dashboard.exchange.sources import import_runs

    result = import_runs(
        args.path, args.runs_dir, args.experiment,
        rename=dict(args.rename), command=["import", *argv],
    )  # fmt: skip
    names, count = result.runs[:MOST_NAMED], len(result.runs)
    more = f" and {count - MOST_NAMED} more" if count > MOST_NAMED else ""
    print(f"{count} run{'s' * (count > 1)} of {result.source.title}: {', '.join(names)}{more}")
    for what, number in result.left_out.items():
        print(f"left out: {number:,} {what}")
    where = (
        "" if args.runs_dir == Path("runs") else f" --runs-dir {shlex.quote(str(args.runs_dir))}"
    )
    print(f"to see them: {PROGRAM} view {shlex.quote(result.experiment)}{where}")
    return 0


def _pair(text: str) -> tuple[str, str]:
    old, sign, new = text.partition("=")
    if not (old and sign and new):
        raise argparse.ArgumentTypeError(f"{text!r} is not OLD=NEW, as in train/loss=train_loss")
    return old, new
