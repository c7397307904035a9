"""transformers' own M3 indexer beside ours, from the same hidden states on.

transformers lies in `.oracle`, put there by `scripts/torch-packages`; elsewhere the installed one is taken. Its sizes,
rotary embedding and cache are its own defaults for M3. It computes in float32, ours in the dtype of the caches, so the
two may choose differently between blocks that nearly tie: selections are judged by score (`kernels.cases.wrong_rows`).
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from types import SimpleNamespace

import torch

from kernels.cases import STALE, Batch, wrong_rows
from kernels.msa import Caches, NormWeights, Projections
from kernels.msa.cache.naive import rotary_table
from kernels.msa.index.naive import block_scores
from kernels.msa.layout import BLOCK, DIM, TOPK
from tests.unit.selfhost_engine.oracle import ORACLE

HIDDEN = 64
ROPE = {"rope_type": "default", "rope_theta": 5e6, "partial_rotary_factor": 0.5}
"""As M3's released configuration says; without it transformers would turn all channels."""
REPEATED = 3 * BLOCK
"""After so many tokens a repetitive prompt says the same again."""
Insert = Callable[
    [Projections, NormWeights, torch.Tensor, torch.Tensor, torch.Tensor, Caches], tuple[torch.Tensor, torch.Tensor]
]


@dataclass(frozen=True, slots=True)
class Prompts:
    """What to compare: the lengths and new tokens of each request; one of length 0 is padding.

    Attributes:
        lens: tokens of each request, the new ones included.
        new: new tokens of each request.
        heads: index heads.
        padding: rows after the last request's.
        repetitive: hidden states repeat, and keys do not depend on positions: blocks tie, but for rounding.
    """

    lens: tuple[int, ...]
    new: tuple[int, ...]
    heads: int = 2
    padding: int = 0
    repetitive: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """Our operands, normalised, rotated and inserted, and what transformers selects: `[H, total_q, 16]` int32."""

    batch: Batch
    want: torch.Tensor


class Oracle:
    """M3's indexer with random weights."""

    def __init__(self, heads: int, device: str) -> None:
        if ORACLE.exists():
            sys.path.append(str(ORACLE))
        elif find_spec("transformers") is None:
            raise RuntimeError("run scripts/torch-packages: transformers is not there")
        from transformers.models.minimax_m3_vl import MiniMaxM3VLTextConfig
        from transformers.models.minimax_m3_vl import modeling_minimax_m3_vl as model

        config = MiniMaxM3VLTextConfig(
            hidden_size=HIDDEN, num_hidden_layers=1, index_n_heads=heads, rope_parameters=ROPE
        )
        self.indexer = model.MiniMaxM3VLIndexer(config, layer_idx=0).requires_grad_(requires_grad=False)
        for norm in (self.indexer.q_norm, self.indexer.k_norm):
            torch.nn.init.normal_(norm.weight, std=0.3)
        self.indexer.to(device)
        self._rotary = model.MiniMaxM3VLRotaryEmbedding(config).to(device)
        self._cache_layer = model.MiniMaxM3VLSparseCacheLayer

    @property
    def norms(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Norm weights of index queries and index keys."""
        return self.indexer.q_norm.weight, self.indexer.k_norm.weight

    def ignore_positions(self) -> None:
        """Leave nothing in the channels of keys that the rotary embedding turns."""
        self.indexer.k_norm.weight[:64] = -1

    def select(self, hidden: torch.Tensor, new: int) -> torch.Tensor:
        """Selection `[H, new, 16]` of the last tokens of one request, the others being in transformers' cache."""
        positions = torch.arange(hidden.shape[0], device=hidden.device)[None]
        angles = self._rotary(hidden, positions)
        cache = SimpleNamespace(layers=[self._cache_layer()])
        cached = hidden.shape[0] - new
        for part in (slice(0, cached), slice(cached, None)):
            turned = tuple(angle[:, part] for angle in angles)
            if positions[:, part].numel() > 0:
                chosen = self.indexer(hidden[None, part], turned, cache, positions[:, part])[0]
        return torch.nn.functional.pad(chosen, (0, TOPK - chosen.shape[-1]), value=-1).int()


def projections(oracle: Oracle, hidden: torch.Tensor, dtype: torch.dtype) -> Projections:
    """Index queries and keys of tokens before any norm; the main attention's are zero."""
    zero = torch.zeros(hidden.shape[0], 1, DIM, device=hidden.device, dtype=dtype)
    idx_q, idx_k = (project(hidden).to(dtype) for project in (oracle.indexer.q_proj, oracle.indexer.k_proj))
    return Projections(zero, zero, zero, idx_q.unflatten(-1, (-1, DIM)), idx_k[:, None])


def compare(prompts: Prompts, dtype: torch.dtype, device: str, insert: Insert, insert_cached: Insert) -> Compared:
    """Bring every request into our caches, and ask transformers what its new tokens select.

    Torch's seed says what values are compared, the same on every device.

    Args:
        prompts: what to compare.
        dtype: of our queries and caches.
        device: where.
        insert: the cache operation for new tokens.
        insert_cached: for those that were cached before; the definition is quicker than an interpreted kernel.
    """
    oracle = Oracle(prompts.heads, device)
    if prompts.repetitive:
        oracle.ignore_positions()
    requests, width = len(prompts.lens), -(-max(prompts.lens) // BLOCK)
    pages = requests * width + 3
    table = torch.randperm(pages)[: requests * width].int().view(requests, width).to(device)
    caches = Caches(
        kv=torch.zeros(pages, 1, BLOCK, 2 * DIM, device=device, dtype=dtype),
        idx_k=torch.full((pages, BLOCK, DIM), STALE, device=device, dtype=dtype),
    )
    zero = torch.zeros(DIM, device=device)
    weights, angles = NormWeights(zero, zero, *oracle.norms), rotary_table(max(prompts.lens), device=device)
    rows = sum(prompts.new) + prompts.padding
    idx_q = torch.zeros(rows, prompts.heads, DIM, device=device, dtype=dtype)
    want = torch.full((prompts.heads, rows, TOPK), -1, dtype=torch.int32, device=device)
    cu_q = torch.tensor([0, *prompts.new]).cumsum(0).int()
    for i_request, (tokens, new) in enumerate(zip(prompts.lens, prompts.new, strict=True)):
        if tokens == 0:
            continue
        hidden = torch.randn(tokens, HIDDEN).to(device)
        positions = torch.arange(tokens, device=device)
        if prompts.repetitive:
            hidden = hidden[positions % REPEATED]
        slots = table[i_request, positions // BLOCK].long() * BLOCK + positions % BLOCK
        own = slice(int(cu_q[i_request]), int(cu_q[i_request + 1]))
        for each, part in ((insert_cached, slice(0, tokens - new)), (insert, slice(tokens - new, tokens))):
            _, turned = each(
                projections(oracle, hidden[part], dtype), weights, angles, positions[part], slots[part], caches
            )
        idx_q[own] = turned
        want[:, own] = oracle.select(hidden, new)
    lens, new_tokens = (torch.tensor(each, dtype=torch.int32) for each in (prompts.lens, prompts.new))
    q = torch.zeros(rows, 1, DIM, device=device, dtype=dtype)
    lengths = (each.to(device) for each in (cu_q, lens, lens - new_tokens))
    return Compared(Batch(q, caches.kv, idx_q, caches.idx_k, table, *lengths), want)


def same_rows(got: torch.Tensor, want: torch.Tensor) -> torch.Tensor:
    """`[H, total_q]` bool: rows for which both select the same blocks, in whatever order."""
    return (got.sort(-1).values == want.sort(-1).values).all(-1)


def tied_rows(batch: Batch, tolerance: float) -> torch.Tensor:
    """`[H, rows]` bool: rows that may select either of two blocks, beside their own; all see 17 or more."""
    tied = []
    for i_request in range(batch.block_table.shape[0]):
        lo, hi = int(batch.cu_q[i_request]), int(batch.cu_q[i_request + 1])
        n_keys, prefix_len = int(batch.seq_lens[i_request]), int(batch.prefix_lens[i_request])
        scores = block_scores(batch.idx_q[lo:hi], batch.idx_k, batch.block_table[i_request], n_keys, prefix_len)
        own = (prefix_len + torch.arange(hi - lo, device=scores.device)) // BLOCK
        others = scores.scatter(-1, own[None, :, None].expand(scores.shape[0], -1, 1), -torch.inf)
        best = others.sort(-1, descending=True).values
        tied.append(best[..., TOPK - 2] - best[..., TOPK - 1] < tolerance)
    return torch.cat(tied, -1)


def check_selection(prompts: Prompts, found: Compared, got: torch.Tensor, near: float, same: float) -> None:
    """Ours and theirs are both right by score, theirs within `near`; at least so many rows name the same blocks.

    Of repetitive prompts no two need to agree: every row's blocks tie.
    """
    assert wrong_rows(found.batch, got, tolerance=1e-3) == 0
    assert wrong_rows(found.batch, found.want, tolerance=near) == 0
    if prompts.repetitive:
        assert tied_rows(found.batch, near).all()
    else:
        assert same_rows(got, found.want).float().mean() > same
