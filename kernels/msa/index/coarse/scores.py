# mypy: allow-untyped-defs, allow-incomplete-defs
"""Exact scores of single tokens, as the kernel that reads all keys computes them, and how tokens make groups."""

import triton
import triton.language as tl

from kernels.msa.tiles import product, row_queries


@triton.jit
def token_of(b_id):
    """Token of a block with a number that is 16 * group + place. A group is four runs of four tokens, in few threads.

    token = 64 j + 16 w + 8 i + 4 b + r,   group = 2 w + b,   place = 8 j + 4 i + r
    """
    return (b_id & 3) | ((b_id & 4) << 1) | ((b_id & 8) << 3) | ((b_id & 16) >> 2) | ((b_id & 96) >> 1)


@triton.jit
def token_scores(
    b_q, b_q_odd, p_k, b_line, m_n, b_row, COLUMNS: tl.constexpr, DIM: tl.constexpr, WIDE: tl.constexpr,
    PACKED: tl.constexpr,
):  # fmt: skip
    """Exact scores [N] of the tokens at lines [N] of the keys, by rows `row` [N] of `q`; zero where masked out.

    `decode.triton.score_kernel`'s product: keys are the tall side.
    """
    DK: tl.constexpr = DIM // 2 if WIDE else DIM
    p_line = p_k + b_line.to(tl.int64)[:, None] * DK + tl.arange(0, DK)[None, :]
    # [N, COLUMNS] -> [N]
    b_s = product(tl.load(p_line, mask=m_n[:, None], other=0.0), b_q, b_q_odd, WIDE, PACKED)
    return tl.max(tl.where(b_row[:, None] == tl.arange(0, COLUMNS)[None, :], b_s, float("nan")), 1)


@triton.jit
def load_rows(p_q, i_first, n_rows, COLUMNS: tl.constexpr, DIM: tl.constexpr, WIDE: tl.constexpr):
    """Index queries of up to COLUMNS rows from `i_first` on, as `row_queries` gives them; zero past the last."""
    o_r = tl.arange(0, COLUMNS)
    return row_queries(p_q, i_first.to(tl.int64) + o_r, o_r < n_rows, DIM, WIDE)
