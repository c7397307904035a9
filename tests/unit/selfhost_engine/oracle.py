"""The same weights in transformers' MiniMax M3, in float32: what every token of the engine is compared with.

transformers lies in `.oracle`, put there by `scripts/torch-packages`; elsewhere the installed one is taken.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import torch

ORACLE = Path(__file__).parents[3] / ".oracle" / "transformers-5.17.0"


def reference(document: Mapping[str, object], tensors: Mapping[str, torch.Tensor]) -> torch.nn.Module:
    """transformers' model with these weights, by released name. Raises when a name is left over on either side."""
    if ORACLE.exists():
        sys.path.append(str(ORACLE))
    elif find_spec("transformers") is None:
        raise RuntimeError("run scripts/torch-packages: transformers is not there")
    from transformers.models.minimax_m3_vl import MiniMaxM3VLTextConfig
    from transformers.models.minimax_m3_vl.modeling_minimax_m3_vl import MiniMaxM3VLForCausalLM

    ours = ("partial_rotary_factor", "rope_theta", "rope_parameters")
    fields = {name: value for name, value in document.items() if name not in ours}
    rope = {"rope_type": "default", **{name: document[name] for name in ours[:2]}}
    config = MiniMaxM3VLTextConfig(**fields, rope_parameters=document.get("rope_parameters", rope))
    config._attn_implementation = "eager"
    model = MiniMaxM3VLForCausalLM(config).eval()
    model.load_state_dict(_renamed(tensors, config.num_local_experts), strict=True)
    return model


def _renamed(tensors: Mapping[str, torch.Tensor], experts: int) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = {}
    for released, tensor in tensors.items():
        name = released.removeprefix("language_model.").replace(".block_sparse_moe.", ".mlp.")
        name = name.replace(".e_score_correction_bias", ".gate.e_score_correction_bias")
        found[re.sub(r"self_attn\.index_([qk]_(?:proj|norm))", r"self_attn.indexer.\1", name)] = tensor
    for gate in [name for name in found if name.endswith(".gate_proj.weight")]:
        merged = gate.replace(".gate_proj.", ".gate_up_proj.")
        found[merged] = torch.cat((found.pop(gate), found.pop(gate.replace(".gate_proj.", ".up_proj."))))
    for first in [name for name in found if name.endswith(".experts.0.w1.weight")]:
        prefix = first.removesuffix(".0.w1.weight")
        parts = [[found.pop(f"{prefix}.{e}.{w}.weight") for w in ("w1", "w3", "w2")] for e in range(experts)]
        found[f"{prefix}.gate_up_proj"] = torch.stack([torch.cat((gate, up)) for gate, up, _ in parts])
        found[f"{prefix}.down_proj"] = torch.stack([down for _, _, down in parts])
    return found


@torch.no_grad()
def greedy(model: torch.nn.Module, prompts: Sequence[Sequence[int]], tokens: int) -> list[list[int]]:
    """The reference's own greedy answer to each prompt, one prompt at a time."""
    return [_greedy(model, torch.tensor([prompt], device=_device(model)), tokens) for prompt in prompts]


def _device(model: torch.nn.Module) -> torch.device:
    return next(model.parameters()).device


def _greedy(model: torch.nn.Module, prompt: torch.Tensor, tokens: int) -> list[int]:
    # Without a mask, `generate` takes every token equal to `pad_token_id` in the prompt for padding.
    mask = torch.ones_like(prompt)
    out = model.generate(prompt, attention_mask=mask, max_new_tokens=tokens, do_sample=False, pad_token_id=0)
    answer: list[int] = out[0][prompt.shape[1] :].tolist()
    return answer


@torch.no_grad()
def logits(model: torch.nn.Module, tokens: Sequence[int]) -> torch.Tensor:
    """The reference's logits at every position: `[tokens, vocab]`."""
    found: torch.Tensor = model(torch.tensor([tokens])).logits[0]
    return found
