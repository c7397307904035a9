"""Selection kernels against their definition, in Triton's interpreter (float16; bfloat16 products are wrong there)."""

import pytest
import torch

from kernels.cases import Shape, make_batch, wrong_rows
from kernels.msa import FusedIndex, ScoredIndex, prefill_index

SHAPES = {
    "one short request": Shape(q_lens=[5], prefix_lens=[0]),
    "exactly sixteen blocks": Shape(q_lens=[3], prefix_lens=[2045]),
    "seventeenth block just begun": Shape(q_lens=[3], prefix_lens=[2046]),
    "long prefix": Shape(q_lens=[7], prefix_lens=[4 * 1024 + 77]),
    "four heads": Shape(q_lens=[9], prefix_lens=[2900], heads=4),
    "two heads, ragged, a request without rows, padding": Shape(
        q_lens=[3, 0, 33], prefix_lens=[2500, 0, 2100], heads=2, padding=4
    ),
    "shared prefix, wide table": Shape(q_lens=[2, 3], prefix_lens=[2304, 2304], shared_blocks=18, spare_blocks=9),
}
PLANS = {
    "fused": FusedIndex(tile_rows=32, programs=1),
    "fused and split": FusedIndex(tile_rows=16, programs=12),
    "scored": ScoredIndex(tile_rows=16, programs=5),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_selects_what_the_definition_selects(shape: Shape, plan: FusedIndex | ScoredIndex) -> None:
    batch = make_batch(shape, seed=1)
    out = torch.full((shape.heads, batch.q.shape[0], 16), 12345, dtype=torch.int32)
    assert prefill_index(*batch.index_args, out=out, plan=plan) is out
    assert wrong_rows(batch, out, tolerance=1e-3) == 0
