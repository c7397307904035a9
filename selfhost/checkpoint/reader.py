"""Reads the tensors of a checkpoint directory: safetensors only, every name, shape and dtype checked before use.

MXFP8 (`weight_scale_inv`, OCP Microscaling v1.0): e4m3 values in blocks of 32 along the last dimension, each with a
power of two of exponent bias 127. They are dequantised while loading.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from selfhost.checkpoint.layout import NOT_TEXT, Shape, shapes
from selfhost.config import M3Config
from selfhost.errors import CheckpointError

_INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"
_SCALE = "_scale_inv"
_MX_BLOCK = 32
_MX_BIAS = 127
_PLAIN = (torch.bfloat16, torch.float16, torch.float32)


def read_tensors(directory: Path, config: M3Config, dtype: torch.dtype, device: str) -> dict[str, torch.Tensor]:
    """Returns every tensor of the text model by released name, as `dtype` (the router's stay float32).

    Raises:
        CheckpointError: a shard is missing or damaged, or a tensor is missing, unknown, of another shape or dtype.
    """
    wanted = shapes(config)
    files = _files(directory)
    _check_names(files, wanted)
    found: dict[str, torch.Tensor] = {}
    for path in sorted({files[name] for name in wanted}):
        names = [name for name in wanted if files[name] == path]
        found |= _read_shard(path, names, files, wanted, dtype, device)
    return found


def _files(directory: Path) -> Mapping[str, Path]:
    """Which shard holds which tensor."""
    index = directory / _INDEX
    if index.exists():
        try:
            weight_map = json.loads(index.read_text(encoding="utf-8"))["weight_map"]
            return {str(name): _inside(directory, str(file)) for name, file in weight_map.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise CheckpointError(f"{_INDEX} cannot be read") from None
    path = directory / _SINGLE
    with _opened(path) as shard:
        return dict.fromkeys(shard.keys(), path)


def _inside(directory: Path, name: str) -> Path:
    if Path(name).name != name or not name.endswith(".safetensors"):
        raise CheckpointError(f"{_INDEX} names a file that is not a safetensors file of the directory")
    return directory / name


def _check_names(files: Mapping[str, Path], wanted: Mapping[str, Shape]) -> None:
    missing = [name for name in wanted if name not in files]
    if missing:
        raise CheckpointError(f"{len(missing)} tensors are missing, the first is {missing[0]}")
    unknown = [
        name
        for name in files
        if name not in wanted and not name.startswith(NOT_TEXT) and name.removesuffix(_SCALE) not in wanted
    ]
    if unknown:
        raise CheckpointError(f"{len(unknown)} tensors are not known, the first is {unknown[0][:100]}")


def _opened(path: Path) -> safe_open:
    try:
        return safe_open(path, framework="pt", device="cpu")
    except (OSError, SafetensorError):
        raise CheckpointError(f"{path.name} is missing or damaged") from None


def _read_shard(
    path: Path,
    names: list[str],
    files: Mapping[str, Path],
    wanted: Mapping[str, Shape],
    dtype: torch.dtype,
    device: str,
) -> dict[str, torch.Tensor]:
    found = {}
    with _opened(path) as shard:
        for name in names:
            tensor = _tensor(shard, name)
            if tuple(tensor.shape) != wanted[name]:
                raise CheckpointError(f"{name} has shape {tuple(tensor.shape)} instead of {wanted[name]}")
            if tensor.dtype is torch.float8_e4m3fn:
                tensor = dequantized(tensor, _scale(shard, path, name, files))
            elif tensor.dtype not in _PLAIN:
                raise CheckpointError(f"{name} is of a dtype that is not known: {tensor.dtype}")
            found[name] = tensor.to(device=device, dtype=_kept_dtype(name, dtype))
    return found


def _kept_dtype(name: str, dtype: torch.dtype) -> torch.dtype:
    """Router weights stay float32: which experts are chosen must not depend on rounding."""
    return torch.float32 if name.endswith((".gate.weight", ".e_score_correction_bias")) else dtype


def _tensor(shard: safe_open, name: str) -> torch.Tensor:
    try:
        tensor: torch.Tensor = shard.get_tensor(name)
    except (OSError, SafetensorError):
        raise CheckpointError(f"{name} is damaged or not where the index says") from None
    return tensor


def _scale(shard: safe_open, path: Path, name: str, files: Mapping[str, Path]) -> torch.Tensor:
    scale = f"{name}{_SCALE}"
    if scale not in files:
        raise CheckpointError(f"{name} is quantised and has no {_SCALE.removeprefix('_')}")
    if files[scale] == path:
        return _tensor(shard, scale)
    with _opened(files[scale]) as other:
        return _tensor(other, scale)


def dequantized(values: torch.Tensor, exponents: torch.Tensor) -> torch.Tensor:
    """Returns e4m3 values `[rows, columns]` times 2^(exponent - 127), exponents `[rows, columns / 32]` uint8.

    Raises:
        CheckpointError: the exponents are not one per block.
    """
    rows, columns = values.shape[0], values.shape[-1]
    expected = (*values.shape[:-1], -(-columns // _MX_BLOCK))
    if exponents.dtype is not torch.uint8 or tuple(exponents.shape) != expected or columns % _MX_BLOCK:
        raise CheckpointError("a quantised tensor has not one exponent for each block of 32 values")
    scales = torch.exp2(exponents.float() - _MX_BIAS)
    return (values.float().view(rows, -1, _MX_BLOCK) * scales.view(rows, -1, 1)).view(values.shape)
