"""Every kind of silent fault changes what a canary answers; load, preemption and a restart do not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count

import pytest
import torch

from selfhost.attest.canary import Answer, CanaryWatch, Chat, Recording, Status, probes_of, record
from selfhost.attest.errors import AttestError
from selfhost.engine.attention import Attention, TorchAttention
from selfhost.engine.batch import Batch
from selfhost.engine.cache import LayerCache, PagedCache
from selfhost.engine.engine import Engine
from selfhost.engine.heads import Heads, Queries
from selfhost.engine.model import M3Model
from selfhost.engine.request import Sampling
from selfhost.engine.running import RunningEngine
from selfhost.engine.scheduler import Bounds
from selfhost.errors import EngineFull
from selfhost.rotary import Rotation
from tests.unit.selfhost_engine.made import Small, engine, prompts

SMALL = Small()
CONFIG = SMALL.config()
Tensors = Mapping[str, torch.Tensor]


def asked(run: Engine) -> Answer:
    """As a server would: each question under a salt of its own, so that nothing is taken over from earlier ones."""
    salts = count()

    async def answer(prompt: list[int], tokens: int) -> list[int]:
        return run.generate([prompt], Sampling(tokens), f"canary-{next(salts)}")[0]

    return answer


def chat_of(run: Engine, template: str) -> Chat:
    async def chat(messages: list[dict[str, str]], tokens: int) -> list[int]:
        text = "".join(template.format(**message) for message in messages)
        rendered = [ord(letter) % CONFIG.vocab_size for letter in text]
        return rendered + run.generate([rendered], Sampling(tokens), "chat")[0]

    return chat


class Wrapped:
    """An attention that hands on to another, with something wrong on the way."""

    name = "faulty"

    def __init__(self, inner: Attention) -> None:
        self.inner = inner

    def begun(self, batch: Batch, cache: PagedCache) -> Batch:
        return self.inner.begun(batch, cache)

    def enter(self, x: torch.Tensor, heads: Heads, rotation: Rotation, layer: LayerCache, batch: Batch) -> Queries:
        return self.inner.enter(x, heads, rotation, layer, batch)

    def dense(self, query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        return self.inner.dense(query, layer, batch)

    def sparse(self, query: torch.Tensor, index_query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        return self.inner.sparse(query, index_query, layer, batch)


class SharedSelection(Wrapped):
    """All KV heads get the selection of the first."""

    def sparse(self, query: torch.Tensor, index_query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        return self.inner.sparse(query, index_query[:, :1].expand_as(index_query), layer, batch)


class TailNotMasked(Wrapped):
    """A decode pass sees its whole last page, whatever lies there."""

    def sparse(self, query: torch.Tensor, index_query: torch.Tensor, layer: LayerCache, batch: Batch) -> torch.Tensor:
        end = (batch.positions // SMALL.block + 1) * SMALL.block - 1
        return self.inner.sparse(query, index_query, layer, replace(batch, positions=end))


@dataclass(frozen=True, slots=True)
class StaleLayer(LayerCache):
    """Index keys of tokens that are decoded never arrive."""

    def write(self, lines: torch.Tensor, slots: torch.Tensor, new: torch.Tensor, index: torch.Tensor | None) -> None:
        LayerCache.write(self, lines, slots, new, None if len(slots) == 1 else index)


def stale(cache: PagedCache) -> None:
    cache.layers = tuple(StaleLayer(layer.kv, layer.index) for layer in cache.layers)


def flipped(tensors: Tensors, name: str) -> Tensors:
    """One byte of one weight: a bit of its exponent that makes it 256 times larger.

    A weight that becomes smaller may change no token at all; that is what the hashes of the files are for.
    """
    changed = tensors[name].clone()
    upper = changed.view(torch.uint8).flatten()[3::4]
    upper[(upper & 0x04 == 0).nonzero()[0]] ^= 0x04
    return {**tensors, name: changed}


def built(
    attention: Callable[[Attention], Attention] = lambda inner: inner,
    cache: Callable[[PagedCache], None] = lambda _: None,
    tensors: Callable[[Tensors], Tensors] = lambda found: found,
) -> Engine:
    pages = PagedCache(CONFIG, 200, torch.float32, "cpu")
    cache(pages)
    return Engine(M3Model(CONFIG, tensors(SMALL.tensors())), pages, attention(TorchAttention(CONFIG.sparse)), Bounds())


LAYER = "language_model.model.layers.1"
FAULTS: dict[str, Callable[[], Engine]] = {
    "stale index cache": lambda: built(cache=stale),
    "tail not masked": lambda: built(attention=TailNotMasked),
    "one selection for all heads": lambda: built(attention=SharedSelection),
    "flipped byte of an index projection": lambda: built(
        tensors=lambda t: flipped(t, f"{LAYER}.self_attn.index_k_proj.weight")
    ),
    "flipped byte of a value projection": lambda: built(
        tensors=lambda t: flipped(t, f"{LAYER}.self_attn.v_proj.weight")
    ),
    "flipped byte of the shared expert": lambda: built(
        tensors=lambda t: flipped(t, f"{LAYER}.block_sparse_moe.shared_experts.up_proj.weight")
    ),
}


@pytest.fixture(scope="module")
def recording() -> Recording:
    run = built()
    return asyncio.run(record(CONFIG, "root", asked(run), chat_of(run, "<{role}>{content}")))


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_every_fault_is_seen_in_one_replay(recording: Recording, fault: Callable[[], Engine]) -> None:
    run = fault()
    watch = CanaryWatch(asked(run), recording, chat_of(run, "<{role}>{content}"))
    assert asyncio.run(watch.replay()) is Status.DRIFTED


def test_a_swapped_template_is_seen(recording: Recording) -> None:
    run = built()
    watch = CanaryWatch(asked(run), recording, chat_of(run, "<{role}> {content}"))
    assert asyncio.run(watch.replay()) is Status.DRIFTED
    assert watch.drifted == {"chat"}


def test_the_same_model_holds_after_a_restart_in_small_pieces_and_under_load(recording: Recording) -> None:
    run = engine(SMALL, pages=40, bounds=Bounds(pass_tokens=33, requests=5))
    salts = count()
    load = prompts(random.Random(4), (40, 90, 17, 60, 130))

    async def under_load() -> Status:
        with RunningEngine(run) as running:

            async def answer(prompt: list[int], tokens: int) -> list[int]:
                stream = running.generate(prompt, Sampling(tokens), f"canary-{next(salts)}")
                return [token.id async for token in stream]

            async def chat(messages: list[dict[str, str]], tokens: int) -> list[int]:
                text = "".join("<{role}>{content}".format(**message) for message in messages)
                rendered = [ord(letter) % CONFIG.vocab_size for letter in text]
                return rendered + await answer(rendered, tokens)

            watch = CanaryWatch(answer, recording, chat)
            status, *_ = await asyncio.gather(watch.replay(), *(answer(each, 30) for each in load))
            return status

    assert asyncio.run(under_load()) is Status.HOLDS


def test_one_canary_is_longer_than_what_is_selected_where_the_context_allows_it() -> None:
    reach = CONFIG.sparse.topk * CONFIG.sparse.block
    selecting = [probe for probe in probes_of(CONFIG) if probe.selects]
    assert selecting
    assert all(probe.length > reach for probe in selecting)
    small = replace(CONFIG, context=reach)
    assert all(probe.length + probe.tokens < reach and not probe.selects for probe in probes_of(small))


def test_what_drifted_once_is_not_forgiven(recording: Recording) -> None:
    wrong, right = asked(FAULTS["stale index cache"]()), asked(built())
    heard: list[Status] = []
    answers = [wrong, right]

    async def answer(prompt: list[int], tokens: int) -> list[int]:
        return await answers[0](prompt, tokens)

    watch = CanaryWatch(answer, replace(recording, entries=recording.entries[:-1]), on_change=heard.append)
    assert asyncio.run(watch.replay()) is Status.DRIFTED
    answers.pop(0)
    assert asyncio.run(watch.replay()) is Status.DRIFTED
    assert heard == [Status.DRIFTED]


@pytest.mark.parametrize(("wrong", "status"), [(2, Status.HOLDS), (3, Status.DRIFTED)])
def test_a_near_tie_is_asked_again_and_a_fault_is_seen_all_the_same(
    recording: Recording, wrong: int, status: Status
) -> None:
    """As in 16 bits, where the batch decides near ties: the first answers to the first canary are others."""
    right, asks = asked(built()), count()

    async def answer(prompt: list[int], tokens: int) -> list[int]:
        found = await right(prompt, tokens)
        return found if next(asks) >= wrong else found[::-1]

    watch = CanaryWatch(answer, replace(recording, entries=recording.entries[:-1]), tries=3)
    assert asyncio.run(watch.replay()) is status


def test_no_answer_is_no_proof(recording: Recording) -> None:
    async def full(prompt: list[int], tokens: int) -> list[int]:
        raise EngineFull("full")

    assert asyncio.run(CanaryWatch(full, recording).replay()) is Status.FAILED


def test_a_model_that_never_answers_twice_alike_cannot_be_recorded() -> None:
    numbers = count()

    async def answer(prompt: list[int], tokens: int) -> list[int]:
        return [next(numbers)]

    with pytest.raises(AttestError):
        asyncio.run(record(CONFIG, "root", answer))
