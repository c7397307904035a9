"""Decode kernels against their definition, in Triton's interpreter."""

import pytest
import torch

from kernels.cases import Shape, make_batch, relative_error, wrong_rows
from kernels.msa import RowsAttend, ScoredIndex, decode_attn, decode_index
from kernels.msa.decode import naive

SHAPES = {
    "one token each": Shape(q_lens=[1, 1, 1], prefix_lens=[4000, 127, 2500]),
    "four heads": Shape(q_lens=[1, 1], prefix_lens=[2499, 0], heads=4),
    "three drafts each": Shape(q_lens=[4, 4], prefix_lens=[2300, 2046], heads=2),
    "half groups, as at TP8": Shape(q_lens=[1], prefix_lens=[2305], group=8),
}
PADDED = Shape(q_lens=[2, 2, 2], prefix_lens=[2400, 300, 2500], heads=2)


@pytest.mark.parametrize("plan", [ScoredIndex(programs=1), ScoredIndex(programs=7, tma=0)], ids=["one", "seven"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_selects_what_the_definition_selects(shape: Shape, plan: ScoredIndex) -> None:
    batch = make_batch(shape, seed=3)
    out = torch.full((shape.heads, batch.q.shape[0], 16), 12345, dtype=torch.int32)
    assert decode_index(*batch.index_args[:5], out=out, plan=plan) is out
    assert wrong_rows(batch, out, tolerance=1e-3) == 0


PLANS = {
    "unsplit": RowsAttend(programs=1),
    "split, joined by the last of four": RowsAttend(programs=16),
    "split, merged": RowsAttend(programs=64),
    "32 pieces a row or so, plain loads": RowsAttend(programs=128, keys=32, tma=0),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_attends_as_the_definition_does(shape: Shape, plan: RowsAttend) -> None:
    batch = make_batch(shape, seed=4)
    topk = naive.decode_index(*batch.index_args[:5])
    out = torch.full_like(batch.q, torch.nan)
    assert decode_attn(*batch.attn_args(topk)[:6], out=out, plan=plan) is out
    want = naive.decode_attn(*batch.attn_args(topk)[:6])
    assert relative_error(out, want) < 2e-3


def test_request_of_length_zero_is_padding() -> None:
    batch = make_batch(PADDED, seed=5)
    batch.seq_lens[1] = 0
    topk = decode_index(*batch.index_args[:5])
    assert (topk[:, 2:4] == -1).all()
    out = decode_attn(*batch.attn_args(topk)[:6], out=torch.full_like(batch.q, torch.nan))
    assert not out[2:4].any()
    assert relative_error(out, naive.decode_attn(*batch.attn_args(topk)[:6])) < 2e-3
