"""The cache operation against its definition, in Triton's interpreter."""

import pytest
import torch

from kernels.cases import relative_error
from kernels.msa import KernelArgumentError
from kernels.msa.cache import naive
from kernels.msa.cache.launch import norm_rope_insert
from kernels.msa.cache.operands import Caches, NormWeights, Projections
from kernels.msa.index.coarse import naive as coarse

ROWS, PAGES = 5, 3


def operands(q_heads: int, heads: int, seed: int) -> tuple[Projections, NormWeights, Caches]:
    generator = torch.Generator().manual_seed(seed)

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator).half()

    new = Projections(
        q=random(ROWS, q_heads, 128), k=random(ROWS, heads, 128), v=random(ROWS, heads, 128),
        idx_q=random(ROWS, heads, 128), idx_k=random(ROWS, 1, 128),
    )  # fmt: skip
    weights = NormWeights(*(0.3 * random(128) for _ in range(4)))
    return new, weights, Caches(kv=random(PAGES, heads, 128, 256), idx_k=random(PAGES, 128, 128))


@pytest.mark.parametrize(("q_heads", "heads"), [(16, 1), (12, 3), (8, 1)])
def test_normalises_rotates_and_stores_as_the_definition_does(q_heads: int, heads: int) -> None:
    new, weights, caches = operands(q_heads, heads, seed=6)
    table = naive.rotary_table(1000)
    positions = torch.tensor([0, 1, 127, 128, 999], dtype=torch.int32)
    slots = torch.tensor([256, 1, -1, 127, 300], dtype=torch.int32)
    want_caches = Caches(kv=caches.kv.clone(), idx_k=caches.idx_k.clone())
    want = naive.norm_rope_insert(new, weights, table, positions, slots, want_caches)
    got = norm_rope_insert(new, weights, table, positions, slots, caches)
    every_got, every_want = (*got, caches.kv, caches.idx_k), (*want, want_caches.kv, want_caches.idx_k)
    for got_part, want_part in zip(every_got, every_want, strict=True):
        assert relative_error(got_part, want_part.double()) < 1e-3


def test_a_cache_of_another_dtype_is_an_error() -> None:
    new, weights, caches = operands(16, 1, seed=7)
    wrong = Caches(kv=caches.kv.float(), idx_k=caches.idx_k)
    rows = torch.zeros(ROWS, dtype=torch.int32)
    with pytest.raises(KernelArgumentError, match="kv must be one of"):
        norm_rope_insert(new, weights, naive.rotary_table(4), rows, rows, wrong)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float8_e4m3fn])
def test_coarse_keys_of_new_tokens_are_written_beside_their_keys(dtype: torch.dtype) -> None:
    """And no other token's: the cache was encoded before. One key is longer than an fp8 cache can hold."""
    new, weights, caches = operands(16, 1, seed=8)
    weights.idx_k[5] = 700.0
    idx_k = caches.idx_k.to(dtype)
    caches = Caches(kv=caches.kv.to(dtype), idx_k=idx_k, coarse=coarse.encode(idx_k))
    positions = torch.arange(ROWS, dtype=torch.int32)
    slots = torch.tensor([256, 1, -1, 127, 300], dtype=torch.int32)
    before = caches.idx_k.float()
    norm_rope_insert(new, weights, naive.rotary_table(8), positions, slots, caches)
    assert not caches.idx_k.float().equal(before)
    assert caches.coarse is not None
    assert caches.coarse.pages.equal(coarse.encode(caches.idx_k).pages)


def test_the_definition_writes_the_same_coarse_keys() -> None:
    new, weights, caches = operands(16, 1, seed=9)
    caches = Caches(kv=caches.kv, idx_k=caches.idx_k, coarse=coarse.encode(caches.idx_k))
    slots = torch.tensor([256, 1, -1, 127, 300], dtype=torch.int32)
    naive.norm_rope_insert(new, weights, naive.rotary_table(8), torch.arange(ROWS), slots, caches)
    assert caches.coarse is not None
    assert caches.coarse.pages.equal(coarse.encode(caches.idx_k).pages)
