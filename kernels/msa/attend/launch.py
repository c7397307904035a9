"""Launches of the prefill attention kernels for arguments that `validate` has accepted."""

import math
from dataclasses import dataclass, field, replace

import torch

from kernels.msa.attend import hopper, lists
from kernels.msa.attend import triton as kernel
from kernels.msa.attend.call import Call, tile_lines, tile_queries
from kernels.msa.attend.early import (
    attend_early,
    attend_in_turns,
    clear_padding,
    start_beside,
    takes_turns,
)
from kernels.msa.decode.launch import SCALE_LOG2, attend_rows
from kernels.msa.device import Piece, Scratch, gpu_of, narrow, page_rows, wide_dtype
from kernels.msa.layout import BLOCK, DIM, TOPK, ceil_div, ceil_pow2
from kernels.msa.plans import AttendPlan, BlocksAttend, RowsAttend
from kernels.msa.widen import WideCopy, copy_pieces, widen_pages

OVERLAPPED_ROWS = 64
"""Rows of a tile of `hopper.block_kernel`."""
HALF = DIM // 2
"""Channels that a copy of queries or keys moves there: 128 bytes, a line of the copy engine's layout."""
RING = 4
"""Tiles of queries in flight there."""
LIST_TILE = 16
"""Queries whose selections a list-building program reads at once."""
SCAN_TILE = 4096
"""Buckets of one step of the running sums."""
COUNTER_LINE = 32
"""Counters of a 128-byte line of the L2."""
MOST_COUNTERS = 1 << 20
"""Counters, padding included, that are set to zero in each call."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Scratch for the (query, block) pairs of one run of rows: reverse lists as `lists.py` builds them, and partials.

    Attributes:
        counters: what must be zero at first: `count` and, in the first line behind it, work items taken.
        count: `[H, chunks, 2, requests, max_blocks, pad]` int32, entries of each bucket; the rest is padding.
        slot_from: `[H, chunks, 2, requests, max_blocks]` int32, a bucket's first slot.
        item_from: like `slot_from`, a bucket's first work item.
        slot: `[H, total_q, 16]` int32, where the partial output of a (query, block) pair lies.
        entry: `[H, slots]` int32, `query * 128 + visible keys - 1`.
        items: `[H]` int32, work items of each head.
        item: `[H, most_items, 4]` int32, (page, first slot, entries, own block).
        part: `[H * slots, G, 128]`, partial outputs.
        stats: `[H * slots, G, 2]` float32, largest score and sum of weights.
    """

    counters: torch.Tensor
    count: torch.Tensor
    slot_from: torch.Tensor
    item_from: torch.Tensor
    slot: torch.Tensor
    entry: torch.Tensor
    items: torch.Tensor
    item: torch.Tensor
    part: torch.Tensor
    stats: torch.Tensor


def counter_pad(buckets: int) -> int:
    """Distance of two counters: up to a cache line of 32, while all of them fit 1 M integers."""
    pad = COUNTER_LINE
    while pad > 1 and buckets * pad > MOST_COUNTERS:
        pad //= 2
    return pad


@dataclass(frozen=True, slots=True)
class Room:
    """Scratch of a call.

    Attributes:
        ticket: `[1]` int32, the next tile of the dense-style kernel that takes turns.
        pairs: None where every row is early and that kernel serves them all.
        copy: keys and values in 16 bits, if the plan wants a copy of them.
    """

    ticket: torch.Tensor
    pairs: Pairs | None
    copy: WideCopy | None


def pair_pieces(plan: BlocksAttend, call: Call) -> list[Piece]:
    """`Pairs` for `plan.rows_at_once` rows at a time, but for `count`, sized by bounds that need no lengths."""
    total_q, heads, group = call.q.shape[0], call.heads, call.group
    requests, max_blocks = call.block_table.shape
    pairs = min(total_q, plan.rows_at_once) * TOPK
    chunks = ceil_div(min(total_q, plan.rows_at_once), plan.rows_near)
    local = min(requests * max_blocks, total_q // BLOCK + 2 * requests) + chunks
    used = min(chunks * requests * max_blocks, pairs) + local
    slots = pairs + (plan.tile_rows // group - 1) * used
    buckets = (heads, chunks, 2, requests, max_blocks)
    return [
        ((math.prod(buckets) * counter_pad(math.prod(buckets)) + COUNTER_LINE,), torch.int32),
        (buckets, torch.int32),
        (buckets, torch.int32),
        ((heads, total_q, TOPK), torch.int32),
        ((heads, slots), torch.int32),
        ((heads,), torch.int32),
        ((heads, used + pairs // plan.item, 4), torch.int32),
        ((heads * slots, group, DIM), wide_dtype(call.cache_dtype)),
        ((heads * slots, group, 2), torch.float32),
    ]


def take_room(plan: BlocksAttend, call: Call, scratch: Scratch) -> Room:
    """Scratch for a call; what it holds does not matter."""
    alone = takes_turns(plan, call) and call.block_table.shape[1] * BLOCK <= plan.dense_tokens
    pieces = [] if alone else pair_pieces(plan, call)
    copied = copy_pieces(call.kv, call.block_table, call.q.dtype) if call.widened else ()
    ticket, *rest = scratch.take(((1,), torch.int32), *pieces, *copied)
    found, copy = rest[: len(pieces)], rest[len(pieces) :]
    pairs = None
    if found:
        counters, slot_from, *others = found
        pairs = Pairs(counters, counters[:-COUNTER_LINE].view(*slot_from.shape, -1), slot_from, *others)
    return Room(ticket, pairs, WideCopy(*copy) if copy else None)


def build_lists(plan: BlocksAttend, call: Call, pairs: Pairs, rows: range) -> None:
    """List the queries among `rows` by key block: one fill and three launches, no host knowledge of lengths."""
    topk, block_table = call.topk, call.block_table
    heads, total_q = topk.shape[:2]
    requests, max_blocks = block_table.shape
    chunks = pairs.slot_from.shape[1]
    buckets = chunks * 2 * requests * max_blocks
    near = {"n_near": plan.rows_near, "n_chunks": chunks}
    pairs.counters.zero_()
    chained = gpu_of(topk.device).chained
    tile = {"BQ": LIST_TILE, "BLOCK": BLOCK, "NB": ceil_pow2(requests + 1), "TOPK": TOPK}
    tile["DENSE"] = plan.dense_tokens
    pad = pairs.count.shape[-1]
    chain = {"PDL": chained, "launch_pdl": chained}
    grid = (total_q // LIST_TILE + requests + 1, heads)
    lists.rank_kernel[grid](
        topk, call.cu_q, call.prefix_lens, pairs.count, pairs.slot,
        total_q, requests, max_blocks, rows.start, rows.stop, PAD=pad, **near, **tile, **chain,
    )  # fmt: skip
    lists.offset_kernel[(heads,)](
        pairs.count, pairs.slot_from, pairs.item_from, pairs.items, buckets, pairs.entry.shape[1],
        QUERIES=plan.tile_rows // pairs.part.shape[1], ITEM=plan.item,
        BN=min(SCAN_TILE, ceil_pow2(buckets)), PAD=pad, num_warps=8, **chain,
    )  # fmt: skip
    lists.scatter_kernel[grid](
        topk, call.cu_q, call.prefix_lens, block_table, pairs.count, pairs.slot, pairs.slot_from, pairs.item_from,
        pairs.entry, pairs.item, total_q, requests, max_blocks, block_table.stride(0), pairs.item.shape[1],
        rows.start, rows.stop, ITEM=plan.item, PAD=pad, **near, **tile, **chain,
    )  # fmt: skip


def serve_blocks(plan: BlocksAttend, call: Call, pairs: Pairs) -> None:
    """Partial outputs of every listed (query, block) pair, a work item a program."""
    heads, group = call.heads, call.group
    chained = gpu_of(call.q.device).chained
    items = pairs.item.shape[1]
    shape = {"H": heads, "G": group, "QUERIES": plan.tile_rows // group, "BLOCK": BLOCK, "DIM": DIM}
    chain = {"PDL": chained, "launch_pdl": chained}
    if plan.overlapped and plan.tile_rows == OVERLAPPED_ROWS and call.on_hopper:
        hopper.block_kernel[(gpu_of(call.q.device).sms,)](
            tile_queries(call.q, 1, group, HALF), tile_lines(call.kv, BLOCK, HALF), tile_lines(call.kv, BLOCK),
            tile_lines(pairs.part, plan.tile_rows), pairs.items, pairs.item, pairs.entry, pairs.stats,
            pairs.counters[-COUNTER_LINE:], items, SCALE_LOG2, RING=RING, num_warps=4, **shape, **chain,
        )  # fmt: skip
        return
    kernel.block_kernel[(heads * items,)](
        call.q, page_rows(call.kv, BLOCK), pairs.items, pairs.item, pairs.entry, pairs.part, pairs.stats, items,
        SCALE_LOG2, WIDE=call.q.dtype != call.kv.dtype, num_warps=plan.warps, **shape, **chain,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Marks:
    """What streams beside the caller's wait for.

    Attributes:
        called: what came before the call.
        begun: tickets are set to zero.
        listed: the first lists are built.
        served: the first run's block kernel has ended.
    """

    called: torch.cuda.Event = field(default_factory=torch.cuda.Event)
    begun: torch.cuda.Event = field(default_factory=torch.cuda.Event)
    listed: torch.cuda.Event = field(default_factory=torch.cuda.Event)
    served: torch.cuda.Event = field(default_factory=torch.cuda.Event)


def attend_late(plan: BlocksAttend, call: Call, pairs: Pairs, marks: Marks | None) -> None:
    """Attend by key block and add up, a run of rows at a time; `marks`, if any, are recorded in the first."""
    total_q, requests = call.q.shape[0], call.block_table.shape[0]
    # Apart, the dense-style kernel takes what multiprocessors the block kernel's last programs leave, not this one.
    chained = gpu_of(call.q.device).chained and not takes_turns(plan, call)
    for start in range(0, total_q, plan.rows_at_once):
        rows = range(start, min(start + plan.rows_at_once, total_q))
        build_lists(plan, call, pairs, rows)
        if marks is not None and start == 0:
            marks.listed.record(torch.cuda.current_stream(call.q.device))
        serve_blocks(plan, call, pairs)
        if marks is not None and start == 0:
            marks.served.record(torch.cuda.current_stream(call.q.device))
        kernel.combine_kernel[(len(rows) * call.heads,)](
            pairs.part, pairs.stats, pairs.slot, call.cu_q, call.prefix_lens, call.out, total_q, requests, start,
            H=call.heads, G=call.group, NB=ceil_pow2(requests + 1), TOPK=TOPK, DIM=DIM, DENSE=plan.dense_tokens,
            AHEAD=plan.combine_ahead, PDL=chained, launch_pdl=chained, num_warps=plan.combine_warps,
        )  # fmt: skip


def attend_beside(plan: BlocksAttend, call: Call, pairs: Pairs) -> None:
    """Triton's dense-style kernel, launched behind the block kernel on a stream beside.

    The dense kernel computes, adding up waits for memory: they run side by side.
    """
    marks = Marks()
    attend_late(plan, call, pairs, marks)
    side = start_beside(call.q.device, "first", marks.listed)
    with torch.cuda.stream(side):
        attend_early(plan, call)
    torch.cuda.current_stream(call.q.device).wait_stream(side)


def attend_alone(plan: BlocksAttend, call: Call, ticket: torch.Tensor) -> None:
    """The dense-style kernel that takes turns, where every row is early."""
    ticket.zero_()
    attend_in_turns(plan, call, ticket, gpu_of(call.q.device).sms)
    clear_padding(call)


def attend_apart(plan: BlocksAttend, call: Call, ticket: torch.Tensor, pairs: Pairs) -> None:
    """The dense-style kernel that takes turns, on multiprocessors of its own, beside attention by block on the others.

    One computes, the other waits for memory. The dense kernel's programs take tiles off a ticket counter: some hold a
    multiprocessor from the start; more, launched behind the block kernel, take what its last programs leave; the rest,
    behind the adding kernel, finish what is left.
    """
    device, sms = call.q.device, gpu_of(call.q.device).sms
    marks = Marks()
    marks.called.record(torch.cuda.current_stream(device))
    beside = [start_beside(device, "first", marks.called)]
    with torch.cuda.stream(beside[0]):
        ticket.zero_()
        marks.begun.record(beside[0])
        attend_in_turns(plan, call, ticket, plan.dense_programs)
    attend_late(plan, call, pairs, marks)
    for name, mark, programs in (("more", marks.listed, plan.dense_more), ("rest", marks.served, sms)):
        beside.append(start_beside(device, name, marks.begun, mark))
        with torch.cuda.stream(beside[-1]):
            attend_in_turns(plan, call, ticket, programs)
    for stream in beside:
        torch.cuda.current_stream(device).wait_stream(stream)


def attend_blocks(plan: BlocksAttend, call: Call, seq_lens: torch.Tensor, scratch: Scratch) -> None:
    """Serve late rows by key block and early rows densely."""
    room = take_room(plan, call, scratch)
    if room.copy is not None:
        widen_pages(call.kv, call.block_table, seq_lens, room.copy)
        call = replace(call, kv=room.copy.pages, block_table=room.copy.table)
    if room.pairs is None:
        attend_alone(plan, call, room.ticket)
    elif takes_turns(plan, call):
        attend_apart(plan, call, room.ticket, room.pairs)
    elif plan.aside and call.q.is_cuda:
        attend_beside(plan, call, room.pairs)
    else:
        attend_late(plan, call, room.pairs, None)
        attend_early(plan, call)


def prefill_attn(
    plan: AttendPlan,
    q: torch.Tensor,
    kv: torch.Tensor,
    topk: torch.Tensor,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    seq_lens: torch.Tensor,
    prefix_lens: torch.Tensor,
    out: torch.Tensor,
    scratch: Scratch,
) -> None:
    """Carry out a plan; `out` is `[total_q, Hq, 128]`."""
    if isinstance(plan, RowsAttend):
        attend_rows(plan, q, kv, topk, block_table, cu_q, prefix_lens, out, scratch)
    else:
        widened = bool(plan.widened) and narrow(kv)
        attend_blocks(plan, Call(q, kv, topk, block_table, cu_q, prefix_lens, out, widened), seq_lens, scratch)
