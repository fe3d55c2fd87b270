"""Makes a data set's entry from a person's function: what its arrays are decides the task.

- Samples: pictures uint8 (N, H, W), (N, 3, H, W) or (N, H, W, 3); numbers, float (N, F) or
  (N, C, …); token ids, whole numbers (N, T) with 0 as padding; or texts, a list of strings.
- Targets: class numbers (N,) or a list of names; numbers of a regression, float (N,) or (N, K);
  labels, (N, K) of 0 and 1.

Which function that is, and trying out the other kinds of entries, is `trainers.tables.own_entry`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.errors import UserError
from dashboard.record.tasks import CLASSES, LABELS, REGRESSION
from trainers.tables.chunks import extremes, mean_and_std
from trainers.tables.datasets import Dataset
from trainers.tables.fit import check_fit
from trainers.tables.idx import Images
from trainers.tables.own_function import says_of
from trainers.tables.words import token_ids, vocabulary

SHOWN_TOKENS = 64  # of a text that is known by its ids only


def dataset_of(value: Any, source: str) -> Dataset:
    """Raises whatever is wrong with the value."""
    if isinstance(value, Dataset):
        channels = 0 if value.tokens or not value.input_shape else value.input_shape[0]
        if (len(value.mean), len(value.std)) != (channels, channels):
            raise ValueError(f"mean and std must be tuples of {channels}, one for each channel")
        return value
    read_from = functools.cache(lambda data_dir: read_parts(value(data_dir)))
    images, facts = read_from(None)
    entry = Dataset(lambda data_dir: read_from(data_dir)[0], says_of(value), source, **facts)
    check_fit("it", images, entry)
    return entry


def read_parts(parts: Any) -> tuple[Images, dict[str, Any]]:
    """The arrays, and the facts of their entry. Raises UserError where they cannot be used."""
    parts = list(parts)
    if len(parts) != 4:
        raise UserError(f"a data set must give 4 arrays, not {len(parts)}")
    facts: dict[str, Any] = {"tokens": 0}
    texts: tuple[str, ...] = ()
    if _is_text(parts[0]) and _is_text(parts[2]):
        texts = tuple(map(str, parts[2]))
        words = vocabulary(parts[0])
        train = token_ids(parts[0], words)
        samples = [train, token_ids(parts[2], words, train.shape[1])]
        facts |= {"words": words, "tokens": len(words)}
    else:
        samples = [_samples(np.asarray(parts[i])) for i in (0, 2)]
        if len(samples[0]) and samples[0].dtype.kind in "iu" and samples[0].dtype != np.uint8:
            facts["tokens"] = int(extremes(samples[0])[1]) + 1
            texts = tuple(" ".join(map(str, row[:SHOWN_TOKENS])) for row in samples[1])
    if not len(samples[0]) or not len(samples[1]):
        raise UserError("a data set must have training and test samples, and one of them is empty")
    targets, target_facts = _targets(parts[1], parts[3])
    images = Images(samples[0], targets[0], samples[1], targets[1], texts)
    return images, facts | _scales(samples[0], facts["tokens"]) | target_facts


def _is_text(part: Any) -> bool:
    return not hasattr(part, "dtype") and len(part) > 0 and all(isinstance(x, str) for x in part)


def _samples(array: NDArray[Any]) -> NDArray[Any]:
    """As (N, H, W) or (N, C, H, W) uint8, floats or whole numbers; not copied: it may be mapped."""
    if array.dtype == np.uint8:
        if array.ndim == 4 and array.shape[3] == 3 and array.shape[1] not in (1, 3):
            return array.transpose(0, 3, 1, 2)
        if array.ndim in (3, 4):
            return array
        raise UserError(
            f"images must be (N, H, W) or (N, 3, H, W) uint8 in 0..255, not {array.shape}"
        )
    if array.dtype.kind == "f" and array.ndim >= 2:
        return array
    if array.dtype.kind in "iu" and array.ndim == 2:
        return array
    raise UserError(
        "samples must be uint8 images, floats (N, features), token ids (N, length) or a list of "
        f"texts, not {array.shape} {array.dtype}"
    )


def _targets(train: Any, test: Any) -> tuple[list[NDArray[Any]], dict[str, Any]]:
    """Both halves' targets, and the task with the names of its outputs."""
    if _is_text(train) and _is_text(test):
        names = sorted({*train, *test})
        halves = [np.array([names.index(name) for name in half]) for half in (train, test)]
        return halves, {"task": CLASSES, "classes": tuple(names)}
    halves = [np.asarray(half) for half in (train, test)]
    tasks = [_task(half) for half in halves]
    if tasks[0] != tasks[1]:
        raise UserError(f"the training targets are for {tasks[0]}, those of the test {tasks[1]}")
    first = halves[0]
    columns = first.shape[1] if first.ndim == 2 else 1
    if tasks[0] == CLASSES:
        n = int(first.max()) + 1 if first.size else 1
        return [half.astype(np.int64) for half in halves], {
            "task": CLASSES, "classes": tuple(map(str, range(n))),
        }  # fmt: skip
    if tasks[0] == LABELS:
        return [half.astype(np.float32) for half in halves], {
            "task": LABELS, "classes": tuple(map(str, range(columns))),
        }  # fmt: skip
    rows = first.reshape(len(first), -1).astype(np.float64)
    names = ["target"] if columns == 1 else [f"target {i}" for i in range(columns)]
    return [half.astype(np.float32) for half in halves], {
        "task": REGRESSION,
        "classes": tuple(names),
        "target_mean": tuple(rows.mean(0).tolist()) if len(rows) else (0.0,) * columns,
        "target_std": tuple(float(s) or 1.0 for s in rows.std(0))
        if len(rows)
        else (1.0,) * columns,
    }


def _task(targets: NDArray[Any]) -> str:
    """What targets of this kind and shape ask for. Raises UserError where they are none."""
    kind, ndim = targets.dtype.kind, targets.ndim
    if kind in "iu" and ndim == 1:
        return CLASSES
    if kind in "iub" and ndim == 2:
        return LABELS
    if kind == "f" and ndim in (1, 2):
        return REGRESSION
    raise UserError(
        "targets must be class numbers (N,), floats (N,) or (N, K), or 0 and 1 (N, K) as whole "
        f"numbers, not {targets.shape} {targets.dtype}"
    )


def _scales(train: NDArray[Any], tokens: int) -> dict[str, Any]:
    """The shape of one sample, and mean and std of each channel or feature."""
    if tokens:
        return {"input_shape": train.shape[1:], "mean": (), "std": ()}
    shape: Sequence[int] = train.shape[1:]
    if train.dtype == np.uint8 and train.ndim == 3:
        shape = (1, *shape)
    mean, std = mean_and_std(train)
    return {"input_shape": tuple(shape), "mean": mean, "std": std}
