"""Argument checks. All run on the host before any launch and read shapes only, so they cost no synchronisation.

Those that say "debug mode" read lengths, page ids and selections back from the device, and so synchronise.
"""

import torch

from kernels.msa.device import interpreted
from kernels.msa.errors import KernelArgumentError
from kernels.msa.index.coarse.keys import PAGE_BYTES, CoarseKeys
from kernels.msa.index.coarse.naive import broken_tokens, used_pages
from kernels.msa.layout import BLOCK, DIM, MAX_GROUP, TOPK

WIDE_DTYPES = (torch.bfloat16, torch.float16)
FP8 = torch.float8_e4m3fn


def require(condition: bool, message: str) -> None:
    """Raise `KernelArgumentError` with a message unless a condition holds."""
    if not condition:
        raise KernelArgumentError(message)


def check_tensor(
    name: str, value: torch.Tensor, shape: tuple[int | None, ...], dtypes: tuple[torch.dtype, ...], like: torch.Tensor
) -> None:
    """Check one tensor: shape (None matches any size), dtype, contiguity, and the device of `like`."""
    fits = value.dim() == len(shape) and all(want in (None, got) for want, got in zip(shape, value.shape, strict=True))
    wanted = ", ".join("any" if size is None else str(size) for size in shape)
    require(fits, f"{name} must have shape [{wanted}], got {list(value.shape)}")
    require(value.dtype in dtypes, f"{name} must be one of {[str(d) for d in dtypes]}, got {value.dtype}")
    require(value.is_contiguous(), f"{name} must be contiguous, got strides {value.stride()}")
    require(value.device == like.device, f"{name} must be on {like.device} like the queries, got {value.device}")


def check_cache(name: str, cache: torch.Tensor, query: torch.Tensor, query_name: str) -> None:
    """Check that a cache's dtype goes with its queries': the same, or fp8 under 16-bit queries."""
    fits = cache.dtype == query.dtype or (cache.dtype == FP8 and query.dtype in WIDE_DTYPES)
    require(fits, f"{name} is {cache.dtype} but {query_name} is {query.dtype}: they must agree, or {name} be {FP8}")


def check_aligned(name: str, value: torch.Tensor) -> None:
    """Check that the copy engine can read a tensor: from an address that 16 bytes divide."""
    require(value.data_ptr() % 16 == 0, f"{name} must be aligned to 16 bytes")


def check_device(rows: torch.Tensor) -> None:
    """Check that kernels can run where a tensor lies."""
    on_gpu = rows.is_cuda or interpreted()
    require(on_gpu, f"tensors must be on a CUDA device, got {rows.device} (TRITON_INTERPRET=1 runs on the CPU)")


def check_batch(
    rows: torch.Tensor, block_table: torch.Tensor, cu_q: torch.Tensor, *lens: tuple[str, torch.Tensor]
) -> None:
    """Check the int32 metadata of a ragged batch against each other."""
    check_device(rows)
    check_tensor("block_table", block_table, (None, None), (torch.int32,), rows)
    requests = block_table.shape[0]
    require(requests >= 1, "block_table must have at least one request")
    require(block_table.shape[1] >= 1, "block_table must have at least one block a request")
    check_tensor("cu_q", cu_q, (requests + 1,), (torch.int32,), rows)
    for name, value in lens:
        check_tensor(name, value, (requests,), (torch.int32,), rows)


def check_uniform(total_q: int, requests: int) -> None:
    """Check that every decode request can have the same number of rows."""
    require(total_q % requests == 0, f"decode needs equal rows a request: {total_q} rows, {requests} requests")


def check_index(idx_q: torch.Tensor, idx_k: torch.Tensor, topk: int) -> None:
    """Check the operands of a selection."""
    require(topk == TOPK, f"topk must be {TOPK}, got {topk}")
    require(idx_q.dim() == 3, f"idx_q must have shape [total_q, heads, {DIM}], got {list(idx_q.shape)}")
    heads = idx_q.shape[1]
    require(heads in (1, 2, 4, 8, 16), f"index heads must be 1, 2, 4, 8 or 16, got {heads}")
    check_tensor("idx_q", idx_q, (None, heads, DIM), (*WIDE_DTYPES, FP8), idx_q)
    check_tensor("idx_k", idx_k, (None, BLOCK, DIM), (*WIDE_DTYPES, FP8), idx_q)
    check_cache("idx_k", idx_k, idx_q, "idx_q")
    check_aligned("idx_q", idx_q)
    check_aligned("idx_k", idx_k)


def check_coarse(coarse: CoarseKeys, idx_k: torch.Tensor) -> None:
    """Check that coarse keys are those of a cache of index keys, by shape."""
    check_tensor("coarse.pages", coarse.pages, (idx_k.shape[0], PAGE_BYTES), (torch.int8,), idx_k)
    check_aligned("coarse.pages", coarse.pages)


def check_attn(q: torch.Tensor, kv: torch.Tensor, topk: torch.Tensor) -> None:
    """Check the operands of an attention."""
    require(kv.dim() == 4, f"kv must have shape [pages, heads, {BLOCK}, {2 * DIM}], got {list(kv.shape)}")
    require(q.dim() == 3, f"q must have shape [total_q, heads, {DIM}], got {list(q.shape)}")
    heads, q_heads = kv.shape[1], q.shape[1]
    group = q_heads // max(1, heads)
    fits = group * heads == q_heads and group in (1, 2, 4, 8, MAX_GROUP)
    require(fits, f"query heads must be 1, 2, 4, 8 or {MAX_GROUP} times the {heads} KV heads, got {q_heads}")
    check_tensor("q", q, (None, q_heads, DIM), WIDE_DTYPES, q)
    check_tensor("kv", kv, (None, heads, BLOCK, 2 * DIM), (*WIDE_DTYPES, FP8), q)
    check_cache("kv", kv, q, "q")
    check_aligned("q", q)
    check_aligned("kv", kv)
    check_tensor("topk", topk, (heads, q.shape[0], TOPK), (torch.int32,), q)


def check_workspace(workspace: torch.Tensor | None, rows: torch.Tensor) -> None:
    """Check that a workspace is a flat, aligned byte buffer."""
    if workspace is not None:
        check_tensor("workspace", workspace, (None,), (torch.uint8,), rows)
        check_aligned("workspace", workspace)


def check_rows(cu_q: torch.Tensor, total_q: int) -> torch.Tensor:
    """Debug mode: check which request owns which rows; the number of rows of each."""
    require(bool((cu_q[1:] >= cu_q[:-1]).all() and cu_q[0] == 0), "cu_q must start at 0 and never fall")
    require(int(cu_q[-1]) <= total_q, f"cu_q ends at {int(cu_q[-1])}, but there are {total_q} rows")
    return cu_q[1:] - cu_q[:-1]


def check_pages(block_table: torch.Tensor, pages: int, seq_lens: torch.Tensor) -> None:
    """Debug mode: check that the pages in use lie in the cache."""
    require(bool((seq_lens >= 0).all()), "seq_lens must not be negative")
    blocks = (seq_lens + BLOCK - 1) // BLOCK
    require(bool((blocks <= block_table.shape[1]).all()), "seq_lens must fit the block table")
    reached = torch.arange(block_table.shape[1], device=block_table.device)[None, :] < blocks[:, None]
    outside = reached & ((block_table < 0) | (block_table >= pages))
    if bool(outside.any()):
        i_request, i_block = (int(i) for i in outside.nonzero()[0])
        page = int(block_table[i_request, i_block])
        raise KernelArgumentError(f"block_table[{i_request}, {i_block}] is page {page}; the cache has {pages} pages")


def check_prefill_values(
    total_q: int,
    pages: int,
    block_table: torch.Tensor,
    cu_q: torch.Tensor,
    seq_lens: torch.Tensor,
    prefix_lens: torch.Tensor,
) -> None:
    """Debug mode: check lengths and page ids. Reads them back from the device.

    Raises:
        KernelArgumentError: a length contradicts another, or a used page id lies outside the cache.
    """
    new = check_rows(cu_q, total_q)
    idle = new == 0
    require(bool((idle | (prefix_lens >= 0)).all()), "prefix_lens must not be negative")
    require(bool((idle | (prefix_lens + new == seq_lens)).all()), "seq_lens must be prefix_lens plus the new tokens")
    check_pages(block_table, pages, seq_lens)


def check_decode_values(
    total_q: int, pages: int, block_table: torch.Tensor, cu_q: torch.Tensor, seq_lens: torch.Tensor
) -> torch.Tensor:
    """Debug mode: the same of decode, whose requests have as many rows each, or none that count (length 0).

    Returns:
        prefix_lens.
    """
    new = check_rows(cu_q, total_q)
    q_len = total_q // block_table.shape[0]
    require(bool((new == q_len).all()), f"decode needs {q_len} rows of each request, as many of all, in cu_q")
    require(bool(((seq_lens == 0) | (seq_lens >= q_len)).all()), f"seq_lens must be 0 or at least the {q_len} rows")
    check_pages(block_table, pages, seq_lens)
    return seq_lens - new


def check_coarse_values(
    coarse: CoarseKeys, idx_k: torch.Tensor, block_table: torch.Tensor, seq_lens: torch.Tensor
) -> None:
    """Debug mode: check that the errors of all coarse keys in use cover what they are off by. Reads them back.

    Raises:
        KernelArgumentError: a coarse key does not stand for the index key in its place.
    """
    pages = used_pages(block_table, seq_lens)
    broken = broken_tokens(idx_k[pages], CoarseKeys(coarse.pages[pages]))
    if bool(broken.any()):
        i_page, i_token = (int(i) for i in broken.nonzero()[0])
        raise KernelArgumentError(f"coarse keys differ from idx_k at page {int(pages[i_page])}, token {i_token}")


def check_selection(topk: torch.Tensor, cu_q: torch.Tensor, prefix_lens: torch.Tensor) -> None:
    """Debug mode: check that rows select blocks they see, once each, their own among them, and all of up to 16.

    Reads the selection back.
    """
    rows = torch.arange(topk.shape[1], device=topk.device, dtype=cu_q.dtype)
    request = torch.searchsorted(cu_q[1:], rows, right=True).clamp(max=prefix_lens.shape[0] - 1)
    own = torch.div(prefix_lens[request] + rows - cu_q[request], BLOCK, rounding_mode="floor")[None, :, None]
    real = (rows < cu_q[-1])[None, :, None]
    require(bool((~real | (topk <= own)).all()), "topk names a block after a row's own")
    require(bool((~real | (topk >= -1)).all()), "topk names a block below -1, which stands for none")
    ordered = topk.sort(-1).values
    twice = (ordered[..., 1:] == ordered[..., :-1]) & (ordered[..., 1:] >= 0)
    require(not bool((twice & real).any()), "topk names a block twice in a row")
    sees = real & (own >= 0)
    require(bool((~sees | (topk == own).any(-1, keepdim=True)).all()), "topk leaves out a row's own block")
    few = sees & (own < TOPK) & ((topk >= 0).sum(-1, keepdim=True) <= own)
    require(not bool(few.any()), f"topk leaves out a block of a row that sees no more than {TOPK}")
