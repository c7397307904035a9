"""Norm, rotary embedding, insert and selection against transformers' own M3 indexer, in bfloat16.

Run by `scripts/gpu`; needs transformers 5.17 or later, where `scripts/torch-packages` puts it or installed. In float16
and without a GPU: `tests/unit/kernels/test_msa_oracle.py`.
"""

from functools import cache

import pytest
import torch

from kernels.msa import (
    BoundedIndex,
    CoarseIndex,
    FusedIndex,
    ScoredIndex,
    build_coarse,
    decode_index,
    norm_rope_insert,
    prefill_index,
)
from tests.unit.kernels.oracle import Compared, Prompts, check_selection, compare

pytestmark = pytest.mark.gpu

PREFILL = {
    "ragged": Prompts(lens=(4000, 200, 0, 2100, 3000), new=(12, 200, 0, 60, 300), heads=4, padding=3),
    "repetitive": Prompts(lens=(2300, 2200), new=(40, 5), heads=4, repetitive=True),
}
DECODE = {
    "ragged": Prompts(lens=(4000, 130, 2049, 2048, 2900), new=(1, 1, 1, 1, 1), heads=4),
    "drafts": Prompts(lens=(2051, 3500), new=(4, 4)),
    "repetitive": Prompts(lens=(2300, 2200), new=(2, 2), repetitive=True),
}
PREFILL_PLANS = {
    "fused": FusedIndex(),
    "scored": ScoredIndex(),
    "bounded": BoundedIndex(),
    "bounded, Triton's": BoundedIndex(overlapped=0),
    "the table's": None,
}
DECODE_PLANS = {"scored": ScoredIndex(), "coarse": CoarseIndex(), "the table's": None}
NEAR = 0.3
"""Keys and queries of bfloat16 may order scores, of up to some 60, otherwise if they differ by less."""


@cache
def compared(prompts: Prompts) -> Compared:
    torch.manual_seed(30)
    return compare(prompts, torch.bfloat16, "cuda", norm_rope_insert, norm_rope_insert)


def check(prompts: Prompts, got: torch.Tensor) -> None:
    check_selection(prompts, compared(prompts), got, NEAR, same=0.8)


@pytest.mark.parametrize("plan", PREFILL_PLANS.values(), ids=PREFILL_PLANS.keys())
@pytest.mark.parametrize("prompts", PREFILL.values(), ids=PREFILL.keys())
def test_prefill_selects_what_transformers_selects(
    prompts: Prompts, plan: FusedIndex | ScoredIndex | BoundedIndex | None
) -> None:
    check(prompts, prefill_index(*compared(prompts).batch.index_args, plan=plan))


@pytest.mark.parametrize("plan", DECODE_PLANS.values(), ids=DECODE_PLANS.keys())
@pytest.mark.parametrize("prompts", DECODE.values(), ids=DECODE.keys())
def test_decode_selects_what_transformers_selects(prompts: Prompts, plan: ScoredIndex | CoarseIndex | None) -> None:
    batch = compared(prompts).batch
    coarse = build_coarse(batch.idx_k) if isinstance(plan, CoarseIndex) else None
    check(prompts, decode_index(*batch.index_args[:5], coarse=coarse, plan=plan))
