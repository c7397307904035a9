"""The checked face of the cache operation."""

import torch

from kernels.msa.cache import triton as kernel
from kernels.msa.cache.naive import ROTARY
from kernels.msa.cache.operands import Caches, NormWeights, Projections
from kernels.msa.device import gpu_of
from kernels.msa.index.coarse import naive as coarse
from kernels.msa.index.coarse.keys import LEVELS, PAGE_BYTES, PLANE_DIM
from kernels.msa.layout import BLOCK, DIM, ceil_pow2
from kernels.msa.validate import FP8, WIDE_DTYPES, check_coarse, check_device, check_tensor, require


def check_operands(
    new: Projections,
    weights: NormWeights,
    table: torch.Tensor,
    positions: torch.Tensor,
    slots: torch.Tensor,
    caches: Caches,
) -> None:
    """Check every shape, dtype and stride against the queries'."""
    q = new.q
    check_device(q)
    require(q.dim() == 3, f"q must have shape [rows, heads, {DIM}], got {list(q.shape)}")
    require(caches.kv.dim() == 4, f"kv must have shape [pages, heads, {BLOCK}, {2 * DIM}], got {list(caches.kv.shape)}")
    rows, heads, pages = q.shape[0], caches.kv.shape[1], caches.kv.shape[0]
    check_tensor("q", q, (rows, None, DIM), WIDE_DTYPES, q)
    check_tensor("k", new.k, (rows, heads, DIM), (q.dtype,), q)
    check_tensor("v", new.v, (rows, heads, DIM), (q.dtype,), q)
    check_tensor("idx_q", new.idx_q, (rows, None, DIM), (q.dtype,), q)
    check_tensor("idx_k", new.idx_k, (rows, 1, DIM), (q.dtype,), q)
    for name in ("q", "k", "idx_q", "idx_k"):
        check_tensor(f"weights.{name}", getattr(weights, name), (DIM,), (*WIDE_DTYPES, torch.float32), q)
    check_tensor("table", table, (None, ROTARY), (torch.float32,), q)
    check_tensor("positions", positions, (rows,), (torch.int32, torch.int64), q)
    check_tensor("slots", slots, (rows,), (torch.int32, torch.int64), q)
    check_tensor("kv", caches.kv, (pages, heads, BLOCK, 2 * DIM), (q.dtype, FP8), q)
    check_tensor("idx_k cache", caches.idx_k, (pages, BLOCK, DIM), (caches.kv.dtype,), q)
    if caches.coarse is not None:
        check_coarse(caches.coarse, caches.idx_k)


def check_places(table: torch.Tensor, positions: torch.Tensor, slots: torch.Tensor, caches: Caches) -> None:
    """Debug mode: check that positions lie in the table, and slots in the caches, each once. Reads them back.

    Raises:
        KernelArgumentError: they do not.
    """
    inside = (positions >= 0) & (positions < table.shape[0])
    require(bool(inside.all()), f"positions must be 0 to {table.shape[0] - 1}")
    last = caches.kv.shape[0] * BLOCK - 1
    require(bool((slots <= last).all()), f"slots must be at most {last}; the caches have {caches.kv.shape[0]} pages")
    stored = slots[slots >= 0]
    require(stored.unique().numel() == stored.numel(), "slots name a token twice")


def norm_rope_insert(
    new: Projections,
    weights: NormWeights,
    table: torch.Tensor,
    positions: torch.Tensor,
    slots: torch.Tensor,
    caches: Caches,
    eps: float = 1e-6,
    *,
    debug: bool = False,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Normalise and rotate q, k, idx_q and idx_k, and store k, v and idx_k, in one launch.

    Definition: `naive.py`.

    Args:
        new: the layer's projections of the new tokens.
        weights: norm weights.
        table: `[positions, 64]` float32 from `naive.rotary_table`.
        positions: `[rows]` int, each row's position; must lie inside the table.
        slots: `[rows]` int, `page * 128 + token`; negative for padding rows, which are not stored.
        caches: written in place.
        eps: added to the mean square.
        debug: check positions and slots too; synchronises.

    Returns:
        `(q, idx_q)`, new tensors of the inputs' shapes and dtype.

    Raises:
        KernelArgumentError: an argument does not fit.
    """
    check_operands(new, weights, table, positions, slots, caches)
    if debug:
        check_places(table, positions, slots, caches)
    q, idx_q = torch.empty_like(new.q), torch.empty_like(new.idx_q)
    rows, q_heads = q.shape[:2]
    heads, idx_heads = caches.kv.shape[1], idx_q.shape[1]
    if rows == 0:
        return q, idx_q
    chained = gpu_of(q.device).chained
    coarse_pages = None if caches.coarse is None else caches.coarse.pages
    kernel.insert_kernel[(rows,)](
        new.q, new.k, new.v, new.idx_q, new.idx_k, weights.q, weights.k, weights.idx_q, weights.idx_k,
        table, positions, slots, q, idx_q, caches.kv, caches.idx_k, coarse_pages, eps,
        HQ=q_heads, HQP=ceil_pow2(q_heads), H=heads, HP=ceil_pow2(heads), HI=idx_heads, HIP=ceil_pow2(idx_heads),
        DIM=DIM, ROTARY=ROTARY, BLOCK=BLOCK, FP8=caches.kv.dtype == FP8, PLANE=PLANE_DIM,
        PAGE_BYTES=PAGE_BYTES, LEVELS=LEVELS, SLACK=coarse.SLACK, UP=coarse.UP,
        PDL=chained, launch_pdl=chained, num_warps=4,
    )  # fmt: skip
    return q, idx_q
