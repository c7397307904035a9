"""The two ways to compute experts, and the two ways to multiply, give the same."""

from __future__ import annotations

import pytest
import torch

from selfhost.engine.experts import AllExperts, GroupedExperts
from selfhost.engine.matrix import Matrix
from selfhost.engine.weights import make_layer
from tests.unit.selfhost_engine.made import Small


@pytest.mark.parametrize("rows", [0, 1, 12, 300])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_product_is_that_of_the_plain_weights(rows: int, dtype: torch.dtype) -> None:
    weight, x = torch.randn(40, 24, dtype=dtype), torch.randn(rows, 24, dtype=dtype)
    with torch.inference_mode():
        assert torch.allclose(
            Matrix(weight)(x), x @ weight.T, atol=1e-5, rtol=1e-2 if dtype == torch.bfloat16 else 1e-5
        )


def test_few_experts_are_computed_at_once_and_many_grouped_with_the_same_result() -> None:
    """The same four experts, once as they are and once beside twelve that a bias keeps from being chosen."""
    few, many = Small(experts=4, per_token=2), Small(experts=16, per_token=2)
    prefix = "language_model.model.layers.1.block_sparse_moe"
    tensors = many.tensors()
    tensors[f"{prefix}.e_score_correction_bias"] = torch.tensor([0.1, 0.0, -0.1, 0.05] + [-9.0] * 12)
    shorter = {name: each for name, each in tensors.items() if not name.startswith(f"{prefix}.experts.1")}
    shorter |= {f"{prefix}.experts.1.{w}.weight": tensors[f"{prefix}.experts.1.{w}.weight"] for w in ("w1", "w2", "w3")}
    for name in ("gate.weight", "e_score_correction_bias"):
        shorter[f"{prefix}.{name}"] = tensors[f"{prefix}.{name}"][:4]
    at_once, grouped = make_layer(few.config(), shorter, 1).mlp, make_layer(many.config(), tensors, 1).mlp
    assert (type(at_once), type(grouped)) == (AllExperts, GroupedExperts)
    x = torch.randn(37, 48)
    with torch.inference_mode():
        assert torch.allclose(at_once(x), grouped(x), atol=1e-5)
