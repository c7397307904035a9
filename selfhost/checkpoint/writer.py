"""Writes a checkpoint in the released layout: for trained small models and for tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file

from selfhost.checkpoint.layout import shapes
from selfhost.config import M3Config
from selfhost.errors import CheckpointError


def write_checkpoint(
    directory: Path,
    document: Mapping[str, object],
    config: M3Config,
    tensors: Mapping[str, torch.Tensor],
    shards: int = 1,
) -> None:
    """Writes `document` as config.json and the tensors, by released name, in `shards` files.

    Raises:
        CheckpointError: the tensors are not exactly those of the config.
    """
    wanted = shapes(config)
    if {name: tuple(tensor.shape) for name, tensor in tensors.items()} != wanted:
        raise CheckpointError("the tensors are not those of the config")
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "config.json").write_text(json.dumps(document, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    names = sorted(wanted)
    if shards == 1:
        _save(directory / "model.safetensors", names, tensors)
        return
    weight_map: dict[str, str] = {}
    for number in range(shards):
        part = names[number::shards]
        file = f"model-{number + 1:05d}-of-{shards:05d}.safetensors"
        _save(directory / file, part, tensors)
        weight_map |= dict.fromkeys(part, file)
    index = {"metadata": {}, "weight_map": weight_map}
    (directory / "model.safetensors.index.json").write_text(
        json.dumps(index, indent=1, sort_keys=True), encoding="utf-8"
    )


def _save(path: Path, names: list[str], tensors: Mapping[str, torch.Tensor]) -> None:
    save_file({name: tensors[name].detach().cpu().contiguous() for name in names}, path, metadata={"format": "pt"})


def random_tensors(config: M3Config, seed: int, scale: float = 0.02) -> dict[str, torch.Tensor]:
    """Returns random float32 weights: normal with this deviation; norms and correction biases small but not zero."""
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(shape, generator=generator) * scale for name, shape in shapes(config).items()}
