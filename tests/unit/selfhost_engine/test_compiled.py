"""The compiled layers of a CPU: which models have them, and that they compute what torch does.

Their greedy tokens stand beside transformers' in `test_token_exact.py`, as torch's do.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Mapping

import numpy as np
import pytest
import torch

from kernels.cpu import fused
from selfhost.checkpoint.writer import random_tensors
from selfhost.config import M3Config, read_config
from selfhost.engine.attention import TorchAttention
from selfhost.engine.batch import Row, build_batch
from selfhost.engine.cache import PagedCache
from selfhost.engine.model import M3Model
from selfhost.engine.request import Sampling
from selfhost.operations import Model
from selfhost.start import make_model, start, uncompiled
from tests.unit.selfhost_engine.made import Small, prompts

SHAPES = {
    "some selected": Small(),
    "one query head for each KV head": Small(kv_heads=4, group=1),
    "heads of 128": Small(head_dim=128, kv_heads=1, group=4),
    "large blocks, two local": Small(block=64, topk=3, local_blocks=2),
    "one expert for each token": Small(per_token=1, experts=8),
    "all experts for each token": Small(per_token=4),
}


def in_16_bits(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The same weights, rounded to what bfloat16 can say."""
    return {name: each.bfloat16().float() for name, each in tensors.items()}


def logits(model: Model, small: Small, asked: list[list[int]]) -> torch.Tensor:
    """Of all tokens: prompts in one pass, a second piece of each, then one token more of each."""
    cache = PagedCache(model.config, 200, torch.float32, "cpu")
    pages = [list(range(1 + 40 * n, 41 + 40 * n)) for n in range(len(asked))]
    found = []
    for begin, end in ((0, -9), (-9, -1), (-1, None)):
        rows = [
            Row(each[begin:end], len(each[:begin]) if begin else 0, own) for each, own in zip(asked, pages, strict=True)
        ]
        with torch.inference_mode():
            batch = build_batch(rows, small.block, "cpu")
            found.append(model.forward(batch, cache, TorchAttention(model.config.sparse)))
    return torch.cat(found)


@pytest.mark.parametrize("bits", [16, 32])
@pytest.mark.parametrize("small", SHAPES.values(), ids=SHAPES)
def test_logits_are_those_of_torch(small: Small, bits: int) -> None:
    tensors = in_16_bits(small.tensors()) if bits == 16 else small.tensors()
    asked = prompts(random.Random(3), (11, 70, 205))
    compiled = make_model(small.config(), tensors, torch.float32, "cpu")
    assert not isinstance(compiled, M3Model)
    found = logits(compiled, small, asked)
    assert (found - logits(M3Model(small.config(), tensors), small, asked)).abs().max() < 2e-5


def test_index_heads_may_be_narrower_than_heads() -> None:
    document = Small(head_dim=32).document()
    document["sparse_attention_config"] |= {"sparse_index_dim": 24}
    config = read_config(document)
    tensors = random_tensors(config, 5, scale=0.08)
    asked = prompts(random.Random(4), (33, 150))
    models = make_model(config, tensors, torch.float32, "cpu"), M3Model(config, tensors)
    found, expected = (logits(model, Small(), asked) for model in models)
    assert (found - expected).abs().max() < 2e-5


@pytest.mark.parametrize("wanted", [[0], [3, 80], [1, 2, 5, 7, 80]])
def test_only_wanted_rows_are_returned(wanted: list[int]) -> None:
    small = Small()
    model = make_model(small.config(), small.tensors(), torch.float32, "cpu")
    cache, attention = PagedCache(model.config, 20, torch.float32, "cpu"), TorchAttention(model.config.sparse)
    batch = build_batch([Row(prompts(random.Random(6), (81,))[0], 0, list(range(1, 7)))], small.block, "cpu")
    with torch.inference_mode():
        every = model.forward(batch, cache, attention)
        some = model.forward(batch, cache, attention, torch.tensor(wanted))
    assert torch.equal(some, every[wanted])


UNCOMPILED = {
    "a GPU": ({}, torch.float32, "cuda", "a CPU"),
    "16 bits": ({}, torch.bfloat16, "cpu", "float32"),
    "an odd width": (
        {"intermediate_size": 26, "shared_intermediate_size": 26},
        torch.float32,
        "cpu",
        "multiples of four",
    ),
}


@pytest.mark.parametrize(("other", "dtype", "device", "reason"), UNCOMPILED.values(), ids=UNCOMPILED)
def test_other_models_are_left_to_torch(other: dict[str, int], dtype: torch.dtype, device: str, reason: str) -> None:
    config: M3Config = read_config(Small().document() | other)
    assert reason in uncompiled(config, dtype, device)
    assert uncompiled(Small().config(), torch.float32, "cpu") == ""


def test_several_threads_are_left_to_torch() -> None:
    torch.set_num_threads(2)
    try:
        assert uncompiled(Small().config(), torch.float32, "cpu") == "one thread"
    finally:
        torch.set_num_threads(1)


def test_without_numba_the_tokens_are_the_same_and_the_name_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    small, asked = Small(), prompts(random.Random(8), (20, 90))
    answers = {}
    for installed in (True, False):
        if not installed:
            monkeypatch.setitem(sys.modules, "numba", None)
        run = start(make_model(small.config(), small.tensors(), torch.float32, "cpu"), 60, "cpu")
        answers[run.attention.name] = run.generate(asked, Sampling(20))
    assert set(answers) == {"numba", "torch"}
    assert answers["numba"] == answers["torch"]


def test_exponentials_are_exact_to_two_units() -> None:
    values = np.linspace(-87, 88, 100_001, dtype=np.float32)
    expected = np.exp(values.astype(np.float64))
    found = np.array([fused.exp(value) for value in values])
    assert np.abs(found / expected - 1).max() < 2.5e-7


def test_function_that_cannot_be_kept_on_disk_is_compiled_all_the_same() -> None:
    made: dict[str, Callable[[int], int]] = {}
    exec("def twice(x):\n    return 2 * x", made)  # no file, so no place beside it
    assert fused._called(made["twice"])(4) == 8
