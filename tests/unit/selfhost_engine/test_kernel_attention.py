"""The kernels in the engine, in Triton's CPU interpreter: the tokens and logits of the definition in plain torch.

They have one size only (blocks of 128, 16 selected), so one prompt is longer than the 2,048 tokens up to which
everything is selected. The interpreter takes up to a second for one token, so the definition reads most of it, and the
kernels go on in the same cache. float16, because the interpreter's bfloat16 products are wrong.

TRITON_INTERPRET=1 pytest -n0 -m slow tests/unit/selfhost_engine/test_kernel_attention.py    the tokens, about a minute
"""

from __future__ import annotations

import random
from functools import partial

import pytest
import torch

from kernels.msa.layout import BLOCK, DIM, TOPK
from selfhost.checkpoint.writer import random_tensors
from selfhost.config import read_config
from selfhost.engine.attention import Attention, TorchAttention
from selfhost.engine.batch import Batch, Row, build_batch
from selfhost.engine.cache import LayerCache, PagedCache
from selfhost.engine.decoding import Decoder
from selfhost.engine.engine import Engine
from selfhost.engine.heads import Heads, Queries
from selfhost.engine.kernel_attention import KernelAttention
from selfhost.engine.model import M3Model
from selfhost.engine.request import Sampling
from selfhost.engine.scheduler import Bounds
from selfhost.rotary import Rotation
from selfhost.start import unfit
from tests.unit.selfhost_engine.made import Small, prompts

pytestmark = pytest.mark.filterwarnings("ignore:Conversion of an array with ndim > 0:DeprecationWarning")
SMALL = Small(block=128, topk=16, kv_heads=1, group=2, head_dim=128, layers=2, seed=4)


def model() -> M3Model:
    config = read_config(SMALL.document())
    tensors = {
        name: tensor if name.endswith((".gate.weight", "correction_bias")) else tensor.half()
        for name, tensor in random_tensors(config, SMALL.seed, scale=0.08).items()
    }
    return M3Model(config, tensors)


class Either:
    """The definition until `kernels` is set: both work in the same cache."""

    name = "either"

    def __init__(self, ready: M3Model, cache: PagedCache) -> None:
        self.kernels = False
        sparse, table = ready.config.sparse, ready.rotary.table(cache.tokens)
        self._both = TorchAttention(sparse), KernelAttention(sparse, table)

    @property
    def inner(self) -> Attention:
        return self._both[self.kernels]

    def begun(self, batch: Batch, cache: PagedCache) -> Batch:
        return self.inner.begun(batch, cache)

    def enter(self, x: torch.Tensor, heads: Heads, rotation: Rotation, layer: LayerCache, batch: Batch) -> Queries:
        return self.inner.enter(x, heads, rotation, layer, batch)

    def dense(self, query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        return self.inner.dense(query, layer, batch)

    def sparse(self, query: torch.Tensor, index_query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        return self.inner.sparse(query, index_query, layer, batch)


def started(ready: M3Model, pages: int) -> tuple[Engine, Either]:
    cache = PagedCache(ready.config, pages, ready.dtype, "cpu")
    attention = Either(ready, cache)
    run = partial(ready.forward, cache=cache, attention=attention)
    decoder = Decoder(run, cache.block, "cpu", graphs=False)
    return Engine(ready, cache, attention, Bounds(pass_tokens=700), decoder), attention


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_tokens_are_those_of_the_definition_with_preemption_and_prefix_hits() -> None:
    ready = model()
    asked = prompts(random.Random(3), (2178, 126, 5))
    expected = started(ready, 80)[0].generate(asked, Sampling(4))
    run, attention = started(ready, 21)
    run.generate(asked[:1], Sampling(1))
    attention.kernels = True
    assert run.generate(asked, Sampling(4)) == expected
    assert run.prefix_hits == 2176 // 128
    assert run.scheduler.preemptions > 0


@pytest.mark.parametrize("new", [1, 2])
def test_logits_are_those_of_the_definition(new: int) -> None:
    ready = model()
    lengths = (2100, 60)
    cache = PagedCache(ready.config, 60, ready.dtype, "cpu")
    attention = Either(ready, cache)
    asked = prompts(random.Random(5), tuple(length + new for length in lengths))
    pages = [list(range(1, 18)), [20]]

    def rows(begin: int, end: int) -> Batch:
        parts = zip(asked, lengths, pages, strict=True)
        return build_batch(
            [Row(each[length * begin : length + end], length * begin, own) for each, length, own in parts], 128, "cpu"
        )

    with torch.inference_mode():
        ready.forward(rows(0, 0), cache, attention)
        expected = ready.forward(rows(1, new), cache, attention)
        attention.kernels = True
        found = ready.forward(rows(1, new), cache, attention)
    assert (found - expected).abs().max() < 2e-2 * expected.abs().max()


@pytest.mark.parametrize(
    "other",
    [Small(block=64, topk=16, head_dim=128), Small(block=128, topk=4, head_dim=128), Small(block=128, topk=16)],
    ids=["block", "topk", "head"],
)
def test_models_of_other_sizes_are_left_to_torch(other: Small) -> None:
    assert unfit(SMALL.config(), torch.float16) == ""
    assert unfit(other.config(), torch.float16)
    assert unfit(SMALL.config(), torch.float32) == "16-bit weights"
    assert (SMALL.block, SMALL.topk, SMALL.head_dim) == (BLOCK, TOPK, DIM)
