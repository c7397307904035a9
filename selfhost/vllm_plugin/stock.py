"""vLLM's own kernels, called as its layers call them, under the signatures of the self-test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from kernels.msa.layout import TOPK
from selfhost.vllm_plugin.selftest import Case, Stock


@dataclass(frozen=True, slots=True)
class Functions:
    """The functions of vLLM's `index_topk` and `sparse_attn`, by what they do; signatures are in `surfaces/`."""

    index_score: Callable[..., torch.Tensor]
    index_topk: Callable[..., torch.Tensor]
    index_decode: Callable[..., torch.Tensor]
    attend: Callable[..., None]
    attend_decode: Callable[..., None]


def stock_of(functions: Functions, scale: float) -> Stock:
    """Returns the stock kernels; `scale` is that of attention scores."""

    def prefill_index(case: Case) -> torch.Tensor:
        new, longest, heads = _bounds(case)
        score = functions.index_score(
            case.idx_q, case.idx_k, case.block_table, case.cu_q, case.seq_lens, case.prefix_lens, new, longest, heads
        )
        return functions.index_topk(score, case.cu_q, case.prefix_lens, new, TOPK, 0, 1).contiguous()

    def prefill_attn(case: Case, topk: torch.Tensor) -> torch.Tensor:
        new, _, heads = _bounds(case)
        out = torch.empty_like(case.q)
        functions.attend(
            case.q, case.kv, topk, case.block_table, case.cu_q, case.seq_lens, case.prefix_lens, new, heads, scale, out
        )
        return out

    def decode_index(case: Case) -> torch.Tensor:
        _, longest, heads = _bounds(case)
        return functions.index_decode(
            case.idx_q, case.idx_k, case.block_table, case.seq_lens, longest, TOPK, 0, 1, heads, 1, 1
        ).contiguous()

    def decode_attn(case: Case, topk: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(case.q)
        functions.attend_decode(case.q, case.kv, topk, case.block_table, case.seq_lens, case.kv.shape[1], scale, out, 1)
        return out

    return Stock(prefill_index, prefill_attn, decode_index, decode_attn)


def _bounds(case: Case) -> tuple[int, int, int]:
    """Most new tokens of a request, the longest request, KV heads."""
    new = int((case.cu_q[1:] - case.cu_q[:-1]).max())
    return new, int(case.seq_lens.max()), case.kv.shape[1]
