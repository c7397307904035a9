"""Norm, rotary embedding, insert and selection against transformers' own M3 indexer, in Triton's interpreter.

On a GPU and in bfloat16: `tests/gpu/test_msa_oracle.py`.
"""

from functools import cache

import pytest
import torch

from kernels.msa import (
    BoundedIndex,
    CoarseIndex,
    FusedIndex,
    ScoredIndex,
    decode_index,
    norm_rope_insert,
    prefill_index,
)
from kernels.msa.cache import naive
from kernels.msa.index.coarse.naive import encode
from tests.unit.kernels.oracle import Compared, Prompts, check_selection, compare

# What lies in scratch beforehand is looked at where no row sees it, and thrown away.
pytestmark = pytest.mark.filterwarnings(
    "ignore:All-NaN slice:RuntimeWarning",
    "ignore:invalid value:RuntimeWarning",
    "ignore:overflow encountered:RuntimeWarning",
)

PREFILL = {
    "ragged": Prompts(lens=(2500, 20, 0, 2052), new=(4, 20, 0, 7), padding=3),
    "repetitive": Prompts(lens=(2200,), new=(4,), repetitive=True),
}
DECODE = {
    "ragged": Prompts(lens=(2500, 130, 2049), new=(1, 1, 1)),
    "drafts": Prompts(lens=(2051, 300), new=(4, 4), heads=1),
    "repetitive": Prompts(lens=(2200,), new=(2,), repetitive=True),
}
PREFILL_PLANS = {
    "fused": FusedIndex(tile_rows=16, programs=1),
    "scored": ScoredIndex(tile_rows=16, programs=3),
    "bounded": BoundedIndex(tile_rows=16, programs=3),
}
DECODE_PLANS = {
    "all keys": ScoredIndex(programs=3),
    "coarse": CoarseIndex(programs=5, rescore_programs=7),
}
NEAR = 0.02
"""Keys and queries of float16 may order scores, of up to some 60, otherwise if they differ by less."""


@cache
def compared(prompts: Prompts) -> Compared:
    torch.manual_seed(30)
    return compare(prompts, torch.float16, "cpu", norm_rope_insert, naive.norm_rope_insert)


def check(prompts: Prompts, got: torch.Tensor) -> None:
    check_selection(prompts, compared(prompts), got, NEAR, same=0.9)


@pytest.mark.parametrize("plan", PREFILL_PLANS.values(), ids=PREFILL_PLANS.keys())
@pytest.mark.parametrize("prompts", PREFILL.values(), ids=PREFILL.keys())
def test_prefill_selects_what_transformers_selects(
    prompts: Prompts, plan: FusedIndex | ScoredIndex | BoundedIndex
) -> None:
    check(prompts, prefill_index(*compared(prompts).batch.index_args, plan=plan))


@pytest.mark.parametrize("plan", DECODE_PLANS.values(), ids=DECODE_PLANS.keys())
@pytest.mark.parametrize("prompts", DECODE.values(), ids=DECODE.keys())
def test_decode_selects_what_transformers_selects(prompts: Prompts, plan: ScoredIndex | CoarseIndex) -> None:
    batch = compared(prompts).batch
    coarse = encode(batch.idx_k) if isinstance(plan, CoarseIndex) else None
    check(prompts, decode_index(*batch.index_args[:5], coarse=coarse, plan=plan))
