"""Every greedy token equals transformers' own, in float32: a slice of it here, the whole by command.

pytest -m slow tests/unit/selfhost_engine/test_token_exact.py           1,008 sequences over 24 random models
python -m tests.unit.selfhost_engine.campaign --processes 16           the same without pytest, on many cores
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product

import pytest
import torch

from selfhost.compiled import CompiledModel
from selfhost.engine.attention import TorchAttention
from selfhost.engine.batch import Row, build_batch
from selfhost.engine.cache import PagedCache
from selfhost.engine.model import M3Model
from selfhost.engine.request import Sampling
from selfhost.engine.scheduler import Bounds
from selfhost.operations import Model
from tests.unit.selfhost_engine.made import Small, engine, prompts, random_small
from tests.unit.selfhost_engine.oracle import greedy, logits, reference

BOUNDS = {
    "room for all": (400, Bounds()),
    "small pieces": (400, Bounds(pass_tokens=33, requests=5)),
    "preemption": (0, Bounds(pass_tokens=64)),
}
RANDOM_MODELS, PARTS = 24, 6
MODELS = [Small(), Small(block=64, topk=2, kv_heads=1, group=4), Small(topk=1, kv_heads=4, local_blocks=1, per_token=1)]


def tight_pages(asked: list[list[int]], block: int, tokens: int) -> int:
    """Pages for the two longest requests together: the others must give up theirs again and again."""
    longest = sorted(-(-(len(prompt) + tokens) // block) for prompt in asked)[-2:]
    return sum(longest) + 1


def check(small: Small, lengths: tuple[int, ...], tokens: int, kinds: tuple[str, ...], seed: int) -> int:
    """Compares every kind of run, by torch and compiled, with the reference; returns how many were preempted."""
    asked = prompts(random.Random(seed), lengths)
    asked.append(asked[-1][: len(asked[-1]) * 2 // 3] + asked[0])  # shares a prefix
    expected = greedy(reference(small.document(), small.tensors()), asked, tokens)
    preempted = 0
    for kind, compiled in product(kinds, (False, True)):
        pages, bounds = BOUNDS[kind]
        run = engine(small, pages or tight_pages(asked, small.block, tokens), bounds, compiled=compiled)
        assert run.attention.name == ("numba" if compiled else "torch")
        name = f"{kind}, {run.attention.name}"
        assert run.generate(asked, Sampling(tokens)) == expected, name
        assert run.generate(asked, Sampling(tokens)) == expected, f"{name}, with prefixes in the cache"
        preempted += run.scheduler.preemptions
    return preempted


def check_part(seed: int, part: int) -> int:
    """Seven sequences of one random model, each in both kinds of run and again with prefixes in the cache."""
    small = random_small(random.Random(seed))
    rng = random.Random(f"{seed}/{part}")
    reach = small.block * (small.topk + 3)
    lengths = tuple(rng.randint(1, min(900, max(40, reach))) for _ in range(6))
    return check(small, lengths, 12, ("small pieces", "preemption"), seed * PARTS + part)


@pytest.mark.parametrize("small", MODELS, ids=str)
def test_greedy_tokens_are_those_of_the_reference(small: Small) -> None:
    preempted = check(small, (5, 17, 40, 130, 201), 8, tuple(BOUNDS), seed=3)
    assert preempted > 0


@pytest.mark.parametrize("kind", [M3Model, CompiledModel])
def test_logits_are_those_of_the_reference_at_every_position(kind: Callable[..., Model]) -> None:
    small = Small()
    tokens = prompts(random.Random(5), (210,))[0]
    expected = logits(reference(small.document(), small.tensors()), tokens)
    config = small.config()
    model, cache = kind(config, small.tensors()), PagedCache(config, 20, torch.float32, "cpu")
    batch = build_batch([Row(tokens, 0, list(range(1, 15)))], small.block, "cpu")
    with torch.inference_mode():
        found = model.forward(batch, cache, TorchAttention(config.sparse), torch.arange(210))
    assert (found - expected).abs().max() < 1e-5


def test_selection_matters_in_these_models() -> None:
    """Were everything selected, a wrong selection would not show: the same weights must differ with more blocks."""
    few, many = (Small(topk=topk) for topk in (2, 16))
    asked = prompts(random.Random(5), (210,))
    assert engine(few).generate(asked, Sampling(12)) != engine(many).generate(asked, Sampling(12))


@pytest.mark.slow
@pytest.mark.timeout(0)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("seed", range(RANDOM_MODELS))
def test_a_thousand_sequences_over_random_models(seed: int, part: int) -> None:
    check_part(seed, part)
