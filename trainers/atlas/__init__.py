"""Computes the numbers of the atlas: every entry of the tables as curves, histograms and examples.

Computed with PyTorch from the tables as they are at that moment, so a new entry appears by itself.
Gives plain data (dicts, lists, numpy arrays) and draws nothing: the pictures are in
`dashboard.atlas`, which knows nothing of PyTorch. No training, no data set, no random number that
is not seeded; PyTorch's global generator is left where it was.
"""

from __future__ import annotations

from typing import Any

import torch

from trainers.atlas import examples, functions, inits, lessons


def atlas() -> dict[str, Any]:
    """All chapters: activations, inits, losses, entropy, layers, and the lessons among them.

    About a second of work.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the matrices are small: more threads only wait for each other
    try:
        with torch.random.fork_rng(devices=[]):
            return {
                "activations": functions.activations(),
                "inits": inits.inits(),
                "losses": functions.losses(),
                "entropy": examples.entropy(),
                "layers": examples.layers(),
                "lessons": {
                    "accuracy": lessons.accuracy_is_no_loss(),
                    "convolution": lessons.convolution(),
                    "parameters": lessons.parameters(),
                    "apply": lessons.apply(),
                    "dropout_of_whole_numbers": lessons.dropout_of_whole_numbers(),
                },
            }
    finally:
        torch.set_num_threads(threads)
