"""Prefill attention kernels against their definition, in Triton's interpreter."""

import pytest
import torch

from kernels.cases import Shape, make_batch, relative_error
from kernels.msa import BlocksAttend, RowsAttend, prefill_attn
from kernels.msa.attend import naive
from kernels.msa.attend.call import Call
from kernels.msa.attend.early import clear_padding
from kernels.msa.attend.launch import counter_pad
from kernels.msa.index import naive as index

SHAPES = {
    "one short request": Shape(q_lens=[5], prefix_lens=[0]),
    "across the dense limit": Shape(q_lens=[20], prefix_lens=[2040], heads=2),
    "long prefix": Shape(q_lens=[7], prefix_lens=[3333], heads=2),
    "ragged, a request without rows, padding": Shape(q_lens=[3, 0, 17], prefix_lens=[2500, 0, 100], heads=2, padding=4),
    "half groups, as at TP8": Shape(q_lens=[6, 5], prefix_lens=[2100, 30], heads=1, group=8),
    "shared prefix, wide table": Shape(q_lens=[2, 3], prefix_lens=[2304, 2304], shared_blocks=18, spare_blocks=9),
}
PLANS = {
    "rows": RowsAttend(programs=1, keys=128),
    "rows, split": RowsAttend(programs=64, keys=64),
    "blocks": BlocksAttend(tile_rows=64, item=8),
    "blocks, four rows at a time": BlocksAttend(item=8, rows_at_once=4),
    "blocks, two rows together": BlocksAttend(item=8, rows_near=2),
    "blocks, densely up to 4096": BlocksAttend(item=8, dense_tokens=4096),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_attends_as_the_definition_does(shape: Shape, plan: BlocksAttend | RowsAttend) -> None:
    batch = make_batch(shape, seed=2)
    topk = index.prefill_index(*batch.index_args)
    out = torch.full_like(batch.q, torch.nan)
    assert prefill_attn(*batch.attn_args(topk), out=out, plan=plan) is out
    want = naive.prefill_attn(batch.q, batch.kv, topk, batch.block_table, batch.cu_q, batch.prefix_lens)
    assert relative_error(out, want) < 2e-3
    assert not out[int(batch.cu_q[-1]) :].any()


@pytest.mark.parametrize("ahead", [1, 16])
def test_rows_with_fewer_blocks_than_sixteen_add_up_what_there_is(ahead: int) -> None:
    """No selection of these kernels leaves places empty so late in a request; a caller's may, down to none at all."""
    batch = make_batch(Shape(q_lens=[4], prefix_lens=[2500], heads=2), seed=3)
    topk = index.prefill_index(*batch.index_args)
    for row, least in enumerate((0, 5, 15, 16)):
        topk[:, row, :least] = -1
    plan = BlocksAttend(item=8, combine_ahead=ahead)
    out = prefill_attn(*batch.attn_args(topk), out=torch.full_like(batch.q, torch.nan), plan=plan)
    want = naive.prefill_attn(batch.q, batch.kv, topk, batch.block_table, batch.cu_q, batch.prefix_lens)
    assert relative_error(out, want) < 2e-3
    assert not out[3].any()


@pytest.mark.parametrize("padding", [0, 1, 37])
def test_padding_is_cleared_and_nothing_else(padding: int) -> None:
    batch = make_batch(Shape(q_lens=[3, 5], prefix_lens=[0, 30], padding=padding), seed=4)
    out = torch.full_like(batch.q, 7.0)
    call = Call(
        batch.q, batch.kv, torch.empty(0), batch.block_table, batch.cu_q, batch.prefix_lens, out
    )  # fmt: skip
    clear_padding(call)
    assert (out[:8] == 7.0).all()
    assert not out[8:].any()


@pytest.mark.parametrize(("buckets", "pad"), [(1, 32), (1 << 15, 32), (1 << 16, 16), (1 << 20, 1), (1 << 24, 1)])
def test_counters_lie_a_cache_line_apart_while_they_are_few(buckets: int, pad: int) -> None:
    assert counter_pad(buckets) == pad
