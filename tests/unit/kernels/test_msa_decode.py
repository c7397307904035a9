"""Decode kernels against their definition, in Triton's interpreter."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
import triton
import triton.language as tl

from kernels.cases import Shape, in_fp8, make_batch, relative_error, wrong_rows
from kernels.msa import RowsAttend, ScoredIndex, decode_attn, decode_index
from kernels.msa.decode import naive
from kernels.msa.decode import triton as kernel
from kernels.msa.tiles import best_in_turn

FP8 = torch.float8_e4m3fn
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


@triton.jit
def best_in_turn_kernel(p_score, p_best, size: tl.constexpr, topk: tl.constexpr):
    """The function under test, over one row."""
    b_score = tl.load(p_score + tl.arange(0, size))
    tl.store(p_best + tl.arange(0, topk), best_in_turn(b_score, topk))


def test_the_best_are_taken_in_falling_order_and_of_equal_ones_the_lower() -> None:
    score = torch.randn(256, generator=torch.Generator().manual_seed(6)).mul(4).round() / 4
    score[[7, 100]], score[200] = torch.inf, torch.nan
    score[30:] -= 1000 * (torch.arange(226) > 190)
    got = torch.empty(16, dtype=torch.int32)
    best_in_turn_kernel[(1,)](score, got, size=256, topk=16)
    # A number that is none is above all, as torch sorts it.
    assert got.tolist() == score.sort(descending=True, stable=True).indices[:16].tolist()
    best_in_turn_kernel[(1,)](torch.full((256,), -torch.inf), got, size=256, topk=16)
    assert got.tolist() == list(range(16))


@pytest.mark.parametrize("exact", [0, 1])
def test_selects_over_fp8_keys(exact: int) -> None:
    narrow, wide = in_fp8(make_batch(SHAPES["four heads"], seed=7), FP8)
    for plan in (ScoredIndex(exact=exact), ScoredIndex(programs=7, tma=0, exact=exact)):
        assert wrong_rows(wide, decode_index(*narrow.index_args[:5], plan=plan), tolerance=1e-3) == 0


@pytest.mark.parametrize(
    ("queries", "keys", "exact", "wide"),
    [
        (FP8, FP8, 0, False),
        (FP8, FP8, 1, True),
        (torch.float16, FP8, 0, True),
        (torch.float16, torch.float16, 1, False),
    ],
)
def test_fp8_keys_are_widened_where_sums_are_to_be_exact(
    queries: torch.dtype, keys: torch.dtype, exact: int, wide: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And under wider queries, whatever the plan."""
    asked: list[bool] = []

    class Watched:
        def __getitem__(self, grid: tuple[int]) -> Callable[..., None]:
            def launch(*operands: object, WIDE: bool, **sizes: object) -> None:  # noqa: N803 - the kernel's name for it
                asked.append(WIDE)
                score_kernel[grid](*operands, WIDE=WIDE, **sizes)

            return launch

    score_kernel = kernel.score_kernel
    monkeypatch.setattr(kernel, "score_kernel", Watched())
    batch = make_batch(SHAPES["one token each"], seed=8)
    batch = replace(batch, idx_q=batch.idx_q.to(FP8).to(queries), idx_k=batch.idx_k.to(FP8).to(keys))
    got = decode_index(*batch.index_args[:5], plan=ScoredIndex(exact=exact))
    assert asked == [wide]
    assert wrong_rows(replace(batch, idx_q=batch.idx_q.half(), idx_k=batch.idx_k.half()), got, tolerance=1e-3) == 0
