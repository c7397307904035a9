"""vLLM's M3 with our kernels in its sparse layers. Imported by vLLM only, in a process that has it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

import torch
from vllm.forward_context import get_forward_context
from vllm.models.minimax_m3.common.indexer import MiniMaxM3IndexerTritonImpl
from vllm.models.minimax_m3.common.ops.index_topk import (
    minimax_m3_index_decode,
    minimax_m3_index_score,
    minimax_m3_index_topk,
)
from vllm.models.minimax_m3.common.ops.sparse_attn import minimax_m3_sparse_attn, minimax_m3_sparse_attn_decode
from vllm.models.minimax_m3.common.sparse_attention import MiniMaxM3SparseTritonImpl
from vllm.models.minimax_m3.nvidia.model import MiniMaxM3SparseAttention, MiniMaxM3SparseForCausalLM

from kernels import msa
from kernels.msa.layout import BLOCK, DIM, TOPK
from selfhost.operations import Msa
from selfhost.vllm_plugin.adapter import Attend, Fuse, Metadata, Selection
from selfhost.vllm_plugin.selftest import Shape, reason_to_keep_stock
from selfhost.vllm_plugin.state import Kernels, State, note
from selfhost.vllm_plugin.stock import Functions, stock_of

if TYPE_CHECKING:
    from vllm.config import VllmConfig

_log = logging.getLogger(__name__)
_FUNCTIONS = Functions(
    minimax_m3_index_score,
    minimax_m3_index_topk,
    minimax_m3_index_decode,
    minimax_m3_sparse_attn,
    minimax_m3_sparse_attn_decode,
)
_WIDE = {"auto", "bfloat16", "float16"}


class OurM3(MiniMaxM3SparseForCausalLM):
    """The stock model, whose sparse layers run our kernels where the self-test agrees; else it stays stock."""

    def __init__(self, *, vllm_config: VllmConfig, prefix: str = "") -> None:
        super().__init__(vllm_config=vllm_config, prefix=prefix)
        layers = [each.self_attn for each in self.model.layers if hasattr(each, "self_attn")]
        dtype = vllm_config.model_config.dtype
        state = engage([each for each in layers if isinstance(each, MiniMaxM3SparseAttention)], dtype)
        _log.warning("M3 sparse layers: %s kernels in %d layers%s", state.kernels, state.layers, _because(state))
        note(state)


def _because(state: State) -> str:
    return f" ({state.reason})" if state.reason else ""


def engage(layers: Iterable[MiniMaxM3SparseAttention], dtype: torch.dtype, ours: Msa = msa) -> State:
    """Gives the layers our kernels, all or none, and returns what runs now. Never raises."""
    found = list(layers)
    try:
        reason = _reason_to_keep_stock(found, dtype, ours)
        if not reason:
            for layer in found:
                _swap(layer, ours)
    except Exception as error:  # noqa: BLE001  (the boundary to vLLM: an error here would end the server)
        reason = f"ours could not be tried: {type(error).__name__}"
    return State(Kernels.STOCK, reason) if reason else State(Kernels.OURS, layers=len(found))


def _reason_to_keep_stock(layers: list[MiniMaxM3SparseAttention], dtype: torch.dtype, ours: Msa) -> str:
    if not layers:
        return "the model has no sparse layer on this rank"
    unfit = next((reason for layer in layers if (reason := _unfit(layer))), "")
    if unfit:
        return unfit
    first = layers[0]
    device = str(first.topk_indices_buffer.device)
    shape = Shape(first.num_heads, first.num_kv_heads, dtype)
    return reason_to_keep_stock(ours, stock_of(_FUNCTIONS, first.impl.scale), shape, device)


def _unfit(layer: MiniMaxM3SparseAttention) -> str:
    index = layer.indexer.impl
    rules = {
        "stock does not run its generic kernels here": type(layer.impl) is MiniMaxM3SparseTritonImpl
        and type(index) is MiniMaxM3IndexerTritonImpl,
        "another block, selection or head size": (index.block_size, index.topk_blocks, index.index_head_dim)
        == (BLOCK, TOPK, DIM)
        and layer.head_dim == DIM,
        "another selection rule": (index.init_blocks, index.local_blocks, index.score_type) == (0, 1, "max"),
        "a cache of eight bits": layer.kv_cache_dtype in _WIDE and index.indexer_kv_dtype == "bf16",
        "no buffer of selections": index.topk_indices_buffer is not None,
    }
    return next((reason for reason, holds in rules.items() if not holds), "")


def metadata_of(name: str) -> Metadata | None:
    """Returns vLLM's metadata of this pass; `None` in a profiling run."""
    found = get_forward_context().attn_metadata
    return found[name] if isinstance(found, dict) else None


def _swap(layer: MiniMaxM3SparseAttention, ours: Msa) -> None:
    stock_index, buffer = layer.indexer.impl, layer.indexer.impl.topk_indices_buffer
    fuse = Fuse(partial(_refused, layer.layer_name))
    selection = Selection(ours, stock_index.num_index_heads, stock_index.index_head_dim, buffer, metadata_of)
    layer.indexer.impl = OurIndexer(stock_index, selection, fuse)
    attend = Attend(ours, layer.num_heads, layer.head_dim, buffer, metadata_of)
    layer.impl = OurAttention(layer.impl, attend, fuse)


def _refused(name: str, reason: str) -> None:
    _log.warning("stock kernels from now on in %s: %s", name, reason)
    note(State(Kernels.STOCK, f"{name}: {reason}"))


class OurIndexer(torch.nn.Module):
    """In the place of the indexer's kernels. The stock one inside keeps its cache: a second would be a duplicate."""

    def __init__(self, stock: MiniMaxM3IndexerTritonImpl, selection: Selection, fuse: Fuse) -> None:
        super().__init__()
        self.stock = stock
        self._selection = selection
        self._fuse = fuse
        self.topk_indices_buffer = stock.topk_indices_buffer
        self.num_index_heads = stock.num_index_heads

    @property
    def index_cache(self) -> torch.nn.Module:
        """The stock indexer's cache, which the layer writes to."""
        found: torch.nn.Module = self.stock.index_cache
        return found

    def forward(self, index_query: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor | None]:
        """Fills the shared buffer; nothing is returned, for nobody reads it."""
        cache = self.stock.index_cache
        if not self._fuse.tried(partial(self._selection.select, cache.prefix, index_query, cache.kv_cache)):
            self.stock(index_query)
        return None, None


class OurAttention:
    """In the place of the attention's kernels. Whatever else is asked of it, the stock one answers."""

    def __init__(self, stock: MiniMaxM3SparseTritonImpl, attend: Attend, fuse: Fuse) -> None:
        self._stock = stock
        self._attend = attend
        self._fuse = fuse

    def __getattr__(self, name: str) -> object:
        return getattr(self._stock, name)

    def forward(
        self,
        layer: MiniMaxM3SparseAttention,
        query: torch.Tensor,
        kv_cache: torch.Tensor,
        output: torch.Tensor,
        *,
        query_fp8: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Attends to the blocks in the shared buffer, as the stock kernels do, and returns `output`."""
        if not self._fuse.tried(partial(self._attend.attend, layer.layer_name, query, kv_cache, output)):
            self._stock.forward(layer, query, kv_cache, output, query_fp8=query_fp8)
        return output
