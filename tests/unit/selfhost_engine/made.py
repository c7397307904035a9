"""Small M3 models with random weights, of any shape the architecture allows."""

from __future__ import annotations

import random
from dataclasses import dataclass

import torch

from selfhost.checkpoint.writer import random_tensors
from selfhost.config import M3Config, read_config
from selfhost.engine.engine import Engine
from selfhost.engine.model import M3Model
from selfhost.engine.scheduler import Bounds
from selfhost.start import make_model, start

VOCABULARY = 128


@dataclass(frozen=True, slots=True)
class Small:
    """The choices that matter: block, topk, KV heads, and which layers are sparse or have experts."""

    block: int = 16
    topk: int = 4
    kv_heads: int = 2
    group: int = 2
    head_dim: int = 16
    local_blocks: int = 1
    layers: int = 3
    experts: int = 4
    per_token: int = 2
    seed: int = 1

    def document(self) -> dict[str, object]:
        """As a released config.json would say it, flat."""
        sparse = [layer > 0 for layer in range(self.layers)]
        return {
            "vocab_size": VOCABULARY, "hidden_size": 48, "intermediate_size": 24, "num_hidden_layers": self.layers,
            "num_attention_heads": self.kv_heads * self.group, "num_key_value_heads": self.kv_heads,
            "head_dim": self.head_dim, "max_position_embeddings": 65_536, "rms_norm_eps": 1e-6,
            "num_experts_per_tok": self.per_token, "num_local_experts": self.experts, "dense_intermediate_size": 64,
            "shared_intermediate_size": 24, "routed_scaling_factor": 2.0, "rotary_dim": self.head_dim // 2,
            "partial_rotary_factor": 0.5, "rope_theta": 5e6, "swiglu_alpha": 1.702, "swiglu_limit": 7.0,
            "moe_layer_freq": [int(each) for each in sparse], "bos_token_id": None, "eos_token_id": None,
            "sparse_attention_config": {
                "sparse_num_index_heads": self.kv_heads, "sparse_index_dim": self.head_dim,
                "sparse_block_size": self.block, "sparse_topk_blocks": self.topk,
                "sparse_local_block": self.local_blocks, "sparse_attention_freq": [int(each) for each in sparse],
            },
        }  # fmt: skip

    def config(self) -> M3Config:
        return read_config(self.document())

    def tensors(self) -> dict[str, torch.Tensor]:
        return random_tensors(self.config(), self.seed, scale=0.08)


def random_small(rng: random.Random) -> Small:
    """A shape drawn from all that the engine must be exact for."""
    block, topk = rng.choice((16, 64, 128)), rng.randint(1, 16)
    return Small(
        block=block,
        topk=topk,
        kv_heads=rng.choice((1, 2, 4)),
        group=rng.choice((1, 2, 4)),
        head_dim=rng.choice((8, 16, 32)),
        local_blocks=rng.randint(1, min(topk, 3)),
        layers=rng.randint(2, 4),
        experts=rng.choice((4, 8)),
        per_token=rng.choice((1, 2, 4)),
        seed=rng.randrange(1 << 30),
    )


def engine(small: Small, pages: int = 200, bounds: Bounds | None = None, *, compiled: bool = False) -> Engine:
    config, tensors = small.config(), small.tensors()
    model = make_model(config, tensors, torch.float32, "cpu") if compiled else M3Model(config, tensors)
    return start(model, pages, "cpu", bounds)


def prompts(rng: random.Random, lengths: tuple[int, ...]) -> list[list[int]]:
    return [[rng.randrange(VOCABULARY) for _ in range(length)] for length in lengths]
