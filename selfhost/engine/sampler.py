"""Draws tokens from logits. Logits, seed and position decide; batches and preemption change nothing."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from selfhost.engine.request import Sampling, Token

_MIX = 0x9E3779B97F4A7C15
_SEEDS = 1 << 63


def draw(logits: torch.Tensor, samplings: Sequence[Sampling], positions: Sequence[int]) -> list[Token]:
    """Returns one token a row: logits `[rows, vocab]` float32, `positions` of the tokens to be drawn."""
    greedy = logits.argmax(-1)
    if all(sampling.temperature == 0 and sampling.logprobs < 0 for sampling in samplings):
        return [Token(token, 0.0) for token in greedy.tolist()]
    return [
        _token(row, sampling, int(best) if sampling.temperature == 0 else _sampled(row, sampling, position))
        for row, sampling, position, best in zip(logits, samplings, positions, greedy.tolist(), strict=True)
    ]


def _sampled(logits: torch.Tensor, sampling: Sampling, position: int) -> int:
    """One token by temperature, top-k, then top-p, with a generator of its own for this seed and position."""
    values, order = (logits / sampling.temperature).sort(descending=True, stable=True)
    if sampling.top_k:
        values, order = values[: sampling.top_k], order[: sampling.top_k]
    weights = values.softmax(-1)
    before = weights.cumsum(-1) - weights
    weights = weights.masked_fill(before >= sampling.top_p, 0.0)
    generator = torch.Generator(device="cpu").manual_seed((sampling.seed * _MIX + position) % _SEEDS)
    place = torch.rand((), generator=generator).item() * weights.sum().item()
    return int(order[int(torch.searchsorted(weights.cumsum(-1), place, right=True).clamp(max=len(weights) - 1))])


def _token(logits: torch.Tensor, sampling: Sampling, token: int) -> Token:
    if sampling.logprobs < 0:
        return Token(token, 0.0)
    logprobs = logits.log_softmax(-1)
    best = logprobs.topk(sampling.logprobs) if sampling.logprobs else None
    listed = () if best is None else tuple(zip(best.indices.tolist(), best.values.tolist(), strict=True))
    return Token(token, logprobs[token].item(), listed)
