"""The engine on a real GPU: its kernels against plain torch, graphs against none, float32 against transformers."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
import torch

from kernels.cases import relative_error
from kernels.dense import dense_decode
from kernels.dense.naive import dense_decode as defined_dense_decode
from selfhost.checkpoint.writer import random_tensors
from selfhost.config import read_config
from selfhost.engine.attention import Attention, TorchAttention
from selfhost.engine.attention import _attend as attend
from selfhost.engine.batch import Batch, Row, build_batch
from selfhost.engine.cache import PagedCache
from selfhost.engine.engine import Engine
from selfhost.engine.kernel_attention import KernelAttention
from selfhost.engine.model import M3Model
from selfhost.engine.request import Sampling
from selfhost.engine.scheduler import Bounds
from selfhost.start import start
from tests.unit.selfhost_engine.made import Small, prompts, random_small
from tests.unit.selfhost_engine.oracle import greedy, reference

pytestmark = pytest.mark.gpu

M3 = Small(block=128, topk=16, kv_heads=4, group=16, head_dim=128, layers=3, experts=16, seed=4)
"""M3's heads over a narrow stream; 16 experts, so that they are grouped."""
DOCUMENT = M3.document() | {"hidden_size": 256, "intermediate_size": 128, "vocab_size": 512}


def model(dtype: torch.dtype) -> M3Model:
    config = read_config(DOCUMENT)
    kept = (".gate.weight", "correction_bias")
    tensors = random_tensors(config, M3.seed, scale=0.06)
    return M3Model(
        config, {name: each.cuda() if name.endswith(kept) else each.to("cuda", dtype) for name, each in tensors.items()}
    )


def attention(ready: M3Model, cache: PagedCache, kind: str) -> Attention:
    if kind == "torch":
        return TorchAttention(ready.config.sparse)
    return KernelAttention(ready.config.sparse, ready.rotary.table(cache.tokens))


def passes(new: int) -> tuple[Batch, Batch]:
    """Three prompts, one of them beyond 2,048 tokens and one in its first page, and `new` tokens more of each."""
    lengths = (4500, 700, 40)
    asked = prompts(random.Random(5), tuple(length + new for length in lengths))
    pages = [list(range(1, 37)), list(range(40, 47)), [60]]
    first = [Row(each[:length], 0, own) for each, length, own in zip(asked, lengths, pages, strict=True)]
    then = [Row(each[length:], length, own) for each, length, own in zip(asked, lengths, pages, strict=True)]
    return build_batch(first, 128, "cuda"), build_batch(then, 128, "cuda")


@torch.inference_mode()
def logits(dtype: torch.dtype, kind: str, new: int) -> torch.Tensor:
    ready = model(dtype)
    cache = PagedCache(ready.config, 64, dtype, "cuda")
    used = attention(ready, cache, kind)
    first, then = passes(new)
    ready.forward(first, cache, used, torch.zeros(1, dtype=torch.long, device="cuda"))
    return ready.forward(then, cache, used).double()


@pytest.mark.parametrize("new", [1, 37])
def test_logits_are_as_near_to_the_truth_as_those_of_torch(new: int) -> None:
    """In bf16 both select other blocks here and there; neither may be further from float32 than the other."""
    truth = logits(torch.float32, "torch", new)
    by_torch, by_kernels = (relative_error(logits(torch.bfloat16, kind, new), truth) for kind in ("torch", "kernels"))
    assert by_kernels < 1.3 * by_torch + 1e-3


def ended(run: Engine, asked: Sequence[Sequence[int]], tokens: Sequence[int]) -> list[list[int]]:
    requests = [run.add(each, Sampling(most)) for each, most in zip(asked, tokens, strict=True)]
    while run.busy:
        run.step()
    return [list(request.generated) for request in requests]


@pytest.mark.parametrize("pages", [200, 52], ids=["room for all", "preemption"])
def test_graphs_give_the_same_tokens_at_every_length_and_batch(pages: int) -> None:
    """Requests end one after another, so that batches shrink, and two cross a page while they are answered."""
    asked = prompts(random.Random(6), (4090, 2040, 700, 126, 3))
    tokens = (40, 25, 60, 9, 14)
    ready = model(torch.bfloat16)
    with_graphs, without = (
        start(ready, pages, "cuda", Bounds(pass_tokens=1500), graphs=each) for each in (True, False)
    )
    assert with_graphs.attention.name == "kernels"
    expected = ended(without, asked, tokens)
    assert ended(with_graphs, asked, tokens) == expected
    assert (with_graphs.scheduler.preemptions > 0) == (pages == 52)
    assert ended(with_graphs, asked, tokens) == ended(without, asked, tokens)


@pytest.mark.filterwarnings("ignore:.*[Ss]ynchronization debug mode:UserWarning")
def test_a_decode_pass_waits_for_nothing_but_its_tokens() -> None:
    ready = model(torch.bfloat16)
    cache = PagedCache(ready.config, 64, torch.bfloat16, "cuda")
    used, (_, then) = attention(ready, cache, "kernels"), passes(1)
    with torch.inference_mode():
        ready.forward(then, cache, used)
        torch.cuda.synchronize()
        torch.cuda.set_sync_debug_mode("error")
        try:
            ready.forward(then, cache, used)
        finally:
            torch.cuda.set_sync_debug_mode("default")


def test_dense_decode_is_its_definition() -> None:
    q = torch.randn(4, 64, 128, device="cuda").bfloat16()
    kv = torch.randn(300, 4, 128, 256, device="cuda").bfloat16()
    table = torch.randperm(300, device="cuda")[:280].view(4, 70).int()
    lens = torch.tensor([8960, 0, 1, 4097], dtype=torch.int32, device="cuda")
    assert relative_error(dense_decode(q, kv, table, lens), defined_dense_decode(q, kv, table, lens)) < 3e-3


def defined(query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, visible: torch.Tensor) -> torch.Tensor:
    """Attention in float64: query `[rows, heads, dim]`, keys and values `[kv_heads, keys, dim]`."""
    group = query.shape[1] // len(keys)
    keys, values = (each.double().repeat_interleave(group, dim=0) for each in (keys, values))
    scores = query.double().transpose(0, 1) @ keys.transpose(1, 2) / query.shape[-1] ** 0.5
    return (scores.masked_fill(~visible, -torch.inf).softmax(-1) @ values).transpose(0, 1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize(("kv_heads", "group"), [(1, 4), (4, 16), (2, 1)])
@pytest.mark.parametrize("prefix", [0, 7])
def test_prompts_of_every_length_attend_as_defined(kv_heads: int, group: int, prefix: int, dtype: torch.dtype) -> None:
    """Kernels work in blocks of 32 or 64 rows; what remains in the last block is one row, two, and so on."""
    wrong = []
    for rows in [*range(1, 140), 193, 256, 257]:
        end = rows + prefix
        query = torch.randn(rows, kv_heads * (group + 1), 128, device="cuda", dtype=dtype)[:, : kv_heads * group]
        keys_values = torch.randn(kv_heads, 384, 256, device="cuda", dtype=dtype)[:, :end]
        visible = torch.arange(end, device="cuda") <= torch.arange(prefix, end, device="cuda")[:, None]
        expected = defined(query, *keys_values.chunk(2, dim=-1), visible)
        if relative_error(attend(query, keys_values, visible[None]), expected) > (
            1e-5 if dtype.itemsize == 4 else 2e-2
        ):
            wrong.append(rows)
    assert not wrong


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(4))
def test_greedy_tokens_in_float32_are_those_of_transformers(seed: int) -> None:
    small = random_small(random.Random(seed))
    rng = random.Random(seed)
    asked = prompts(rng, tuple(rng.randint(1, min(900, small.block * (small.topk + 3))) for _ in range(6)))
    tensors = small.tensors()
    expected = greedy(reference(small.document(), tensors).cuda(), asked, 12)
    ready = M3Model(small.config(), {name: each.cuda() for name, each in tensors.items()})
    run = start(ready, 400, "cuda", Bounds(pass_tokens=100))
    assert run.attention.name == "torch"
    assert run.generate(asked, Sampling(12)) == expected
