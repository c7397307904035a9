"""Launches of the dense-style kernels, for rows at positions below `dense_tokens`, and the stream they run on."""

import functools

import torch

from kernels.msa.attend import hopper_dense
from kernels.msa.attend import triton as kernel
from kernels.msa.attend.call import Call, tile_lines, tile_queries
from kernels.msa.decode.launch import SCALE_LOG2
from kernels.msa.device import gpu_of, page_rows
from kernels.msa.layout import BLOCK, DIM, TOPK, ceil_pow2
from kernels.msa.plans import BlocksAttend

TURNS_ROWS = 128
"""Query heads x queries of a tile whose halves take turns."""
TURNS_STAGES = 2
"""Blocks of keys and of values in flight there: with two tiles of queries, 192 KB of shared memory."""
CLEAR_ROWS = 8
"""Rows that a program of `clear_kernel` sets to zero at a time."""


@functools.cache
def stream_beside(device: torch.device, stream: int, name: str) -> torch.cuda.Stream:
    """A stream beside a given one (its handle), made once: the graphs of two callers never meet on it."""
    del stream, name
    return torch.cuda.Stream(device)


def start_beside(device: torch.device, name: str, *ready: torch.cuda.Event) -> torch.cuda.Stream:
    """The stream of that name beside the current one, on which the work before some events is done."""
    side = stream_beside(device, torch.cuda.current_stream(device).cuda_stream, name)
    for event in ready:
        side.wait_event(event)
    return side


def attend_early(plan: BlocksAttend, call: Call) -> None:
    """Serve early rows, which select all or most of what they see, with Triton's dense-style kernel."""
    total_q, requests = call.q.shape[0], call.block_table.shape[0]
    tile_q = plan.dense_rows // call.group
    n_tiles = min(total_q, requests * plan.dense_tokens) // tile_q + requests + 1
    chained = gpu_of(call.q.device).chained and not plan.aside
    kernel.dense_kernel[(n_tiles * call.heads,)](
        call.q, page_rows(call.kv, plan.dense_keys), call.topk, call.block_table, call.cu_q, call.prefix_lens,
        call.out, total_q, requests, call.block_table.stride(0), n_tiles, SCALE_LOG2,
        H=call.heads, G=call.group, BQ=tile_q, BN=plan.dense_keys, NB=ceil_pow2(requests + 1),
        STAGES=plan.dense_stages, BLOCK=BLOCK, DIM=DIM, TOPK=TOPK, DENSE=plan.dense_tokens,
        WIDE=call.q.dtype != call.kv.dtype, PDL=chained, launch_pdl=chained, num_warps=plan.dense_warps,
    )  # fmt: skip


def takes_turns(plan: BlocksAttend, call: Call) -> bool:
    """Whether `hopper_dense.py` serves the early rows of a call."""
    return plan.dense_programs > 0 and call.on_hopper


def attend_in_turns(plan: BlocksAttend, call: Call, ticket: torch.Tensor, programs: int) -> None:
    """Serve early rows, or those that an earlier launch with the same `ticket` (zero at first) has left."""
    tile_q = TURNS_ROWS // call.group
    hopper_dense.dense_kernel[(programs,)](
        tile_queries(call.q, tile_q // 2, call.group), tile_lines(call.kv, BLOCK), call.topk, call.block_table,
        call.cu_q, call.prefix_lens, call.out, ticket, call.q.shape[0], call.block_table.shape[0],
        call.block_table.stride(0), SCALE_LOG2, H=call.heads, G=call.group, TILE=tile_q,
        NB=max(32, ceil_pow2(call.block_table.shape[0])), STAGES=TURNS_STAGES, BLOCK=BLOCK, DIM=DIM, TOPK=TOPK,
        DENSE=plan.dense_tokens, num_warps=4,
    )  # fmt: skip


def clear_padding(call: Call) -> None:
    """Set the rows that no request owns to zero."""
    width = call.q.shape[1] * DIM
    kernel.clear_kernel[(gpu_of(call.q.device).sms,)](
        call.out, call.cu_q, call.q.shape[0], call.block_table.shape[0], WIDTH=width, ROWS=CLEAR_ROWS, DIM=DIM,
    )  # fmt: skip
