"""Norm, rotary embedding and selection against transformers' own M3 indexer, from hidden states on.

Run by `scripts/gpu`; needs transformers 5.17 or later, which the project itself keeps out. Without a GPU:
`TRITON_INTERPRET=1 python -m pytest -c tests/gpu/pytest.ini --rootdir . --confcutdir tests/gpu -m gpu
-W "ignore:Conversion of an array" tests/gpu/test_msa_oracle.py`.
"""

from types import SimpleNamespace

import pytest
import torch
from transformers.models.minimax_m3_vl.modeling_minimax_m3_vl import MiniMaxM3VLIndexer

from kernels.cases import wrong_in_request
from kernels.msa import prefill_index
from kernels.msa.cache.launch import norm_rope_insert
from kernels.msa.cache.naive import rotary_table
from kernels.msa.cache.operands import Caches, NormWeights, Projections
from kernels.msa.index import naive

pytestmark = pytest.mark.gpu

TOKENS, NEW, HEADS, HIDDEN, PAGES = 2700, 12, 4, 64, 24
ON_GPU = torch.cuda.is_available()
DEVICE, DTYPE = ("cuda", torch.bfloat16) if ON_GPU else ("cpu", torch.float16)


def make_indexer() -> MiniMaxM3VLIndexer:
    """M3's indexer with random weights; the index sizes are the model's."""
    config = SimpleNamespace(
        hidden_size=HIDDEN, index_head_dim=128, index_n_heads=HEADS, index_block_size=128, index_topk_blocks=16,
        index_local_blocks=1, rms_norm_eps=1e-6,
    )  # fmt: skip
    indexer = MiniMaxM3VLIndexer(config, layer_idx=0)
    for norm in (indexer.q_norm, indexer.k_norm):
        torch.nn.init.normal_(norm.weight, std=0.3)
    return indexer.to(DEVICE).requires_grad_(requires_grad=False)


def test_selects_what_transformers_selects() -> None:
    torch.manual_seed(30)
    indexer = make_indexer()
    hidden = torch.randn(1, TOKENS, HIDDEN, device=DEVICE)
    table = rotary_table(TOKENS, device=DEVICE)
    positions = torch.arange(TOKENS, device=DEVICE)
    cos, sin = (half.repeat(1, 2)[None] for half in table.split(32, -1))
    want = indexer(hidden, (cos, sin), None, positions[None])[0, :, -NEW:]

    zero = torch.zeros(TOKENS, 1, 128, device=DEVICE, dtype=DTYPE)
    new = Projections(
        q=zero, k=zero, v=zero,
        idx_q=indexer.q_proj(hidden)[0].view(TOKENS, HEADS, 128).to(DTYPE),
        idx_k=indexer.k_proj(hidden)[0].view(TOKENS, 1, 128).to(DTYPE),
    )  # fmt: skip
    weights = NormWeights(zero[0, 0], zero[0, 0], indexer.q_norm.weight, indexer.k_norm.weight)
    caches = Caches(
        kv=torch.zeros(PAGES, 1, 128, 256, device=DEVICE, dtype=DTYPE),
        idx_k=torch.zeros(PAGES, 128, 128, device=DEVICE, dtype=DTYPE),
    )
    pages = torch.randperm(PAGES, device=DEVICE)
    slots = pages[positions // 128] * 128 + positions % 128
    _, idx_q = norm_rope_insert(new, weights, table, positions, slots, caches)
    lens = [torch.tensor(value, dtype=torch.int32, device=DEVICE) for value in ([0, NEW], [TOKENS], [TOKENS - NEW])]
    last = idx_q[-NEW:].contiguous()
    got = prefill_index(last, caches.idx_k, pages.int()[None].contiguous(), *lens)

    scores = naive.block_scores(last, caches.idx_k, pages.int(), TOKENS, TOKENS - NEW)
    assert not wrong_in_request(got.long(), scores, TOKENS - NEW, tolerance=1e-3).any()
    # transformers' float32 scores differ from ours by the rounding of queries and keys: near ties may fall either way
    assert not wrong_in_request(want, scores, TOKENS - NEW, tolerance=0.5).any()
    same = (got.sort(-1).values == want.sort(-1).values).all(-1).float().mean()
    assert same > 0.8
