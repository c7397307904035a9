# mypy: allow-untyped-defs, allow-incomplete-defs
# ruff: noqa: ERA001 - the shape above each tile is no code
"""A batch's pages of an fp8 cache, copied in 16 bits: where kernels gain more by that than the copy takes.

float16 and bfloat16 hold every e4m3 value exactly, so what is computed over a copy is what the cache says. A page is
copied once for each request that has it; a copy's block table numbers its pages from 0 on.
"""

import math
from dataclasses import dataclass
from typing import Final

import torch
import triton
import triton.language as tl

from kernels.msa.device import Piece, gpu_of
from kernels.msa.layout import BLOCK
from kernels.msa.tiles import chain

PIECE: Final = 8192
"""Values that a program copies; every page is a multiple of them."""


@dataclass(frozen=True, slots=True)
class WideCopy:
    """A copy's pages `[requests * max_blocks, ...]`, shaped like the cache's, and its block table, like the batch's.

    Pages past a request's last hold anything.
    """

    pages: torch.Tensor
    table: torch.Tensor


@triton.jit
def widen_kernel(
    p_cache, p_table, p_seq_lens, p_pages, p_number, table_stride, max_blocks,
    PAGE: tl.constexpr, PIECE: tl.constexpr, BLOCK: tl.constexpr, PDL: tl.constexpr,
):  # fmt: skip
    """Copy a piece of one page, and write the copy's number for it."""
    chain(PDL)
    PIECES: tl.constexpr = PAGE // PIECE
    i_out = tl.program_id(0) // PIECES
    i_piece = tl.program_id(0) % PIECES
    i_b = i_out // max_blocks
    i_block = i_out % max_blocks
    if i_piece == 0:
        tl.store(p_number + i_out, i_out)
    if i_block * BLOCK >= tl.load(p_seq_lens + i_b):
        return
    i_page = tl.load(p_table + i_b.to(tl.int64) * table_stride + i_block).to(tl.int64)
    # [PIECE]
    o_x = i_piece * PIECE + tl.arange(0, PIECE)
    b_x = tl.load(p_cache + i_page * PAGE + o_x)
    tl.store(p_pages + i_out.to(tl.int64) * PAGE + o_x, b_x.to(p_pages.dtype.element_ty))


def copy_pieces(cache: torch.Tensor, block_table: torch.Tensor, dtype: torch.dtype) -> tuple[Piece, Piece]:
    """Scratch of a copy in a dtype: `WideCopy`'s tensors."""
    return ((block_table.numel(), *cache.shape[1:]), dtype), (tuple(block_table.shape), torch.int32)


def widen_pages(cache: torch.Tensor, block_table: torch.Tensor, seq_lens: torch.Tensor, copy: WideCopy) -> None:
    """Copy the pages that hold a batch's keys: one launch, whose grid depends on no length."""
    page = math.prod(cache.shape[1:])
    chained = gpu_of(cache.device).chained
    widen_kernel[(block_table.numel() * (page // PIECE),)](
        cache, block_table, seq_lens, copy.pages, copy.table, block_table.stride(0), block_table.shape[1],
        PAGE=page, PIECE=PIECE, BLOCK=BLOCK, PDL=chained, launch_pdl=chained, num_warps=4,
    )  # fmt: skip
