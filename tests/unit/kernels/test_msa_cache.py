"""The cache operation against its definition, in Triton's interpreter."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch
import triton
import triton.language as tl
from triton.runtime import interpreter

from kernels.cases import relative_error
from kernels.msa import KernelArgumentError
from kernels.msa.cache import naive
from kernels.msa.cache.launch import norm_rope_insert
from kernels.msa.cache.operands import Caches, NormWeights, Projections
from kernels.msa.index.coarse import naive as coarse

ROWS, PAGES = 5, 3
FP8 = torch.float8_e4m3fn
SLOTS = torch.tensor([256, 1, -1, 127, 300], dtype=torch.int32)
Change = Callable[[torch.Tensor], torch.Tensor]


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
    want_caches = Caches(kv=caches.kv.clone(), idx_k=caches.idx_k.clone())
    want = naive.norm_rope_insert(new, weights, table, positions, SLOTS, want_caches)
    got = norm_rope_insert(new, weights, table, positions, SLOTS, caches)
    every_got, every_want = (*got, caches.kv, caches.idx_k), (*want, want_caches.kv, want_caches.idx_k)
    for got_part, want_part in zip(every_got, every_want, strict=True):
        assert relative_error(got_part, want_part.double()) < 1e-3


def in_fp8(caches: Caches) -> Caches:
    return Caches(kv=caches.kv.to(FP8), idx_k=caches.idx_k.to(FP8))


def codes(caches: Caches) -> torch.Tensor:
    return torch.cat([part.view(torch.uint8).flatten() for part in (caches.kv, caches.idx_k)])


@pytest.fixture
def _rounds_as_gpus_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Triton's interpreter loses the carry of a mantissa that rounds up, so 1.99 becomes 1 in e4m3. Here it is kept.

    What is beyond e4m3 becomes no number, as in a conversion that does not saturate by itself.
    """
    before = interpreter._convert_float

    def convert(data: np.ndarray, source: tl.dtype, target: tl.dtype, rounding: Any) -> np.ndarray:
        if target != tl.float8e4nv:
            return before(data, source, target, rounding)
        wide = torch.tensor(data)
        code = wide.to(FP8).view(torch.uint8)
        return torch.where(wide.abs() > 464, 0x7F, code).to(torch.uint8).numpy()

    monkeypatch.setattr(interpreter, "_convert_float", convert)


@pytest.mark.usefixtures("_rounds_as_gpus_do")
@pytest.mark.parametrize(("q_heads", "heads"), [(16, 1), (12, 3)])
def test_an_fp8_cache_holds_what_the_definition_stores(q_heads: int, heads: int) -> None:
    """To the bit, but for values that sums in another order put on the other side of a half."""
    new, weights, caches = operands(q_heads, heads, seed=10)
    table, positions = naive.rotary_table(1000), torch.tensor([0, 1, 127, 128, 999], dtype=torch.int32)
    got, want = in_fp8(caches), in_fp8(caches)
    before = codes(got)
    queries = norm_rope_insert(new, weights, table, positions, SLOTS, got)
    defined = naive.norm_rope_insert(new, weights, table, positions, SLOTS, want)
    assert all(relative_error(one, other.double()) < 1e-3 for one, other in zip(queries, defined, strict=True))
    assert (codes(want) != before).sum() > 0.9 * 4 * (heads * 256 + 128)
    assert (codes(got) != codes(want)).sum() <= 2


@pytest.mark.usefixtures("_rounds_as_gpus_do")
def test_an_fp8_cache_saturates_as_the_definition_does() -> None:
    """Keys, index keys and values beyond 448, and infinite values, become 448 of their sign."""
    new, weights, caches = operands(16, 1, seed=11)
    beyond = torch.tensor([448.0, 449, 463.75, 464, 464.25, 480, 500, 1000, 65504, torch.inf]).half()
    new.v[:, 0, :20] = torch.cat([beyond, -beyond])
    for weight in (weights.k, weights.idx_k):
        weight[70:90] = 3000.0
    table, positions = naive.rotary_table(8), torch.arange(ROWS)
    got, want = in_fp8(caches), in_fp8(caches)
    norm_rope_insert(new, weights, table, positions, SLOTS, got)
    naive.norm_rope_insert(new, weights, table, positions, SLOTS, want)
    assert (codes(got) != codes(want)).sum() <= 2
    kept = SLOTS >= 0
    lines = got.kv[:, 0].flatten(0, 1)[SLOTS[kept].long()].float()
    assert lines[:, 128:148].tolist() == [[448.0] * 10 + [-448.0] * 10] * 4
    idx_k = got.idx_k.flatten(0, 1)[SLOTS[kept].long()].float()
    for stored, x, weight in ((lines[:, :128], new.k, weights.k), (idx_k, new.idx_k, weights.idx_k)):
        exact = naive.norm_rope(x, weight, table, positions, eps=1e-6)[kept, 0]
        large = exact.abs() > 448
        assert large.sum() > 40
        assert stored[large].equal(448 * exact[large].sign())


def insert(changes: dict[str, Change], *, debug: bool = False) -> Caches:
    """Insert operands of which some are changed, and return the caches."""
    new, weights, caches = operands(16, 2, seed=7)
    each = {f"new.{field.name}": getattr(new, field.name) for field in fields(new)}
    each |= {f"weights.{field.name}": getattr(weights, field.name) for field in fields(weights)}
    each |= {"kv": caches.kv, "idx_k": caches.idx_k, "table": naive.rotary_table(4), "slots": SLOTS}
    each["positions"] = torch.zeros(ROWS, dtype=torch.int32)
    each |= {name: change(each[name]) for name, change in changes.items()}
    new, weights = (
        kind(*(each[f"{part}.{field.name}"] for field in fields(kind)))
        for part, kind in (("new", Projections), ("weights", NormWeights))
    )
    caches = Caches(each["kv"], each["idx_k"])
    norm_rope_insert(new, weights, each["table"], each["positions"], each["slots"], caches, debug=debug)
    return caches


FAULTS: dict[str, tuple[str, Change, str]] = {
    "dtype of a cache": ("kv", lambda t: t.float(), "kv must be one of"),
    "block size": ("kv", lambda t: t[:, :, :64].contiguous(), "kv must have shape"),
    "no heads": ("kv", lambda t: t[:, 0], "kv must have shape"),
    "pages of index keys": ("idx_k", lambda t: t[1:].contiguous(), "idx_k cache must have shape"),
    "dtypes of caches": ("idx_k", lambda t: t.to(FP8), "idx_k cache must be one of"),
    "heads": ("new.k", lambda t: t[:, :1].contiguous(), "k must have shape"),
    "rows": ("new.v", lambda t: t[1:].contiguous(), "v must have shape"),
    "channels": ("new.q", lambda t: t[..., :64].contiguous(), "q must have shape"),
    "strides": ("new.idx_q", lambda t: torch.stack([t, t], -1)[..., 0], "idx_q must be contiguous"),
    "index key heads": ("new.idx_k", lambda t: t.repeat(1, 2, 1), "idx_k must have shape"),
    "weights": ("weights.idx_k", lambda t: t[:64].contiguous(), "weights.idx_k must have shape"),
    "table": ("table", lambda t: t.half(), "table must be one of"),
    "positions": ("positions", lambda t: t.float(), "positions must be one of"),
    "slots": ("slots", lambda t: t[1:].contiguous(), "slots must have shape"),
}


@pytest.mark.parametrize(("name", "change", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_operands_that_do_not_fit_are_refused(name: str, change: Change, message: str) -> None:
    with pytest.raises(KernelArgumentError, match=message):
        insert({name: change})


def test_operands_must_be_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triton.knobs.runtime, "interpret", False)
    with pytest.raises(KernelArgumentError, match="tensors must be on a CUDA device, got cpu"):
        insert({})


PLACES: dict[str, tuple[str, list[int], str]] = {
    "a position past the table": ("positions", [0, 1, 2, 3, 4], "positions must be 0 to 3"),
    "a position before it": ("positions", [0, 1, -1, 3, 3], "positions must be 0 to 3"),
    "a slot past the pages": ("slots", [256, 1, -1, 127, 384], "slots must be at most 383; the caches have 3 pages"),
    "a slot of two rows": ("slots", [256, 1, -1, 127, 256], "slots name a token twice"),
}


@pytest.mark.parametrize(("name", "values", "message"), PLACES.values(), ids=PLACES.keys())
def test_debug_mode_finds_bad_places(name: str, values: list[int], message: str) -> None:
    with pytest.raises(KernelArgumentError, match=message):
        insert({name: lambda t: torch.tensor(values, dtype=t.dtype)}, debug=True)


def test_debug_mode_accepts_padding_and_the_last_slot() -> None:
    last = {"slots": lambda t: torch.tensor([383, -1, -1, 0, 1], dtype=t.dtype)}
    assert insert(last, debug=True).kv.equal(insert(last).kv)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float8_e4m3fn])
def test_coarse_keys_of_new_tokens_are_written_beside_their_keys(dtype: torch.dtype) -> None:
    """And no other token's: the cache was encoded before. One key is longer than an fp8 cache can hold."""
    new, weights, caches = operands(16, 1, seed=8)
    weights.idx_k[5] = 700.0
    idx_k = caches.idx_k.to(dtype)
    caches = Caches(kv=caches.kv.to(dtype), idx_k=idx_k, coarse=coarse.encode(idx_k))
    positions = torch.arange(ROWS, dtype=torch.int32)
    before = caches.idx_k.float()
    norm_rope_insert(new, weights, naive.rotary_table(8), positions, SLOTS, caches)
    assert not caches.idx_k.float().equal(before)
    assert caches.coarse is not None
    assert caches.coarse.pages.equal(coarse.encode(caches.idx_k).pages)


def test_the_definition_writes_the_same_coarse_keys() -> None:
    new, weights, caches = operands(16, 1, seed=9)
    caches = Caches(kv=caches.kv, idx_k=caches.idx_k, coarse=coarse.encode(caches.idx_k))
    naive.norm_rope_insert(new, weights, naive.rotary_table(8), torch.arange(ROWS), SLOTS, caches)
    assert caches.coarse is not None
    assert caches.coarse.pages.equal(coarse.encode(caches.idx_k).pages)
