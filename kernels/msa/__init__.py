"""MiniMax Sparse Attention (MSA) for inference: which blocks a query attends to, and the attention.

The stable face. Layouts are in `kernels.msa.layout`; definitions in plain torch lie in each operation's `naive.py`.
All four operations take device tensors, never synchronise with the host, and can be captured in a CUDA graph.

    topk = prefill_index(idx_q, idx_k, block_table, cu_q, seq_lens, prefix_lens)
    out  = prefill_attn(q, kv, topk, block_table, cu_q, seq_lens, prefix_lens)
    topk = decode_index(idx_q, idx_k, block_table, cu_q, seq_lens)
    out  = decode_attn(q, kv, topk, block_table, cu_q, seq_lens)

Given `coarse`, the coarse keys that `build_coarse` makes and the cache operation keeps up to date, `decode_index` reads
84 bytes a token instead of 256 in long contexts and selects the same blocks (`index/coarse/README.md`).

`norm_rope_insert` normalises, rotates and stores a step's new tokens; `selection_stats` says how alike neighbouring
rows' selections are.

Options that each of the four takes, by keyword:
    out        where the result goes; allocated if left out.
    workspace  flat uint8 buffer for scratch, so that addresses stay stable; allocated if left out. Of one that is too
               short `WorkspaceTooSmall.needed_bytes` says how long it has to be.
    plan       how to carry the call out (`kernels.msa.plans`); the GPU's table decides if left out.
    debug      check lengths, page ids and selections too; synchronises.

All raise `KernelArgumentError` before any launch for an argument that the kernels cannot take.
"""

import functools
from dataclasses import replace

import torch
import torch.distributed

from kernels.msa.attend.launch import prefill_attn as launch_prefill_attn
from kernels.msa.cache.launch import norm_rope_insert
from kernels.msa.cache.operands import Caches, NormWeights, Projections
from kernels.msa.decode.launch import attend_rows as launch_attend_rows
from kernels.msa.decode.launch import decode_index as launch_decode_index
from kernels.msa.device import Scratch, gpu_of
from kernels.msa.dispatch import Operation, Plan, choose, choose_coarse
from kernels.msa.errors import KernelArgumentError, WorkspaceTooSmall
from kernels.msa.index.bounded.launch import bounded as launch_bounded
from kernels.msa.index.coarse.keys import CoarseKeys, empty_coarse
from kernels.msa.index.coarse.launch import MOST_ROWS
from kernels.msa.index.coarse.launch import build as launch_build_coarse
from kernels.msa.index.coarse.launch import decode_index as launch_decode_coarse
from kernels.msa.index.launch import prefill_index as launch_prefill_index
from kernels.msa.index.stats import SelectionStats, selection_stats
from kernels.msa.layout import BLOCK, DIM, TOPK
from kernels.msa.plans import BlocksAttend, BoundedIndex, CoarseIndex, FusedIndex, RowsAttend, ScoredIndex
from kernels.msa.sharded.launch import decode_index as launch_decode_sharded
from kernels.msa.sharded.mailboxes import Mailboxes, open_mailboxes
from kernels.msa.sharded.share import WHOLE, Share
from kernels.msa.validate import (
    FP8,
    WIDE_DTYPES,
    check_attn,
    check_batch,
    check_coarse,
    check_coarse_values,
    check_decode_values,
    check_index,
    check_prefill_values,
    check_selection,
    check_tensor,
    check_uniform,
    check_workspace,
    require,
)

__all__ = [
    "BLOCK",
    "TOPK",
    "BlocksAttend",
    "BoundedIndex",
    "Caches",
    "CoarseIndex",
    "CoarseKeys",
    "FusedIndex",
    "KernelArgumentError",
    "Mailboxes",
    "NormWeights",
    "Projections",
    "RowsAttend",
    "ScoredIndex",
    "SelectionStats",
    "WorkspaceTooSmall",
    "build_coarse",
    "decode_attn",
    "decode_index",
    "decode_index_sharded",
    "empty_coarse",
    "norm_rope_insert",
    "open_mailboxes",
    "prefill_attn",
    "prefill_index",
    "selection_stats",
]


def plan_for(
    operation: Operation, queries: torch.Tensor, cache: torch.Tensor, heads: int, block_table: torch.Tensor
) -> Plan:
    """The table's plan for a call."""
    requests, blocks = block_table.shape
    total_q = queries.shape[0]
    context = requests * blocks * BLOCK // total_q
    return choose(operation, gpu_of(queries.device), total_q * heads, blocks, cache.dtype.itemsize, context)


def prefill_index(
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    seq_lens: torch.Tensor,
    prefix_lens: torch.Tensor,
    topk: int = TOPK,
    *,
    out: torch.Tensor | None = None,
    workspace: torch.Tensor | None = None,
    plan: FusedIndex | ScoredIndex | BoundedIndex | None = None,
    debug: bool = False,
) -> torch.Tensor:
    """Select the 16 blocks each row attends to. Definition: `index/naive.py`.

    Of fp8 keys and queries the selection is that of exact sums with a BoundedIndex plan, which the table has for long
    prompts, else that of native ones, which may differ where scores nearly tie.

    Args:
        idx_q: `[total_q, H, 128]` bf16, f16, or e4m3 where the keys are.
        idx_k: `[pages, 128, 128]` of the same dtype, or e4m3.
        block_table: `[requests, max_blocks]` int32.
        cu_q: `[requests + 1]` int32.
        seq_lens: `[requests]` int32.
        prefix_lens: `[requests]` int32.
        topk: blocks to select; only 16 is supported.
        out: `[H, total_q, 16]` int32.
        workspace: see the module.
        plan: see the module.
        debug: see the module.

    Returns:
        `out`: block ids in no promised order, -1 where fewer than 16 blocks are visible and in padding rows.

    Raises:
        KernelArgumentError: an argument does not fit.
    """
    check_index(idx_q, idx_k, topk)
    check_batch(idx_q, block_table, cu_q, ("seq_lens", seq_lens), ("prefix_lens", prefix_lens))
    check_workspace(workspace, idx_q)
    total_q, heads = idx_q.shape[:2]
    if out is None:
        out = torch.empty((heads, total_q, TOPK), dtype=torch.int32, device=idx_q.device)
    check_tensor("out", out, (heads, total_q, TOPK), (torch.int32,), idx_q)
    if debug:
        check_prefill_values(total_q, idx_k.shape[0], block_table, cu_q, seq_lens, prefix_lens)
    if total_q == 0:
        return out
    scratch = Scratch(idx_q.device, workspace)
    chosen = plan or plan_for("prefill_index", idx_q, idx_k, heads, block_table)
    if isinstance(chosen, BoundedIndex):
        launch_bounded(chosen, idx_q, idx_k, block_table, cu_q, seq_lens, prefix_lens, out, scratch)
        return out
    if not isinstance(chosen, FusedIndex | ScoredIndex):
        raise KernelArgumentError(
            f"prefill_index takes a FusedIndex or ScoredIndex plan, or BoundedIndex, got {chosen}"
        )
    launch_prefill_index(chosen, idx_q, idx_k, block_table, cu_q, prefix_lens, out, scratch)
    return out


def prefill_attn(
    q: torch.Tensor,
    kv: torch.Tensor,
    topk: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    seq_lens: torch.Tensor,
    prefix_lens: torch.Tensor,
    *,
    out: torch.Tensor | None = None,
    workspace: torch.Tensor | None = None,
    plan: RowsAttend | BlocksAttend | None = None,
    debug: bool = False,
) -> torch.Tensor:
    """Attend to the selected blocks. Definition: `attend/naive.py`.

    Args:
        q: `[total_q, Hq, 128]` bf16 or f16.
        kv: `[pages, H, 128, 256]` of the same dtype, or e4m3; `Hq / H` is at most 16.
        topk: `[H, total_q, 16]` int32 from `prefill_index`; for rows before position 2048 every visible block.
        block_table: `[requests, max_blocks]` int32.
        cu_q: `[requests + 1]` int32.
        seq_lens: `[requests]` int32.
        prefix_lens: `[requests]` int32.
        out: `[total_q, Hq, 128]` like `q`.
        workspace: see the module.
        plan: see the module.
        debug: see the module.

    Returns:
        `out`; zero in padding rows.

    Raises:
        KernelArgumentError: an argument does not fit.
    """
    check_attn(q, kv, topk)
    check_batch(q, block_table, cu_q, ("seq_lens", seq_lens), ("prefix_lens", prefix_lens))
    check_workspace(workspace, q)
    out = torch.empty_like(q) if out is None else out
    check_tensor("out", out, tuple(q.shape), (q.dtype,), q)
    if debug:
        check_prefill_values(q.shape[0], kv.shape[0], block_table, cu_q, seq_lens, prefix_lens)
        check_selection(topk, cu_q, prefix_lens)
    if q.shape[0] == 0:
        return out
    chosen = plan or plan_for("prefill_attn", q, kv, kv.shape[1], block_table)
    if not isinstance(chosen, RowsAttend | BlocksAttend):
        raise KernelArgumentError(f"prefill_attn takes a RowsAttend or BlocksAttend plan, got {chosen}")
    scratch = Scratch(q.device, workspace)
    launch_prefill_attn(chosen, q, kv, topk, block_table, cu_q, seq_lens, prefix_lens, out, scratch)
    return out


def prepare_decode_index(
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    seq_lens: torch.Tensor,
    topk: int,
    out: torch.Tensor | None,
    workspace: torch.Tensor | None,
    debug: bool,
) -> torch.Tensor:
    """Check a decode selection's arguments; its output."""
    check_index(idx_q, idx_k, topk)
    check_batch(idx_q, block_table, cu_q, ("seq_lens", seq_lens))
    check_workspace(workspace, idx_q)
    total_q, heads = idx_q.shape[:2]
    requests = block_table.shape[0]
    check_uniform(total_q, requests)
    require(total_q // requests * heads <= 128, "decode takes at most 128 (row, index head) pairs a request")
    if out is None:
        out = torch.empty((heads, total_q, TOPK), dtype=torch.int32, device=idx_q.device)
    check_tensor("out", out, (heads, total_q, TOPK), (torch.int32,), idx_q)
    if debug:
        check_decode_values(total_q, idx_k.shape[0], block_table, cu_q, seq_lens)
    return out


def scored_plan(
    plan: ScoredIndex | CoarseIndex | None, idx_q: torch.Tensor, idx_k: torch.Tensor, block_table: torch.Tensor
) -> ScoredIndex:
    """The plan of a decode selection that scores all keys: the caller's, or the table's."""
    chosen = plan or plan_for("decode_index", idx_q, idx_k, idx_q.shape[1], block_table)
    if not isinstance(chosen, ScoredIndex):
        raise KernelArgumentError(f"decode_index takes a ScoredIndex plan, or CoarseIndex with coarse, got {chosen}")
    return chosen


@functools.cache
def launched_late(plan: CoarseIndex) -> CoarseIndex:
    """The same plan, whose next kernel launches when open tokens are scored."""
    return replace(plan, late=1)


def coarse_plan(
    plan: ScoredIndex | CoarseIndex | None,
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    share: Share = WHOLE,
) -> CoarseIndex | None:
    """The plan of a decode selection over coarse keys: the caller's, or the table's where it pays; None if not.

    To the table a share is a request of as many blocks. What follows a share waits for other ranks and launches late.
    """
    requests, max_blocks = block_table.shape
    rows = idx_q.shape[0] * idx_q.shape[1] // requests
    if plan is None:
        width = share.width(max_blocks)
        if rows > MOST_ROWS:
            return None
        chosen = choose_coarse(gpu_of(idx_q.device), rows, width, requests, idx_k.dtype.itemsize)
        return launched_late(chosen) if chosen and share.ranks > 1 else chosen
    if isinstance(plan, CoarseIndex):
        require(rows <= MOST_ROWS, f"coarse keys serve at most {MOST_ROWS} (row, head) pairs a request")
        return plan
    return None


def build_coarse(idx_k: torch.Tensor, *, out: CoarseKeys | None = None) -> CoarseKeys:
    """Coarse keys of a whole cache of index keys. Definition: `index/coarse/naive.py`.

    Args:
        idx_k: `[pages, 128, 128]` bf16, f16 or e4m3.
        out: where they go; allocated if left out.

    Returns:
        `out`. The cache operation writes new tokens' coarse keys from then on.

    Raises:
        KernelArgumentError: an argument does not fit.
    """
    check_tensor("idx_k", idx_k, (None, BLOCK, DIM), (*WIDE_DTYPES, FP8), idx_k)
    out = empty_coarse(idx_k.shape[0], idx_k.device) if out is None else out
    check_coarse(out, idx_k)
    if idx_k.shape[0] > 0:
        launch_build_coarse(idx_k, out)
    return out


def prepare_coarse(
    coarse: CoarseKeys | None, idx_k: torch.Tensor, block_table: torch.Tensor, seq_lens: torch.Tensor, debug: bool
) -> None:
    """Check a decode selection's coarse keys, if it has any."""
    if coarse is not None:
        check_coarse(coarse, idx_k)
        if debug:
            check_coarse_values(coarse, idx_k, block_table, seq_lens)


def decode_index(
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    seq_lens: torch.Tensor,
    topk: int = TOPK,
    *,
    coarse: CoarseKeys | None = None,
    out: torch.Tensor | None = None,
    workspace: torch.Tensor | None = None,
    plan: ScoredIndex | CoarseIndex | None = None,
    debug: bool = False,
) -> torch.Tensor:
    """Select blocks for the last `total_q / requests` tokens of each request. Definition: `decode/naive.py`.

    The launch grid depends on shapes alone: a captured graph replays at any `seq_lens`. Arguments, result and errors
    are those of `prefill_index`; a request of length 0 is padding, and its rows are -1.

    With `coarse`, the coarse keys of `idx_k`, long contexts read those and a few of `idx_k`. The selection is the same;
    of fp8 keys and queries it is that of exact sums (`ScoredIndex(exact=1)`), and where the table does not use coarse
    keys that of native ones, which may differ where scores nearly tie.
    """
    out = prepare_decode_index(idx_q, idx_k, block_table, cu_q, seq_lens, topk, out, workspace, debug)
    prepare_coarse(coarse, idx_k, block_table, seq_lens, debug)
    if idx_q.shape[0] == 0:
        return out
    scratch = Scratch(idx_q.device, workspace)
    if coarse is not None:
        bounding = coarse_plan(plan, idx_q, idx_k, block_table)
        if bounding is not None:
            launch_decode_coarse(bounding, idx_q, idx_k, coarse, block_table, seq_lens, out, scratch)
            return out
    chosen = scored_plan(plan, idx_q, idx_k, block_table)
    launch_decode_index(chosen, idx_q, idx_k, block_table, cu_q, seq_lens, out, scratch)
    return out


def decode_index_sharded(
    idx_q: torch.Tensor,
    idx_k: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    seq_lens: torch.Tensor,
    topk: int = TOPK,
    *,
    coarse: CoarseKeys | None = None,
    mailboxes: Mailboxes | None = None,
    group: torch.distributed.ProcessGroup | None = None,
    out: torch.Tensor | None = None,
    workspace: torch.Tensor | None = None,
    plan: ScoredIndex | CoarseIndex | None = None,
    debug: bool = False,
) -> torch.Tensor:
    """`decode_index` with the blocks shared out over ranks, which all call it together, with the same arguments.

    Under tensor parallelism every rank holds the one index-key head and would read all of it. Here each reads
    `1 / ranks` of every request's blocks, over `coarse` keys where they pay, and the ranks exchange each row's 16 best.
    The selection is that of `decode_index`, bit for bit (`sharded/README.md`), on every rank, of all heads given; of
    fp8 keys, where both read coarse keys or neither does: to the table a share is shorter than a request.

    The exchange goes through `mailboxes` (`open_mailboxes`), whose ranks then take part; without them through one
    all-gather of `group`, which takes longer.
    """
    out = prepare_decode_index(idx_q, idx_k, block_table, cu_q, seq_lens, topk, out, workspace, debug)
    prepare_coarse(coarse, idx_k, block_table, seq_lens, debug)
    rows = idx_q.shape[0] * idx_q.shape[1]
    if mailboxes is not None:
        require(rows <= mailboxes.rows, f"mailboxes have room for {mailboxes.rows} rows, got {rows}")
        require(group is None, "give mailboxes or a group, not both: mailboxes are a group's")
    if rows > 0:
        share = Share(0, torch.distributed.get_world_size(group)) if mailboxes is None else mailboxes.share
        chosen = coarse_plan(plan, idx_q, idx_k, block_table, share) if coarse is not None else None
        through = group if mailboxes is None else mailboxes
        launch_decode_sharded(
            chosen or scored_plan(plan, idx_q, idx_k, block_table),
            idx_q, idx_k, coarse, block_table, seq_lens, out, Scratch(idx_q.device, workspace), through,
        )  # fmt: skip
    return out


def decode_attn(
    q: torch.Tensor,
    kv: torch.Tensor,
    topk: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    seq_lens: torch.Tensor,
    *,
    out: torch.Tensor | None = None,
    workspace: torch.Tensor | None = None,
    plan: RowsAttend | None = None,
    debug: bool = False,
) -> torch.Tensor:
    """Attend for the last `total_q / requests` tokens of each request. Definition: `decode/naive.py`.

    The launch grid depends on shapes alone. Arguments, result and errors are those of `prefill_attn`; a request of
    length 0 is padding, and its rows are zero.
    """
    check_attn(q, kv, topk)
    check_batch(q, block_table, cu_q, ("seq_lens", seq_lens))
    check_workspace(workspace, q)
    check_uniform(q.shape[0], block_table.shape[0])
    out = torch.empty_like(q) if out is None else out
    check_tensor("out", out, tuple(q.shape), (q.dtype,), q)
    if debug:
        check_selection(topk, cu_q, check_decode_values(q.shape[0], kv.shape[0], block_table, cu_q, seq_lens))
    if q.shape[0] == 0:
        return out
    chosen = plan or plan_for("decode_attn", q, kv, kv.shape[1], block_table)
    if not isinstance(chosen, RowsAttend):
        raise KernelArgumentError(f"decode_attn takes a RowsAttend plan, got {chosen}")
    q_len = q.shape[0] // block_table.shape[0]
    scratch = Scratch(q.device, workspace)
    launch_attend_rows(chosen, q, kv, topk, block_table, cu_q, seq_lens, out, scratch, decode_q_len=q_len)
    return out
