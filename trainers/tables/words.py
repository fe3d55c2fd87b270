"""Cuts texts into words and makes token ids of them, for a data set whose samples are texts.

The vocabulary is that of the training texts: id 0 is no word (padding), 1 any word that is not in
it, the others stand in the order of how often they occur. It knows no network.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

MOST_WORDS = 5000
LONGEST = 256  # words of a text that are kept
PADDING, UNKNOWN = "", "?"
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, in their order."""
    return WORD.findall(text.lower())


def vocabulary(texts: Sequence[str]) -> tuple[str, ...]:
    """The words by id; those that occur as often stand in the order of the alphabet."""
    counts = Counter(word for text in texts for word in words_of(text))
    words = sorted(counts, key=lambda word: (-counts[word], word))
    return (PADDING, UNKNOWN, *words[: MOST_WORDS - 2])


def token_ids(texts: Sequence[str], words: Sequence[str], length: int = 0) -> NDArray[np.int64]:
    """(N, T) ids. length: T; 0: as long as the longest text, at most LONGEST."""
    places: Mapping[str, int] = {word: i for i, word in enumerate(words)}
    rows = [[places.get(word, 1) for word in words_of(text)] for text in texts]
    length = length or max(1, min(LONGEST, max(map(len, rows), default=1)))
    ids = np.zeros((len(rows), length), np.int64)
    for row, tokens in zip(ids, rows, strict=True):
        row[: len(tokens)] = tokens[:length]
    return ids
