"""Launches of the selection kernels for arguments that `validate` has accepted."""

import torch

from kernels.msa.device import Scratch, gpu_of, page_rows
from kernels.msa.index import triton as kernel
from kernels.msa.layout import BLOCK, DIM, TOPK, ceil_div, ceil_pow2
from kernels.msa.plans import FusedIndex, IndexPlan, ScoredIndex, splits_for

WHOLE_ROW = 256
"""Rows of at most this many scores are sorted whole; longer ones by group maxima."""


def widens(idx_q: torch.Tensor, idx_k: torch.Tensor) -> bool:
    """Whether a product needs float16: fp8 keys against wider queries. Two fp8 operands multiply natively."""
    return idx_q.dtype != idx_k.dtype


def select_groups(max_blocks: int) -> tuple[int, int]:
    """(groups, width) of the selection over a row of `max_blocks` scores."""
    if max_blocks <= WHOLE_ROW:
        return 1, max(TOPK, ceil_pow2(max_blocks))
    width = 16 if max_blocks <= 2048 else 32
    return ceil_pow2(ceil_div(max_blocks, width)), width


def promising_lists(max_blocks: int, most: int) -> tuple[int, int]:
    """(number, length) of the interleaved lists whose best blocks serve to find a threshold: 16 lists, or up to `most`.

    With several times 16 lists, few of the best blocks hide behind a better one of their list.
    """
    number = max(TOPK, min(most, ceil_pow2(max_blocks)))
    return number, ceil_pow2(ceil_div(max_blocks, number))


def select_scores(
    score: torch.Tensor, cu_q: torch.Tensor, lens: torch.Tensor, out: torch.Tensor, decode_q_len: int = 0
) -> None:
    """Select from `score` `[total_q * H, max_blocks]`; `lens` are seq_lens in decode, else prefix_lens."""
    heads, total_q = out.shape[:2]
    groups, width = select_groups(score.shape[1])
    chained = gpu_of(score.device).chained
    kernel.select_kernel[(heads * total_q,)](
        score, cu_q, lens, out, total_q, lens.shape[0], score.stride(0), max(1, decode_q_len),
        H=heads, NB=ceil_pow2(lens.shape[0] + 1), GROUPS=groups, WIDTH=width, BLOCK=BLOCK, TOPK=TOPK,
        DECODE=decode_q_len > 0, PDL=chained, launch_pdl=chained, num_warps=1 if groups * width <= 512 else 4,
    )  # fmt: skip


def scored(
    plan: ScoredIndex,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    prefix_lens: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
) -> None:
    """Write the scores, then select: two launches."""
    total_q, heads = idx_q.shape[:2]
    requests, max_blocks = block_table.shape
    rows = max(16, min(plan.tile_rows, ceil_pow2(total_q * heads)))
    tile_q = rows // heads
    tiles = ceil_div(total_q, tile_q)
    splits = splits_for(plan.programs, tiles, max_blocks)
    (score,) = scratch.take(((total_q * heads, max_blocks), torch.float32))
    chained = gpu_of(idx_q.device).chained
    kernel.score_kernel[((total_q // tile_q + requests) * splits,)](
        idx_q, page_rows(idx_k, BLOCK), block_table, cu_q, prefix_lens, score,
        total_q, requests, block_table.stride(0), score.stride(0),
        H=heads, BQ=tile_q, BM=rows, NB=ceil_pow2(requests + 1), SPLITS=splits, STAGES=plan.stages,
        BLOCK=BLOCK, DIM=DIM, TOPK=TOPK, WIDE=widens(idx_q, idx_k), PDL=chained, launch_pdl=chained,
        num_warps=plan.warps,
    )  # fmt: skip
    select_scores(score, cu_q, prefix_lens, out)


def fused(
    plan: FusedIndex,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    prefix_lens: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
) -> None:
    """Score and select in one launch, and merge in a second where the blocks were split."""
    total_q, heads = idx_q.shape[:2]
    requests, max_blocks = block_table.shape
    tile_q = plan.tile_rows // heads
    splits = splits_for(plan.programs, ceil_div(total_q, tile_q), ceil_div(max_blocks, TOPK))
    partial = (splits, total_q * heads, TOPK) if splits > 1 else (0,)
    score, block = scratch.take((partial, torch.float32), (partial, torch.int32))
    chained = gpu_of(idx_q.device).chained
    n_tiles = total_q // tile_q + requests + 1
    n_pow2 = ceil_pow2(requests + 1)
    kernel.fused_kernel[(n_tiles * splits,)](
        idx_q, page_rows(idx_k, BLOCK), block_table, cu_q, prefix_lens, out, score, block, None,
        total_q, requests, block_table.stride(0), n_tiles,
        H=heads, BQ=tile_q, NB=n_pow2, SPLITS=splits, STAGES=plan.stages,
        BLOCK=BLOCK, DIM=DIM, TOPK=TOPK, WIDE=widens(idx_q, idx_k), PDL=chained, launch_pdl=chained,
        num_warps=plan.warps,
    )  # fmt: skip
    if splits > 1:
        kernel.merge_kernel[(total_q * heads,)](
            score, block, cu_q, prefix_lens, out, total_q, requests,
            H=heads, NB=n_pow2, SPLITS=splits, SPLITS_POW2=ceil_pow2(splits), BLOCK=BLOCK, TOPK=TOPK,
            PDL=chained, launch_pdl=chained, num_warps=1,
        )  # fmt: skip


def prefill_index(
    plan: IndexPlan,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    prefix_lens: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
) -> None:
    """Carry out a plan; `out` is `[H, total_q, 16]` int32."""
    if isinstance(plan, FusedIndex):
        fused(plan, idx_q, idx_k, block_table, cu_q, prefix_lens, out, scratch)
    else:
        scored(plan, idx_q, idx_k, block_table, cu_q, prefix_lens, out, scratch)
