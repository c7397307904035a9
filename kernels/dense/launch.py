"""The checked face of dense decode attention."""

import torch

from kernels.dense import triton as kernel
from kernels.msa.layout import LOG2_E, ceil_pow2
from kernels.msa.validate import WIDE_DTYPES, check_tensor, require

PROGRAMS = 528
"""Programs wanted: four for each multiprocessor of an H200, and enough splits to share long contexts out."""


def dense_decode(q: torch.Tensor, kv: torch.Tensor, block_table: torch.Tensor, seq_lens: torch.Tensor) -> torch.Tensor:
    """Attend to all keys of each request. Definition: `naive.py`.

    Args:
        q: `[requests, Hq, dim]` bf16 or f16.
        kv: `[pages, H, block, 2 * dim]` of the same dtype.
        block_table: `[requests, max_blocks]` int32.
        seq_lens: `[requests]` int32; a request of length 0 is padding, and its rows are zero.

    Returns:
        `[requests, Hq, dim]` like `q`.

    Raises:
        KernelArgumentError: an argument does not fit.
    """
    require(q.dim() == 3 and kv.dim() == 4, f"q and kv have 3 and 4 dimensions, got {q.dim()} and {kv.dim()}")
    (requests, q_heads, dim), (heads, block) = q.shape, kv.shape[1:3]
    require(q_heads % heads == 0, f"query heads must be a multiple of the {heads} KV heads, got {q_heads}")
    check_tensor("q", q, (requests, q_heads, dim), WIDE_DTYPES, q)
    check_tensor("kv", kv, (None, heads, block, 2 * dim), (q.dtype,), q)
    check_tensor("block_table", block_table, (requests, None), (torch.int32,), q)
    check_tensor("seq_lens", seq_lens, (requests,), (torch.int32,), q)
    group, rows = q_heads // heads, requests * heads
    splits = max(1, min(block_table.shape[1], PROGRAMS // rows))
    part = torch.empty((rows, splits, group, dim), dtype=torch.float32, device=q.device)
    lse = torch.empty((rows, splits, group), dtype=torch.float32, device=q.device)
    kernel.split_kernel[(rows * splits,)](
        q, kv, block_table, seq_lens, part, lse, block_table.stride(0), dim**-0.5 * LOG2_E,
        H=heads, G=group, GP=max(16, ceil_pow2(group)), DIM=dim, BLOCK=block, SPLITS=splits, num_warps=4,
    )  # fmt: skip
    # A request of length 0 has -inf everywhere: the clamps keep its weights at 0 rather than nan.
    weights = torch.exp2(lse - lse.amax(1, keepdim=True).clamp(min=-3e38))
    weights = weights / weights.sum(1, keepdim=True).clamp(min=1e-38)
    return (part * weights[..., None]).sum(1).to(q.dtype).view(q.shape)
