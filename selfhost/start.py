"""From weights to an engine: compiled or not, which attention, which cache, and whether decode passes are graphs."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec

import torch

from selfhost.config import M3Config
from selfhost.engine.attention import TorchAttention
from selfhost.engine.cache import PagedCache
from selfhost.engine.decoding import Decoder
from selfhost.engine.engine import Engine
from selfhost.engine.model import M3Model
from selfhost.engine.scheduler import Bounds
from selfhost.engine.weights import Tensors
from selfhost.operations import Model

COMPILED = "numba"
"""What `/health` and records call attention in compiled layers."""


def uncompiled(config: M3Config, dtype: torch.dtype, device: str) -> str:
    """Returns why the layers of a model cannot be compiled for the CPU, empty when they can."""
    outside = (config.hidden, config.heads * config.head_dim)
    inside = (config.expert_width, config.shared_width, config.dense_width)
    rules = {
        "a CPU": device == "cpu",
        "one thread": torch.get_num_threads() == 1,
        "float32": dtype == torch.float32,
        "widths that are multiples of four": not any(width % 4 for width in (*outside, *inside)),
        "numba, of the extra `engine`": find_spec("numba") is not None,
    }
    return "; ".join(rule for rule, holds in rules.items() if not holds)


def make_model(config: M3Config, tensors: Tensors, dtype: torch.dtype, device: str) -> Model:
    """Returns the model of these tensors, by released name: compiled where it can be, else torch's.

    The first time on a machine compiling takes some ten seconds; afterwards it is found on disk.
    """
    if uncompiled(config, dtype, device):
        return M3Model(config, tensors)
    from selfhost.compiled import CompiledModel  # noqa: PLC0415  (needs numba)

    return CompiledModel(config, tensors)


def unfit(config: M3Config, dtype: torch.dtype) -> str:
    """Returns why the kernels cannot serve this model, empty when they can. They have M3's own sizes only."""
    sparse = config.sparse
    selection = (sparse.block, sparse.topk, sparse.local_blocks)
    rules = {
        "16-bit weights": dtype in (torch.bfloat16, torch.float16),
        "blocks of 128, 16 selected, one of them local": selection == (128, 16, 1),
        "heads of 128 channels, half of them turned": (config.head_dim, sparse.index_dim, config.rotary_dim)
        == (128, 128, 64),
        "KV heads, and query heads for each, a power of two up to 16": {config.group, config.kv_heads}
        <= {1, 2, 4, 8, 16},
    }
    return "; ".join(rule for rule, holds in rules.items() if not holds)


def start(model: Model, pages: int, device: str, bounds: Bounds | None = None, *, graphs: bool = True) -> Engine:
    """Returns an engine with a cache of `pages`: the kernels on a GPU where they can serve the model, else torch.

    `graphs`: on a GPU, decode passes are captured. Which attention it became is `engine.attention.name`.
    """
    cache = PagedCache(model.config, pages, model.dtype, device)
    if device.startswith("cuda") and not unfit(model.config, model.dtype):
        from selfhost.engine.kernel_attention import KernelAttention  # noqa: PLC0415  (needs triton)

        table = model.rotary.table(min(model.config.context, cache.tokens))
        attention = KernelAttention(model.config.sparse, table)
        run = partial(model.forward, cache=cache, attention=attention)
        graphs = graphs and model.dtype == torch.bfloat16  # experts in float16 wait for the device
        return Engine(model, cache, attention, bounds, Decoder(run, cache.block, device, graphs=graphs))
    name = "torch" if isinstance(model, M3Model) else COMPILED
    return Engine(model, cache, TorchAttention(model.config.sparse, name), bounds)
