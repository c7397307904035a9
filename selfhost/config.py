"""The model's config.json, released (nested) or flat, read strictly: what is not understood is refused.

Two silent traps of lenient readers: without per-layer lists every layer becomes dense attention over experts, and
`rotary_dim` without effect rotates all channels. Here both are errors.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from selfhost.errors import ConfigError

_VISION = ("vision_config", "image_token_index", "video_token_index")
_SPARSE_NAMES = {
    "index_heads": ("index_n_heads", "sparse_num_index_heads"),
    "index_dim": ("index_head_dim", "sparse_index_dim"),
    "block": ("index_block_size", "sparse_block_size"),
    "topk": ("index_topk_blocks", "sparse_topk_blocks"),
    "local_blocks": ("index_local_blocks", "sparse_local_block"),
}
_MEANT: Mapping[str, tuple[object, ...]] = {
    "hidden_act": ("swigluoai", "silu"),
    "scoring_func": ("sigmoid",),
    "qk_norm_type": ("per_head",),
    "use_qk_norm": (True,),
    "use_gemma_norm": (True,),
    "tie_word_embeddings": (False,),
    "sparse_score_type": ("max",),
    "sparse_init_block": (0,),
}
"""What this engine computes, where a config says so at all. transformers writes `silu` and means `swigluoai`."""


@dataclass(frozen=True, slots=True)
class Sparse:
    """The block-sparse attention: an index of `index_heads` heads selects `topk` blocks of `block` tokens."""

    index_heads: int
    index_dim: int
    block: int
    topk: int
    local_blocks: int


@dataclass(frozen=True, slots=True)
class Yarn:
    """Rotary frequencies stretched for longer contexts than trained. Source: arXiv 2309.00071, sections 3.2 to 3.4.

    Channels that turn more than `fast` times over the `original` positions stay, those below `slow` turn `factor` times
    slower; `truncate` rounds the channels between outwards. cos and sin are multiplied by `amplitude`.
    """

    factor: float
    original: int
    fast: float
    slow: float
    truncate: bool
    amplitude: float


@dataclass(frozen=True, slots=True)
class M3Config:
    """One model. `sparse_layers[i]`: layer i selects blocks; `moe_layers[i]`: layer i has experts."""

    vocab_size: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    rotary_dim: int
    rope_theta: float
    norm_eps: float
    context: int
    experts: int
    experts_per_token: int
    expert_width: int
    shared_width: int
    dense_width: int
    routed_scale: float
    swiglu_alpha: float
    swiglu_limit: float
    sparse: Sparse
    sparse_layers: tuple[bool, ...]
    moe_layers: tuple[bool, ...]
    bos: int | None
    eos: tuple[int, ...]
    yarn: Yarn | None = None

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return len(self.sparse_layers)

    @property
    def group(self) -> int:
        """Query heads that share a KV head."""
        return self.heads // self.kv_heads


def load_config(directory: Path) -> M3Config:
    """Returns the config of a checkpoint directory.

    Raises:
        ConfigError: it cannot be read or is not one of this architecture.
    """
    try:
        document = json.loads((directory / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ConfigError("config.json cannot be read as JSON") from None
    if not isinstance(document, dict):
        raise ConfigError("config.json is not an object")
    return read_config(document)


def read_config(document: Mapping[str, object]) -> M3Config:
    """Returns the config in a released or flat document. Raises `ConfigError`."""
    nested = document.get("text_config", document)
    if not isinstance(nested, Mapping):
        raise ConfigError("text_config is not an object")
    fields = _Fields(nested)
    fields.check_meant()
    layers = fields.number("num_hidden_layers")
    head_dim = fields.number("head_dim")
    config = M3Config(
        vocab_size=fields.number("vocab_size"),
        hidden=fields.number("hidden_size"),
        heads=fields.number("num_attention_heads"),
        kv_heads=fields.number("num_key_value_heads"),
        head_dim=head_dim,
        rotary_dim=fields.rotary_dim(head_dim),
        rope_theta=fields.rope_theta(),
        norm_eps=fields.real("rms_norm_eps"),
        context=fields.number("max_position_embeddings"),
        experts=fields.number("num_local_experts"),
        experts_per_token=fields.number("num_experts_per_tok"),
        expert_width=fields.number("intermediate_size"),
        shared_width=fields.number("shared_intermediate_size"),
        dense_width=fields.number("dense_intermediate_size"),
        routed_scale=fields.real("routed_scaling_factor"),
        swiglu_alpha=fields.real("swiglu_alpha"),
        swiglu_limit=fields.real("swiglu_limit"),
        sparse=fields.sparse(),
        sparse_layers=fields.flags(
            "layer_types", "sparse_attention_freq", {"minimax_m3_sparse": True, "full_attention": False}, layers
        ),
        moe_layers=fields.flags("mlp_layer_types", "moe_layer_freq", {"sparse": True, "dense": False}, layers),
        bos=fields.optional("bos_token_id"),
        eos=fields.tokens("eos_token_id"),
        yarn=fields.yarn(),
    )
    _check(config)
    return config


def _check(config: M3Config) -> None:
    sparse = config.sparse
    rules = {
        "heads share KV heads evenly": config.heads % config.kv_heads == 0,
        "index heads equal KV heads": sparse.index_heads == config.kv_heads,
        "rotary channels are even and fit": config.rotary_dim % 2 == 0 and 0 < config.rotary_dim <= config.head_dim,
        "index channels hold the rotary channels": sparse.index_dim >= config.rotary_dim,
        "experts per token fit": 1 <= config.experts_per_token <= config.experts,
        "the local block is one of those selected": 1 <= sparse.local_blocks <= sparse.topk,
    }
    broken = [rule for rule, holds in rules.items() if not holds]
    if broken:
        raise ConfigError(f"config.json does not hold: {'; '.join(broken)}")


class _Fields:
    """Typed reads of one JSON object."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = fields
        sparse = fields.get("sparse_attention_config") or {}
        if not isinstance(sparse, Mapping):
            raise ConfigError("sparse_attention_config is not an object")
        self._sparse: Mapping[str, object] = sparse

    def check_meant(self) -> None:
        """Another activation, norm or selection would give other tokens, and no error anywhere."""
        for name, meant in _MEANT.items():
            stated = self._sparse.get(name, self._fields.get(name))
            if stated is not None and stated not in meant:
                raise ConfigError(f"{name}: only {', '.join(map(str, meant))} is known to this engine")

    def number(self, name: str) -> int:
        return _number(name, self._fields.get(name))

    def real(self, name: str) -> float:
        return _positive(name, self._fields.get(name))

    def optional(self, name: str) -> int | None:
        value = self._fields.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def tokens(self, name: str) -> tuple[int, ...]:
        value = self._fields.get(name)
        values = value if isinstance(value, list) else [value]
        return tuple(each for each in values if isinstance(each, int) and not isinstance(each, bool))

    def rope_theta(self) -> float:
        return _positive("rope_theta", self._rope().get("rope_theta", self._fields.get("rope_theta")))

    def yarn(self) -> Yarn | None:
        """What stretches the frequencies; `None` for the default kind, an error for any kind but these two."""
        rope = self._rope()
        kind = rope.get("rope_type", rope.get("type", "default"))
        if kind == "default":
            return None
        if kind != "yarn":
            raise ConfigError("rope_type: only `default` and `yarn` are known to this engine")
        factor = _positive("factor of yarn", rope.get("factor"))
        return Yarn(
            factor=factor,
            original=_number("original_max_position_embeddings", rope.get("original_max_position_embeddings")),
            fast=_positive("beta_fast", rope.get("beta_fast") or 32),
            slow=_positive("beta_slow", rope.get("beta_slow") or 1),
            truncate=rope.get("truncate", True) is not False,
            amplitude=_amplitude(rope, factor),
        )

    def rotary_dim(self, head_dim: int) -> int:
        """`partial_rotary_factor` counts; a `rotary_dim` beside it must say the same."""
        factor = self._rope().get("partial_rotary_factor", self._fields.get("partial_rotary_factor"))
        stated = self.optional("rotary_dim")
        if factor is None and stated is None:
            raise ConfigError("neither partial_rotary_factor nor rotary_dim says how many channels are rotated")
        if factor is None:
            return stated or 0
        if isinstance(factor, bool) or not isinstance(factor, int | float):
            raise ConfigError("partial_rotary_factor is not a number")
        rotated = int(head_dim * factor)
        if stated is not None and stated != rotated and "rope_parameters" not in self._fields:
            raise ConfigError("rotary_dim and partial_rotary_factor contradict each other")
        return rotated

    def _rope(self) -> Mapping[str, object]:
        rope = self._fields.get("rope_parameters") or self._fields.get("rope_scaling") or {}
        if not isinstance(rope, Mapping):
            raise ConfigError("rope_parameters is not an object")
        return rope

    def sparse(self) -> Sparse:
        values = {name: self._either(flat, nested) for name, (flat, nested) in _SPARSE_NAMES.items()}
        return Sparse(**values)

    def _either(self, flat: str, nested: str) -> int:
        return _number(flat, self._sparse.get(nested, self._fields.get(flat)))

    def flags(self, flat: str, nested: str, names: Mapping[str, bool], layers: int) -> tuple[bool, ...]:
        """One flag a layer, from names or from 0 and 1. Missing or of another length is an error, never a default."""
        named = self._fields.get(flat)
        listed = named if named is not None else self._sparse.get(nested, self._fields.get(nested))
        if not isinstance(listed, list) or len(listed) != layers:
            raise ConfigError(f"{flat} does not name each of the {layers} layers")
        flags = [names.get(each) if isinstance(each, str) else {0: False, 1: True}.get(each) for each in listed]
        if any(flag is None for flag in flags):
            raise ConfigError(f"{flat} names a kind of layer that is not known")
        return tuple(bool(flag) for flag in flags)


def _amplitude(rope: Mapping[str, object], factor: float) -> float:
    """The stated one, or that of the paper; DeepSeek's pair of `mscale` gives a ratio."""
    if rope.get("attention_factor") is not None:
        return _positive("attention_factor", rope["attention_factor"])
    over, under = rope.get("mscale"), rope.get("mscale_all_dim")
    log = math.log(max(factor, 1.0))
    if over and under:
        return (0.1 * _positive("mscale", over) * log + 1) / (0.1 * _positive("mscale_all_dim", under) * log + 1)
    return 0.1 * log + 1.0


def _positive(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ConfigError(f"{name} is not a positive number")
    return float(value)


def _number(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise ConfigError(f"{name} is not a positive integer")
    return value
