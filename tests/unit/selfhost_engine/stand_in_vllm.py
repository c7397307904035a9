"""Modules in the place of vLLM's: the names the plug-in imports, with layers that carry the recorded attributes.

The stock kernels here are the definitions of `kernels.msa` under vLLM's signatures.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace

import pytest
import torch

from kernels.msa.attend import naive as attend
from kernels.msa.decode import naive as decode
from kernels.msa.index import naive as index
from kernels.msa.layout import BLOCK, DIM, TOPK
from selfhost.vllm_plugin.adapter import uniform

FOLDER = "vllm.models.minimax_m3"
HEADS, KV_HEADS = 4, 2
Tensor = torch.Tensor


class Definitions:
    """The operations of `kernels.msa` as plain torch."""

    def prefill_index(self, q: Tensor, k: Tensor, table: Tensor, cu: Tensor, lens: Tensor, prefix: Tensor) -> Tensor:
        return index.prefill_index(q, k, table, cu, lens, prefix)

    def prefill_attn(
        self, q: Tensor, kv: Tensor, topk: Tensor, table: Tensor, cu: Tensor, lens: Tensor, prefix: Tensor
    ) -> Tensor:
        return attend.prefill_attn(q, kv, topk, table, cu, prefix).to(q.dtype)

    def decode_index(self, q: Tensor, k: Tensor, table: Tensor, cu: Tensor, lens: Tensor) -> Tensor:
        return decode.decode_index(q, k, table, cu, lens)

    def decode_attn(self, q: Tensor, kv: Tensor, topk: Tensor, table: Tensor, cu: Tensor, lens: Tensor) -> Tensor:
        return decode.decode_attn(q, kv, topk, table, cu, lens).to(q.dtype)


@dataclass(slots=True)
class Pass:
    """What vLLM knows of the pass that runs: metadata by layer name, `None` in a profiling run."""

    attn_metadata: dict[str, object] | None = None


CONTEXT = Pass()


def rows_of(q_len: int, lens: Tensor) -> Tensor:
    return uniform(SimpleNamespace(seq_lens=lens, decode_query_len=q_len))  # type: ignore[arg-type]


class StockIndexer(torch.nn.Module):
    """`MiniMaxM3IndexerTritonImpl`."""

    def __init__(self, prefix: str, buffer: Tensor, pages: int) -> None:
        super().__init__()
        self.block_size, self.topk_blocks, self.index_head_dim = BLOCK, TOPK, DIM
        self.init_blocks, self.local_blocks, self.score_type, self.indexer_kv_dtype = 0, 1, "max", "bf16"
        self.num_index_heads, self.topk_indices_buffer, self.asked = KV_HEADS, buffer, 0
        self.index_cache = SimpleNamespace(prefix=f"{prefix}.index_cache", kv_cache=torch.zeros(pages, BLOCK, DIM))

    def forward(self, index_query: Tensor) -> tuple[None, None]:
        self.asked += 1
        return None, None


class StockAttention:
    """`MiniMaxM3SparseTritonImpl`."""

    def __init__(self) -> None:
        self.scale, self.asked = DIM**-0.5, 0

    def forward(
        self, layer: object, query: Tensor, kv_cache: Tensor, output: Tensor, *, query_fp8: Tensor | None = None
    ) -> Tensor:
        self.asked += 1
        return output.fill_(7.0)

    def should_use_msa_decode(self, layer_name: str) -> bool:
        return False


class Indexer(torch.nn.Module):
    """`MiniMaxM3Indexer`."""

    def __init__(self, impl: torch.nn.Module) -> None:
        super().__init__()
        self.impl = impl

    @property
    def index_cache(self) -> object:
        return self.impl.index_cache

    def forward(self, index_query: Tensor) -> object:
        return self.impl(index_query)


class SparseAttention(torch.nn.Module):
    """`MiniMaxM3SparseAttention`, from its queries on."""

    def __init__(self, number: int, buffer: Tensor, pages: int) -> None:
        super().__init__()
        self.layer_name, self.kv_cache_dtype = f"layers.{number}.attn", "auto"
        self.num_heads, self.num_kv_heads, self.head_dim = HEADS, KV_HEADS, DIM
        self.topk_indices_buffer = buffer
        self.kv_cache = torch.zeros(pages, KV_HEADS, BLOCK, 2 * DIM)
        self.impl = StockAttention()
        self.indexer = Indexer(StockIndexer(self.layer_name, buffer, pages))

    def run_attention(self, query: Tensor, index_query: Tensor) -> Tensor:
        output = torch.zeros_like(query)
        self.indexer(index_query)
        return self.impl.forward(self, query, self.kv_cache, output, query_fp8=None)


class Model(torch.nn.Module):
    """`MiniMaxM3SparseForCausalLM` with two sparse layers and a dense one."""

    def __init__(self, *, vllm_config: SimpleNamespace, prefix: str = "") -> None:
        super().__init__()
        buffer = torch.full((1024, KV_HEADS, TOPK), -1, dtype=torch.int32)
        sparse = [SparseAttention(number, buffer, pages=80) for number in (1, 2)]
        layers = [SimpleNamespace(self_attn=each) for each in (torch.nn.Identity(), *sparse)]
        self.model = SimpleNamespace(layers=layers[: vllm_config.layers])


@dataclass(slots=True)
class Registry:
    """`ModelRegistry`."""

    models: dict[str, str] = field(default_factory=dict)

    def register_model(self, architecture: str, path: str) -> None:
        self.models[architecture] = path


def index_score(q, k, table, cu, lens, prefix, new, longest, heads):
    return q, k, table, lens


def index_topk(score, cu, prefix, new, topk, init, local, out=None):
    q, k, table, lens = score
    return index.prefill_index(q, k, table, cu, lens, prefix)


def index_decode(q, k, table, lens, longest, topk, init, local, heads, q_len, most, out=None):
    return decode.decode_index(q, k, table, rows_of(q_len, lens), lens)


def sparse_attn(q, kv, topk, table, cu, lens, prefix, new, heads, scale, output):
    output.copy_(attend.prefill_attn(q, kv, topk, table, cu, prefix))


def sparse_attn_decode(q, kv, topk, table, lens, heads, scale, output, q_len):
    output.copy_(decode.decode_attn(q, kv, topk, table, rows_of(q_len, lens), lens))


def install(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Puts the modules where the plug-in imports them from, for one test."""
    registry = Registry()
    names = {
        "vllm": {"ModelRegistry": registry},
        "vllm.forward_context": {"get_forward_context": lambda: CONTEXT},
        FOLDER: {},
        f"{FOLDER}.common": {},
        f"{FOLDER}.common.indexer": {"MiniMaxM3IndexerTritonImpl": StockIndexer},
        f"{FOLDER}.common.ops": {},
        f"{FOLDER}.common.ops.index_topk": {
            "minimax_m3_index_decode": index_decode,
            "minimax_m3_index_score": index_score,
            "minimax_m3_index_topk": index_topk,
        },
        f"{FOLDER}.common.ops.sparse_attn": {
            "minimax_m3_sparse_attn": sparse_attn,
            "minimax_m3_sparse_attn_decode": sparse_attn_decode,
        },
        f"{FOLDER}.common.sparse_attention": {"MiniMaxM3SparseTritonImpl": StockAttention},
        f"{FOLDER}.nvidia": {},
        f"{FOLDER}.nvidia.model": {
            "MiniMaxM3SparseAttention": SparseAttention,
            "MiniMaxM3SparseForCausalLM": Model,
        },
        "vllm.models": {},
    }
    for name, contents in names.items():
        module = ModuleType(name)
        vars(module).update(contents)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "selfhost.vllm_plugin.model", raising=False)
    return registry
