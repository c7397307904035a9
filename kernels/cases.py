"""Random batches for tests and benchmarks, and the judges that compare a result with its definition.

Pages are scattered over a pool, pages that no request owns are NaN, and the unwritten tail of a request's last page
holds large finite values: a kernel that reads what it must not gives itself away.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from kernels.msa.index import naive as index
from kernels.msa.layout import BLOCK, DIM, TOPK

Six = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
Seven = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]

STALE = 64.0
"""What unwritten key and value slots of an owned page hold."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Operands of the four operations; layouts as in `kernels.msa.layout`."""

    q: torch.Tensor
    kv: torch.Tensor
    idx_q: torch.Tensor
    idx_k: torch.Tensor
    block_table: torch.Tensor
    cu_q: torch.Tensor
    seq_lens: torch.Tensor
    prefix_lens: torch.Tensor

    @property
    def index_args(self) -> Six:
        """Arguments of `prefill_index`; the first five are those of `decode_index`."""
        return self.idx_q, self.idx_k, self.block_table, self.cu_q, self.seq_lens, self.prefix_lens

    def attn_args(self, topk: torch.Tensor) -> Seven:
        """Arguments of `prefill_attn`; the first six are those of `decode_attn`."""
        return self.q, self.kv, topk, self.block_table, self.cu_q, self.seq_lens, self.prefix_lens


@dataclass(frozen=True, slots=True)
class Shape:
    """What a batch looks like.

    Attributes:
        q_lens: new tokens of each request.
        prefix_lens: cached tokens of each request; with 0 new tokens, the request is padding.
        heads: index heads, and KV heads.
        group: query heads a KV head.
        dtype: of queries and caches.
        padding: rows after the last request's.
        shared_blocks: leading pages that all requests share.
        spare_blocks: width of the block table beyond the longest request.
    """

    q_lens: Sequence[int]
    prefix_lens: Sequence[int]
    heads: int = 1
    group: int = 16
    dtype: torch.dtype = torch.float16
    padding: int = 0
    shared_blocks: int = 0
    spare_blocks: int = 0


def page_table(shape: Shape, generator: torch.Generator) -> tuple[torch.Tensor, int]:
    """A block table over shuffled pages, and the number of pages in the pool. Unused entries hold page -1."""
    lens = [q + p for q, p in zip(shape.q_lens, shape.prefix_lens, strict=True)]
    width = max(1, -(-max(lens) // BLOCK)) + shape.spare_blocks
    pages = width * len(lens) + 3
    order = torch.randperm(pages, generator=generator)
    table = torch.full((len(lens), width), -1, dtype=torch.int32)
    for i_request, n_keys in enumerate(lens):
        used = -(-n_keys // BLOCK)
        table[i_request, :used] = order[i_request * width : i_request * width + used]
        shared = min(used, shape.shared_blocks, -(-lens[0] // BLOCK))
        table[i_request, :shared] = table[0, :shared]
    return table, pages


def make_batch(shape: Shape, seed: int, device: str = "cpu") -> Batch:
    """A random batch; the same seed gives the same values on every device."""
    generator = torch.Generator().manual_seed(seed)
    table, pages = page_table(shape, generator)
    kv = torch.full((pages, shape.heads, BLOCK, 2 * DIM), torch.nan)
    idx_k = torch.full((pages, BLOCK, DIM), torch.nan)
    lens = [q + p for q, p in zip(shape.q_lens, shape.prefix_lens, strict=True)]
    for i_request, n_keys in enumerate(lens):
        for i_block in range(-(-n_keys // BLOCK)):
            page = int(table[i_request, i_block])
            kv[page] = torch.randn(kv.shape[1:], generator=generator)
            idx_k[page] = torch.randn(idx_k.shape[1:], generator=generator)
            kv[page, :, n_keys - i_block * BLOCK :] = STALE
            idx_k[page, n_keys - i_block * BLOCK :] = STALE
    total_q = sum(shape.q_lens) + shape.padding
    q = torch.randn(total_q, shape.heads * shape.group, DIM, generator=generator)
    idx_q = torch.randn(total_q, shape.heads, DIM, generator=generator)
    cu_q = torch.tensor([0, *shape.q_lens]).cumsum(0).int()
    values = [tensor.to(device, shape.dtype) for tensor in (q, kv, idx_q, idx_k)]
    seq_lens = torch.tensor(lens, dtype=torch.int32)
    prefix_lens = torch.tensor(shape.prefix_lens, dtype=torch.int32)
    return Batch(*values, *(tensor.to(device) for tensor in (table, cu_q, seq_lens, prefix_lens)))


def in_fp8(batch: Batch, queries: torch.dtype | None = None) -> tuple[Batch, Batch]:
    """The batch over fp8 caches, and the same values as wide as they were, for the definition.

    With `queries` the index queries are values of fp8 too, held in that dtype.
    """
    kv, idx_k, idx_q = (each.to(torch.float8_e4m3fn) for each in (batch.kv, batch.idx_k, batch.idx_q))
    narrow = replace(batch, kv=kv, idx_k=idx_k, idx_q=batch.idx_q if queries is None else idx_q.to(queries))
    wide = batch.q.dtype
    return narrow, replace(narrow, kv=kv.to(wide), idx_k=idx_k.to(wide), idx_q=narrow.idx_q.to(wide))


def wrong_rows(batch: Batch, topk: torch.Tensor, tolerance: float = 0.02) -> int:
    """Rows whose selection is wrong, summed over heads. Ties are compared by score, not by id.

    A row is wrong if it repeats a block, names one it cannot see, leaves out its own block, selects too few, or leaves
    out a block that scores higher by more than `tolerance` than one it took; a padding row, if it is not all -1.
    """
    wrong = int((topk[:, int(batch.cu_q[-1]) :] != -1).any(-1).sum())
    for i_request in range(batch.block_table.shape[0]):
        lo, hi = int(batch.cu_q[i_request]), int(batch.cu_q[i_request + 1])
        n_keys, prefix_len = int(batch.seq_lens[i_request]), int(batch.prefix_lens[i_request])
        if lo == hi:
            continue
        if n_keys == 0:
            wrong += int((topk[:, lo:hi] != -1).any(-1).sum())
            continue
        scores = index.block_scores(batch.idx_q[lo:hi], batch.idx_k, batch.block_table[i_request], n_keys, prefix_len)
        wrong += int(wrong_in_request(topk[:, lo:hi].long(), scores, prefix_len, tolerance).sum())
    return wrong


def wrong_in_request(topk: torch.Tensor, scores: torch.Tensor, prefix_len: int, tolerance: float) -> torch.Tensor:
    """`[H, q_len]` bool: which rows of one request are wrong; `scores` as from `naive.block_scores`."""
    heads, q_len, n_blocks = scores.shape
    own = (prefix_len + torch.arange(q_len, device=topk.device)) // BLOCK
    times = torch.zeros(heads, q_len, n_blocks + 1, dtype=torch.long, device=topk.device)
    times.scatter_add_(-1, torch.where((topk < 0) | (topk >= n_blocks), n_blocks, topk), torch.ones_like(topk))
    taken = times[..., :n_blocks] > 0
    forced = scores.scatter(-1, own[None, :, None].expand(heads, -1, 1), torch.inf)
    missed = forced.masked_fill(taken, -torch.inf).amax(-1)
    least = forced.masked_fill(~taken, torch.inf).amin(-1)
    return (
        (times[..., :n_blocks] > 1).any(-1)
        | (topk >= n_blocks).any(-1)
        | (taken & (scores == -torch.inf)).any(-1)
        | (taken.sum(-1) != (own + 1).clamp(max=TOPK))
        | (missed > least + tolerance)
    )


def relative_error(out: torch.Tensor, want: torch.Tensor) -> float:
    """`|out - want| / |want|` in float64; infinite if anything is not finite."""
    error = (out.double() - want).norm() / want.norm().clamp(min=1e-30)
    return float(error) if bool(error.isfinite()) else float("inf")
