"""Texts as bags of words: what stands before the first layer where samples are token ids.

How texts become token ids is `trainers.tables.words`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

LEAST_COUNT = 1e-6


class TokenCounts(nn.Module):
    """Token ids (N, T) int64 as how often each occurs (N, ids), a bag of words; 0 is no token.

    A linear layer on it sums its columns by token: an embedding, drawn as its init says. Each row
    is scaled to mean square 1, as the inits take inputs to be.
    """

    def __init__(self, ids: int) -> None:
        super().__init__()
        self.ids = ids

    def forward(self, tokens: Tensor) -> Tensor:
        """Scaled counts (N, ids); all 0 for a text without a token."""
        there = (tokens > 0).to(torch.get_default_dtype())
        counts = there.new_zeros(len(tokens), self.ids).scatter_add_(1, tokens, there)
        return counts / counts.square().mean(1, keepdim=True).sqrt().clamp_min(LEAST_COUNT)
