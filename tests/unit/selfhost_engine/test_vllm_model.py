"""The override inside a stand-in of vLLM: registered once, swapped after the self-test, stock whenever in doubt."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import torch

from kernels.msa.errors import KernelArgumentError
from kernels.msa.layout import BLOCK, DIM
from selfhost.vllm_plugin import ARCHITECTURE, OVERRIDE, register
from selfhost.vllm_plugin.selftest import Case, Shape, make_case
from selfhost.vllm_plugin.state import DIRECTORY, Kernels, noted
from tests.unit.selfhost_engine.stand_in_vllm import (
    CONTEXT,
    HEADS,
    KV_HEADS,
    Definitions,
    Model,
    Registry,
    SparseAttention,
    StockAttention,
    install,
)

CONFIG = SimpleNamespace(layers=3, model_config=SimpleNamespace(dtype=torch.float32))


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    yield install(monkeypatch)
    sys.modules.pop("selfhost.vllm_plugin.model", None)
    CONTEXT.attn_metadata = None


@pytest.fixture
def plugin(registry: Registry) -> ModuleType:
    return importlib.import_module("selfhost.vllm_plugin.model")


def sparse_layers() -> list[SparseAttention]:
    return [each.self_attn for each in Model(vllm_config=CONFIG).model.layers[1:]]


def is_stock(layer: SparseAttention) -> bool:
    return type(layer.impl) is StockAttention


def test_the_override_is_registered_however_often_it_is_asked_for(registry: Registry) -> None:
    for _ in range(3):
        register(lambda: "")
    assert registry.models == {ARCHITECTURE: OVERRIDE}
    module, _, name = OVERRIDE.partition(":")
    assert issubclass(getattr(importlib.import_module(module), name), Model)


def test_a_reason_against_it_leaves_the_registry_alone(registry: Registry) -> None:
    register(lambda: "another version")
    assert registry.models == {}


def test_all_sparse_layers_get_ours_once_the_self_test_agrees(plugin: ModuleType) -> None:
    layers = sparse_layers()
    caches = [layer.indexer.index_cache for layer in layers]
    state = plugin.engage(layers, torch.float32, Definitions())
    assert (state.kernels, state.layers, state.reason) == (Kernels.OURS, 2, "")
    assert not any(is_stock(layer) for layer in layers)
    assert [layer.indexer.index_cache for layer in layers] == caches
    assert layers[0].impl.should_use_msa_decode("x") is False


class Wrong(Definitions):
    """One operation is wrong."""

    def __init__(self, operation: str) -> None:
        self.operation = operation

    def __getattribute__(self, name: str) -> object:
        right = object.__getattribute__(self, name)
        if name == "operation" or name != object.__getattribute__(self, "operation"):
            return right
        return lambda *given: right(*given).roll(1, 0)


@pytest.mark.parametrize("operation", ["prefill_index", "prefill_attn", "decode_index", "decode_attn"])
def test_a_disagreement_of_any_operation_keeps_every_layer_stock(plugin: ModuleType, operation: str) -> None:
    layers = sparse_layers()
    state = plugin.engage(layers, torch.float32, Wrong(operation))
    assert state.kernels is Kernels.STOCK
    assert operation.partition("_")[0] in state.reason
    assert all(is_stock(layer) for layer in layers)


class Failing(Definitions):
    def prefill_index(self, *given: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("no such device")


def test_an_error_in_the_self_test_keeps_stock_and_is_not_raised(plugin: ModuleType) -> None:
    layers = sparse_layers()
    state = plugin.engage(layers, torch.float32, Failing())
    assert (state.kernels, state.reason) == (Kernels.STOCK, "ours could not be tried: RuntimeError")
    assert all(is_stock(layer) for layer in layers)


UNFIT = {
    "fp8 cache": ("kv_cache_dtype", "fp8"),
    "fp8 index": ("indexer.impl.indexer_kv_dtype", "fp8"),
    "initial blocks": ("indexer.impl.init_blocks", 1),
    "another block": ("indexer.impl.block_size", 64),
    "another selection": ("indexer.impl.topk_blocks", 32),
    "another head": ("head_dim", 64),
    "another stock kernel": ("impl", SimpleNamespace(scale=1.0)),
}


@pytest.mark.parametrize(("place", "value"), UNFIT.values(), ids=UNFIT)
def test_a_layer_that_ours_are_not_made_for_keeps_all_stock(plugin: ModuleType, place: str, value: object) -> None:
    layers = sparse_layers()
    *path, last = place.split(".")
    holder: object = layers[1]
    for name in path:
        holder = getattr(holder, name)
    setattr(holder, last, value)
    state = plugin.engage(layers, torch.float32, Definitions())
    assert state.kernels is Kernels.STOCK
    assert state.reason
    assert is_stock(layers[0])


@pytest.mark.parametrize("layers", [1, 3])
def test_the_model_says_what_it_runs(
    plugin: ModuleType,
    layers: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A rank without sparse layers has nothing to swap; on a CPU the kernels refuse (or the interpreter runs them)."""
    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    plugin.OurM3(vllm_config=SimpleNamespace(layers=layers, model_config=CONFIG.model_config))
    (state,) = noted(tmp_path)
    assert state.kernels is Kernels.STOCK
    assert "stock kernels" in caplog.text
    assert state.reason in caplog.text


def metadata(case: Case, decodes: int) -> SimpleNamespace:
    """vLLM's metadata: the first `decodes` requests have one new token each."""
    rest = slice(decodes, None)
    return SimpleNamespace(
        num_actual_tokens=int(case.cu_q[-1]),
        num_decodes=decodes,
        num_decode_tokens=decodes,
        num_prefills=len(case.seq_lens) - decodes,
        decode=SimpleNamespace(
            seq_lens=case.seq_lens[:decodes], block_table=case.block_table[:decodes], decode_query_len=1
        ),
        prefill=SimpleNamespace(
            cu_seqlens_q=case.cu_q[decodes:] - decodes,
            seq_lens=case.seq_lens[rest],
            context_lens=case.prefix_lens[rest],
            block_table=case.block_table[rest],
        ),
    )


def running(plugin: ModuleType, case: Case, operations: Definitions) -> SparseAttention:
    layer = sparse_layers()[0]
    assert plugin.engage([layer], torch.float32, Definitions()).kernels is Kernels.OURS
    stock_index = layer.indexer.impl.stock
    layer.indexer.impl, layer.impl = stock_index, StockAttention()
    plugin._swap(layer, operations)
    layer.kv_cache, stock_index.index_cache.kv_cache = case.kv, case.idx_k
    return layer


@pytest.mark.parametrize("decodes", [1, 2])
def test_a_mixed_pass_gives_what_the_definitions_give(plugin: ModuleType, decodes: int) -> None:
    new = (1,) * decodes + (40,) * (3 - decodes)
    case = make_case(Shape(HEADS, KV_HEADS, torch.float32), (300, 2500, 2700), new, "cpu", seed=3)
    layer = running(plugin, case, Definitions())
    found = metadata(case, decodes)
    CONTEXT.attn_metadata = {layer.layer_name: found, layer.indexer.index_cache.prefix: found}
    padding = torch.zeros(5, HEADS * DIM)
    query = torch.cat((case.q.flatten(1), padding))
    index_query = torch.cat((case.idx_q.flatten(1), padding[:, : KV_HEADS * DIM]))
    output = layer.run_attention(query, index_query)
    definitions = Definitions()
    topk = definitions.prefill_index(
        case.idx_q, case.idx_k, case.block_table, case.cu_q, case.seq_lens, case.prefix_lens
    )
    expected = definitions.prefill_attn(
        case.q, case.kv, topk, case.block_table, case.cu_q, case.seq_lens, case.prefix_lens
    )
    torch.testing.assert_close(output[:-5], expected.flatten(1))
    assert (output[-5:] == 0).all()
    assert layer.kv_cache.shape[2] == BLOCK


def test_a_profiling_run_touches_nothing(plugin: ModuleType) -> None:
    case = make_case(Shape(HEADS, KV_HEADS, torch.float32), (300,), (1,), "cpu", seed=3)
    layer = running(plugin, case, Failing())
    output = layer.run_attention(case.q.flatten(1), case.idx_q.flatten(1))
    assert (output == 0).all()


class Refusing(Definitions):
    def decode_index(self, *given: torch.Tensor) -> torch.Tensor:
        raise KernelArgumentError("kv must be contiguous")


def test_a_call_that_ours_cannot_take_goes_to_stock_for_good(
    plugin: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    case = make_case(Shape(HEADS, KV_HEADS, torch.float32), (300,), (1,), "cpu", seed=3)
    layer = running(plugin, case, Refusing())
    found = metadata(case, 1)
    CONTEXT.attn_metadata = {layer.layer_name: found, layer.indexer.index_cache.prefix: found}
    for times in (1, 2):
        output = layer.run_attention(case.q.flatten(1), case.idx_q.flatten(1))
        assert (output == 7).all()
        assert (layer.indexer.impl.stock.asked, layer.impl.asked) == (times, times)
    (state,) = noted(tmp_path)
    assert (state.kernels, state.reason) == (Kernels.STOCK, f"{layer.layer_name}: kv must be contiguous")
