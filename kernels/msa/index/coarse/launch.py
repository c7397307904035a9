"""Launches of the coarse index for arguments that `validate` has accepted, and the plan that carries them out."""

from dataclasses import dataclass
from typing import Final

import torch

from kernels.msa.device import Scratch, gpu_of, interpreted
from kernels.msa.index.coarse import encode, naive
from kernels.msa.index.coarse import triton as kernel
from kernels.msa.index.coarse.keys import GROUP, GROUPS, LEVELS, PAGE_BYTES, PLANE_DIM, CoarseKeys
from kernels.msa.index.launch import promising_lists
from kernels.msa.layout import BLOCK, DIM, TOPK, ceil_div, ceil_pow2
from kernels.msa.plans import splits_for

MOST_ROWS: Final = 32
"""Most (row, index head) pairs of a request: more would not fit the registers of a program."""
PAYS_FROM_BLOCKS: Final = 8192
"""Blocks over all requests from which fewer bytes outweigh two more launches."""
SORT_AT_ONCE: Final = 64
"""Open blocks of a row that are sorted at a time to select from them; some 50 are open."""
BUILD_TOKENS: Final = 16
"""Tokens that a program encodes when a cache's coarse copy is built."""


@dataclass(frozen=True, slots=True)
class CoarseIndex:
    """Bound all scores over coarse keys, then score exactly what the bounds leave open. For long contexts in decode.

    Attributes:
        programs: programs wanted to read the coarse keys.
        warps: warps of one.
        stages: blocks of coarse keys in flight.
        rescore_programs: programs wanted to score exactly.
        rescore_groups: groups of 16 tokens, of different blocks, that one scores at once.
        threshold_warps: warps of a program that finds a row's threshold.
    """

    programs: int = 660
    warps: int = 4
    stages: int = 3
    rescore_programs: int = 1056
    rescore_groups: int = 4
    threshold_warps: int = 4


def pays(requests: int, max_blocks: int, rows_of_request: int) -> bool:
    """Whether the coarse keys are the faster way to the same selection, by shape."""
    return requests * max_blocks >= PAYS_FROM_BLOCKS and rows_of_request <= MOST_ROWS


def build(idx_k: torch.Tensor, coarse: CoarseKeys) -> None:
    """Encode a whole cache."""
    chained = gpu_of(idx_k.device).chained
    encode.build_kernel[(idx_k.shape[0] * (BLOCK // BUILD_TOKENS),)](
        idx_k, coarse.pages, T=BUILD_TOKENS, PLANE=PLANE_DIM, PAGE_BYTES=PAGE_BYTES, BLOCK=BLOCK, DIM=DIM,
        LEVELS=LEVELS, SLACK=naive.SLACK, UP=naive.UP, PDL=chained, launch_pdl=chained, num_warps=4,
    )  # fmt: skip


def bound_scores(
    plan: CoarseIndex,
    idx_q: torch.Tensor,
    coarse: CoarseKeys,
    block_table: torch.Tensor,
    seq_lens: torch.Tensor,
    group: torch.Tensor,
    block: torch.Tensor,
) -> None:
    """Upper bounds of all groups `[total_q * H, max_blocks * 8]` and blocks `[total_q * H, max_blocks]`."""
    total_q, heads = idx_q.shape[:2]
    requests, max_blocks = block_table.shape
    q_len = total_q // requests
    splits = splits_for(plan.programs, requests, max_blocks)
    chained = gpu_of(idx_q.device).chained
    kernel.bound_kernel[(requests * splits,)](
        idx_q, coarse.pages, block_table, seq_lens, group, block,
        block_table.stride(0), max_blocks, q_len,
        H=heads, BR=max(8, ceil_pow2(q_len * heads)), SPLITS=splits, STAGES=plan.stages, BLOCK=BLOCK, DIM=DIM,
        PLANE=PLANE_DIM, PAGE_BYTES=PAGE_BYTES, GROUP=GROUP, TOPK=TOPK, PACKED=not interpreted(),
        PDL=chained, launch_pdl=chained, num_warps=plan.warps,
    )  # fmt: skip


def rescore(
    plan: CoarseIndex,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    seq_lens: torch.Tensor,
    group: torch.Tensor,
    block: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
) -> None:
    """Find each row's threshold, make every bound that reaches it exact, and select: two launches."""
    total_q, heads = idx_q.shape[:2]
    rows, max_blocks = block.shape
    q_len = total_q // block_table.shape[0]
    lists, length = promising_lists(max_blocks, most=256)
    chained = gpu_of(idx_q.device).chained
    threshold = scratch.take((rows,), torch.float32)
    count, done = (scratch.take((rows,), torch.int32) for _ in range(2))
    found = scratch.take((rows, max_blocks), torch.int32)
    kernel.threshold_kernel[(rows,)](
        idx_q, idx_k, block_table, seq_lens, group, block, threshold, found, count, done, block_table.stride(0),
        max_blocks, q_len, H=heads, COLUMNS=16, LISTS=lists, LENGTH=length, BLOCK=BLOCK, DIM=DIM, GROUP=GROUP,
        TOPK=TOPK, PDL=chained, launch_pdl=chained, num_warps=plan.threshold_warps,
    )  # fmt: skip
    splits = min(ceil_div(plan.rescore_programs, rows), ceil_div(max_blocks, plan.rescore_groups))
    kernel.rescore_kernel[(rows * splits,)](
        idx_q, idx_k, block_table, seq_lens, group, block, threshold, found, count, done, out, total_q,
        block_table.stride(0), max_blocks, q_len, H=heads, COLUMNS=16, SPLITS=splits, AT_ONCE=plan.rescore_groups,
        CHUNK=SORT_AT_ONCE, BLOCK=BLOCK, DIM=DIM, GROUP=GROUP, TOPK=TOPK, PDL=chained, launch_pdl=chained, num_warps=4,
    )  # fmt: skip


def decode_index(
    plan: CoarseIndex,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    coarse: CoarseKeys,
    block_table: torch.Tensor,
    seq_lens: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
) -> None:
    """Bound, find the threshold, score exactly and select: three launches, none of whose grids depends on a length."""
    rows, max_blocks = idx_q.shape[0] * idx_q.shape[1], block_table.shape[1]
    group = scratch.take((rows, max_blocks * GROUPS), torch.float32)
    block = scratch.take((rows, max_blocks), torch.float32)
    bound_scores(plan, idx_q, coarse, block_table, seq_lens, group, block)
    rescore(plan, idx_q, idx_k, block_table, seq_lens, group, block, out, scratch)
