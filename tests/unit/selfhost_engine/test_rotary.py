"""Contexts stretched by YaRN: the logits of transformers; other kinds of stretching are refused."""

from __future__ import annotations

import random

import pytest
import torch

from selfhost.config import read_config
from selfhost.engine.attention import TorchAttention
from selfhost.engine.batch import Row, build_batch
from selfhost.engine.cache import PagedCache
from selfhost.engine.model import M3Model
from selfhost.errors import ConfigError
from tests.unit.selfhost_engine.made import Small, prompts
from tests.unit.selfhost_engine.oracle import logits, reference

SMALL = Small(head_dim=32)
YARN = {"rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": 128, "rope_theta": 5e6,
        "partial_rotary_factor": 0.5}  # fmt: skip
STRETCHED = {
    "as released for a million tokens": {},
    "amplitude given": {"attention_factor": 0.9},
    "other bounds, not rounded": {"factor": 4.0, "beta_fast": 4.0, "beta_slow": 0.5, "truncate": False},
    "pair of mscale": {"factor": 8.0, "mscale": 1.0, "mscale_all_dim": 0.8},
}


@pytest.mark.parametrize("more", STRETCHED.values(), ids=STRETCHED)
def test_logits_of_a_stretched_context_are_those_of_the_reference(more: dict[str, object]) -> None:
    document = SMALL.document() | {"rope_parameters": YARN | more}
    config, tensors = read_config(document), SMALL.tensors()
    tokens = prompts(random.Random(5), (210,))[0]
    expected = logits(reference(document, tensors), tokens)
    cache = PagedCache(config, 20, torch.float32, "cpu")
    with torch.inference_mode():
        found = M3Model(config, tensors).forward(
            build_batch([Row(tokens, 0, list(range(1, 15)))], 16, "cpu"), cache, TorchAttention(config.sparse)
        )
    assert (found - expected).abs().max() < 1e-5


def test_the_older_place_of_the_fields_is_read_too() -> None:
    older = {"rope_scaling": {"type": "yarn", "factor": 2, "original_max_position_embeddings": 524_288}}
    found = read_config(SMALL.document() | older)
    assert found.yarn is not None
    assert (found.yarn.factor, found.yarn.original, found.rope_theta) == (2.0, 524_288, 5e6)
    assert read_config(SMALL.document()).yarn is None


@pytest.mark.parametrize("kind", ["linear", "dynamic", "longrope", "llama3", 3])
def test_other_kinds_are_refused(kind: object) -> None:
    with pytest.raises(ConfigError, match="only `default` and `yarn`"):
        read_config(SMALL.document() | {"rope_scaling": {"rope_type": kind, "factor": 2.0}})


@pytest.mark.parametrize("missing", ["factor", "original_max_position_embeddings"])
def test_what_yarn_needs_is_not_guessed(missing: str) -> None:
    rope = {name: value for name, value in YARN.items() if name != missing}
    with pytest.raises(ConfigError, match=missing.partition("_")[0]):
        read_config(SMALL.document() | {"rope_parameters": rope})
