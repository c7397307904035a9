"""Random shapes against the definitions. Slow: run with `pytest -m slow tests/unit/kernels`."""

from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernels.cases import Shape, in_fp8, make_batch, relative_error, wrong_rows
from kernels.msa import (
    BlocksAttend,
    BoundedIndex,
    CoarseIndex,
    FusedIndex,
    RowsAttend,
    ScoredIndex,
    decode_attn,
    decode_index,
    prefill_attn,
    prefill_index,
)
from kernels.msa.attend import naive
from kernels.msa.decode import naive as decode
from kernels.msa.index.coarse import naive as coarse_keys

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:All-NaN slice:RuntimeWarning", "ignore:invalid value:RuntimeWarning"),
]

SHAPES = st.builds(
    lambda rows, heads, group, padding, shared: Shape(
        q_lens=[q for q, _ in rows],
        prefix_lens=[p if q else 0 for q, p in rows],
        heads=heads,
        group=group,
        padding=padding,
        shared_blocks=shared,
    ),
    rows=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2900)), min_size=1, max_size=3).filter(
        lambda rows: any(q for q, _ in rows)
    ),
    heads=st.sampled_from([1, 2, 4]),
    group=st.sampled_from([8, 16]),
    padding=st.integers(0, 3),
    shared=st.integers(0, 3),
)
INDEX_PLANS: st.SearchStrategy[FusedIndex | ScoredIndex | BoundedIndex] = st.sampled_from(
    [
        FusedIndex(tile_rows=32, programs=1),
        FusedIndex(tile_rows=16, programs=9),
        ScoredIndex(),
        BoundedIndex(tile_rows=32, programs=1),
        BoundedIndex(tile_rows=16, programs=40),
    ]
)
ATTN_PLANS = st.sampled_from(
    [RowsAttend(programs=1), RowsAttend(programs=64), BlocksAttend(), BlocksAttend(widened=1, rows_near=64, item=16)]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    shape=SHAPES,
    index_plan=INDEX_PLANS,
    attn_plan=ATTN_PLANS,
    queries=st.sampled_from([None, torch.float16, torch.float8_e4m3fn]),
    seed=st.integers(0, 2**31),
)
@pytest.mark.timeout(3600)
def test_any_batch(
    shape: Shape,
    index_plan: FusedIndex | ScoredIndex | BoundedIndex,
    attn_plan: RowsAttend | BlocksAttend,
    queries: torch.dtype | None,
    seed: int,
) -> None:
    """Over fp8 caches with index queries of a dtype, else over those of 16 bits."""
    wide = batch = make_batch(shape, seed)
    if queries is not None:
        batch, wide = in_fp8(batch, queries)
    topk = prefill_index(*batch.index_args, plan=index_plan)
    assert wrong_rows(wide, topk, tolerance=2e-3) == 0
    out = prefill_attn(*batch.attn_args(topk), plan=attn_plan, out=torch.full_like(batch.q, torch.nan))
    want = naive.prefill_attn(wide.q, wide.kv, topk, wide.block_table, wide.cu_q, wide.prefix_lens)
    assert relative_error(out, want) < 2e-3


@st.composite
def decodes(draw: st.DrawFn) -> Shape:
    """Up to three requests with as many new tokens each, at most one of them padding."""
    q_len, requests = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return Shape(
        q_lens=[q_len] * requests,
        prefix_lens=draw(st.lists(st.integers(0, 5200), min_size=requests, max_size=requests)),
        heads=draw(st.sampled_from([1, 2, 4])),
        shared_blocks=draw(st.integers(0, 20)),
        spare_blocks=draw(st.sampled_from([0, 1, 40, 300])),
    )


COARSE_PLANS = st.builds(
    CoarseIndex, programs=st.integers(1, 60), rescore_programs=st.integers(1, 40), late=st.integers(0, 2)
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shape=decodes(), coarse_plan=COARSE_PLANS, fp8=st.booleans(), padding=st.booleans(), seed=st.integers(0, 2**31))
@pytest.mark.timeout(3600)
def test_any_decode(shape: Shape, coarse_plan: CoarseIndex, fp8: bool, padding: bool, seed: int) -> None:
    """Small integers, so that sums are exact: what is selected, in which order, is the same whatever the way."""
    dtype = torch.float8_e4m3fn if fp8 else torch.float16
    batch = make_batch(shape, seed)
    if padding:
        batch.seq_lens[-1] = 0
        batch.prefix_lens.copy_(batch.seq_lens - shape.q_lens[0])
    idx_q, idx_k = ((2 * each.float()).round().clamp(-15, 15) for each in (batch.idx_q, batch.idx_k))
    wide = replace(batch, idx_q=idx_q.half(), idx_k=idx_k.half())
    narrow = replace(batch, idx_q=idx_q.to(dtype), idx_k=idx_k.to(dtype))
    want = decode_index(*narrow.index_args[:5], plan=ScoredIndex(exact=1))
    assert wrong_rows(wide, want, tolerance=1e-3) == 0
    coarse = coarse_keys.encode(narrow.idx_k)
    for plan in (ScoredIndex(programs=7, tma=0), coarse_plan):
        assert decode_index(*narrow.index_args[:5], coarse=coarse, plan=plan).equal(want), plan
    out = decode_attn(*batch.attn_args(want)[:6], plan=RowsAttend(programs=16))
    assert relative_error(out, decode.decode_attn(*batch.attn_args(want)[:6])) < 2e-3
