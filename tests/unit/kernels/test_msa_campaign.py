"""Random shapes against the definitions. Slow: run with `pytest -m slow tests/unit/kernels`."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernels.cases import Shape, make_batch, relative_error, wrong_rows
from kernels.msa import BlocksAttend, BoundedIndex, FusedIndex, RowsAttend, ScoredIndex, prefill_attn, prefill_index
from kernels.msa.attend import naive

pytestmark = pytest.mark.slow

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
ATTN_PLANS = st.sampled_from([RowsAttend(programs=1), RowsAttend(programs=64), BlocksAttend()])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shape=SHAPES, index_plan=INDEX_PLANS, attn_plan=ATTN_PLANS, seed=st.integers(0, 2**31))
@pytest.mark.timeout(3600)
def test_any_batch(
    shape: Shape,
    index_plan: FusedIndex | ScoredIndex | BoundedIndex,
    attn_plan: RowsAttend | BlocksAttend,
    seed: int,
) -> None:
    batch = make_batch(shape, seed)
    topk = prefill_index(*batch.index_args, plan=index_plan)
    assert wrong_rows(batch, topk, tolerance=2e-3) == 0
    out = prefill_attn(*batch.attn_args(topk), plan=attn_plan, out=torch.full_like(batch.q, torch.nan))
    want = naive.prefill_attn(batch.q, batch.kv, topk, batch.block_table, batch.cu_q, batch.prefix_lens)
    assert relative_error(out, want) < 2e-3
