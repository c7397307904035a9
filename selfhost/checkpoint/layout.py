"""The released names of tensors, and the shape each must have. Source: the released index and two independent ports.

    language_model.model.embed_tokens.weight                          [vocab, hidden]
    language_model.model.layers.N.self_attn.{q,k,v,o}_proj.weight     index_{q,k}_proj, {q,k}_norm, index_{q,k}_norm
    language_model.model.layers.N.block_sparse_moe.{gate, e_score_correction_bias, experts.E.{w1,w2,w3}, shared_experts}
    language_model.model.layers.N.mlp.{gate,up,down}_proj.weight      on dense layers
    language_model.model.norm.weight   language_model.lm_head.weight

w1 is the gate, w3 up, w2 down.
"""

from __future__ import annotations

from collections.abc import Iterator

from selfhost.config import M3Config

MODEL = "language_model.model"
HEAD = "language_model.lm_head.weight"
NOT_TEXT = ("vision_tower.", "multi_modal_projector.", "patch_merge_mlp.")
"""Tensors of the released model that a text engine does not read."""
Shape = tuple[int, ...]


def shapes(config: M3Config) -> dict[str, Shape]:
    """Returns the shape of every tensor of the text model, by released name."""
    found: dict[str, Shape] = {
        f"{MODEL}.embed_tokens.weight": (config.vocab_size, config.hidden),
        f"{MODEL}.norm.weight": (config.hidden,),
        HEAD: (config.vocab_size, config.hidden),
    }
    for layer in range(config.layers):
        prefix = f"{MODEL}.layers.{layer}"
        found |= {f"{prefix}.{name}": shape for name, shape in _layer(config, layer)}
    return found


def _layer(config: M3Config, layer: int) -> Iterator[tuple[str, Shape]]:
    yield "input_layernorm.weight", (config.hidden,)
    yield "post_attention_layernorm.weight", (config.hidden,)
    yield from ((f"self_attn.{name}", shape) for name, shape in _attention(config, sparse=config.sparse_layers[layer]))
    yield from (_experts(config) if config.moe_layers[layer] else _mlp("mlp", config.hidden, config.dense_width))


def _attention(config: M3Config, *, sparse: bool) -> Iterator[tuple[str, Shape]]:
    hidden, dim = config.hidden, config.head_dim
    yield "q_proj.weight", (config.heads * dim, hidden)
    yield "k_proj.weight", (config.kv_heads * dim, hidden)
    yield "v_proj.weight", (config.kv_heads * dim, hidden)
    yield "o_proj.weight", (hidden, config.heads * dim)
    yield "q_norm.weight", (dim,)
    yield "k_norm.weight", (dim,)
    if sparse:
        index = config.sparse.index_dim
        yield "index_q_proj.weight", (config.sparse.index_heads * index, hidden)
        yield "index_k_proj.weight", (index, hidden)
        yield "index_q_norm.weight", (index,)
        yield "index_k_norm.weight", (index,)


def _mlp(prefix: str, hidden: int, width: int) -> Iterator[tuple[str, Shape]]:
    yield f"{prefix}.gate_proj.weight", (width, hidden)
    yield f"{prefix}.up_proj.weight", (width, hidden)
    yield f"{prefix}.down_proj.weight", (hidden, width)


def _experts(config: M3Config) -> Iterator[tuple[str, Shape]]:
    hidden, width = config.hidden, config.expert_width
    yield "block_sparse_moe.gate.weight", (config.experts, hidden)
    yield "block_sparse_moe.e_score_correction_bias", (config.experts,)
    for expert in range(config.experts):
        yield f"block_sparse_moe.experts.{expert}.w1.weight", (width, hidden)
        yield f"block_sparse_moe.experts.{expert}.w2.weight", (hidden, width)
        yield f"block_sparse_moe.experts.{expert}.w3.weight", (width, hidden)
    yield from _mlp("block_sparse_moe.shared_experts", hidden, config.shared_width)
