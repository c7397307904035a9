"""From a model to an engine: which attention, which cache, and whether decode passes are graphs."""

from __future__ import annotations

from functools import partial

import torch

from selfhost.engine.attention import TorchAttention
from selfhost.engine.cache import PagedCache
from selfhost.engine.decoding import Decoder
from selfhost.engine.engine import Engine
from selfhost.engine.model import M3Model
from selfhost.engine.scheduler import Bounds


def start(model: M3Model, pages: int, device: str, bounds: Bounds | None = None, *, graphs: bool = True) -> Engine:
    """Returns an engine with a cache of `pages`: the kernels on a GPU where they can serve the model, else torch.

    `graphs`: on a GPU, decode passes are captured. Which attention it became is `engine.attention.name`.
    """
    cache = PagedCache(model.config, pages, model.dtype, device)
    if device.startswith("cuda"):
        from selfhost.engine.kernel_attention import KernelAttention, unfit  # noqa: PLC0415  (needs triton)

        if not unfit(model.config, model.dtype):
            table = model.rotary.table(min(model.config.context, cache.tokens))
            attention = KernelAttention(model.config.sparse, table)
            run = partial(model.forward, cache=cache, attention=attention)
            graphs = graphs and model.dtype == torch.bfloat16  # experts in float16 wait for the device
            return Engine(model, cache, attention, bounds, Decoder(run, cache.block, device, graphs=graphs))
    return Engine(model, cache, TorchAttention(model.config.sparse), bounds)
