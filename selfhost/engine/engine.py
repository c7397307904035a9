"""The engine: requests in, tokens out, one pass at a time. Synchronous; `selfhost.engine.running` drives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

import torch

from selfhost.engine.attention import Attention
from selfhost.engine.batch import build_batch
from selfhost.engine.cache import PagedCache
from selfhost.engine.decoding import Decoder
from selfhost.engine.pages import PagePool
from selfhost.engine.request import Finish, Request, Sampling, Token
from selfhost.engine.sampler import draw
from selfhost.engine.scheduler import Bounds, Scheduler, Work
from selfhost.errors import BadPrompt, EngineFull, PromptTooLong
from selfhost.operations import Model


@dataclass(frozen=True, slots=True)
class Drawn:
    """A token of a request."""

    request: Request
    token: Token


class Engine:
    """One model with its cache. Not thread-safe."""

    def __init__(
        self,
        model: Model,
        cache: PagedCache,
        attention: Attention,
        bounds: Bounds | None = None,
        decoder: Decoder | None = None,
    ) -> None:
        """`decoder` runs the decode passes; without it they run as any other pass."""
        self.model = model
        self._decoder = decoder
        self.attention = attention
        self._cache = cache
        self._pool = PagePool(cache.pages)
        self.scheduler = Scheduler(self._pool, cache.block, bounds or Bounds())
        self._numbers = count(1)
        self._device = str(cache.layers[0].kv.device)

    @property
    def capacity(self) -> int:
        """Tokens of one request at most: the model's context or the whole cache."""
        return min(self.model.config.context, self._pool.size * self._cache.block)

    @property
    def prefix_hits(self) -> int:
        """Pages that were taken over from earlier requests."""
        return self._pool.hits

    @property
    def free_pages(self) -> int:
        """Pages that nobody uses."""
        return self._pool.free

    @property
    def busy(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.scheduler.waiting or self.scheduler.running)

    def add(self, prompt: Sequence[int], sampling: Sampling, salt: str = "") -> Request:
        """Accepts a request. Prefixes are shared among equal salts only.

        Raises:
            BadPrompt: the prompt is empty or holds no token of the vocabulary.
            PromptTooLong: prompt and answer do not fit.
            EngineFull: too much is waiting.
        """
        if not prompt or not all(0 <= token < self.model.config.vocab_size for token in prompt):
            raise BadPrompt("a prompt has at least one token, and only tokens of the vocabulary")
        if len(prompt) >= self.capacity:
            raise PromptTooLong(f"the prompt has {len(prompt)} tokens; at most {self.capacity - 1} fit")
        if self.scheduler.full:
            raise EngineFull("too many requests are waiting")
        most = min(sampling.max_tokens, self.capacity - len(prompt))
        request = Request(next(self._numbers), list(prompt), len(prompt), replace(sampling, max_tokens=most), salt)
        self.scheduler.add(request)
        return request

    def cancel(self, request: Request) -> None:
        """Ends a request and frees its pages at once."""
        if request.finish is None:
            request.finish = Finish.CANCELLED
            self.scheduler.drop(request)

    @torch.inference_mode()
    def step(self) -> list[Drawn]:
        """Runs one pass and returns the tokens drawn, one for each request whose last token was in it."""
        works = self.scheduler.plan()
        if not works:
            return []
        completing = [work for work in works if work.completes]
        logits = self._logits(works, everyone=len(completing) == len(works))
        for work in works:
            self.scheduler.advanced(work)
        return self._draw(completing, logits)

    def _logits(self, works: list[Work], *, everyone: bool) -> torch.Tensor:
        """One line for each request whose last token is in the pass."""
        rows = [work.row for work in works]
        decode = everyone and all(work.count == 1 for work in works)
        if decode and self._decoder is not None:
            return self._decoder.logits(rows)
        batch = build_batch(rows, self._cache.block, self._device)
        last = [number for number, work in enumerate(works) if work.completes]
        wanted = None if decode else batch.cu_q[1:][last].long() - 1
        return self.model.forward(batch, self._cache, self.attention, wanted)

    def _draw(self, works: list[Work], logits: torch.Tensor) -> list[Drawn]:
        if not works:
            return []
        requests = [work.request for work in works]
        samplings = [request.sampling for request in requests]
        tokens = draw(logits, samplings, [len(request.tokens) for request in requests])
        return [self._accept(request, token) for request, token in zip(requests, tokens, strict=True)]

    def _accept(self, request: Request, token: Token) -> Drawn:
        request.tokens.append(token.id)
        if token.id in request.sampling.stop_tokens:
            request.finish = Finish.STOP
        elif len(request.generated) >= request.sampling.max_tokens:
            request.finish = Finish.LENGTH
        if request.finish is not None:
            self.scheduler.drop(request)
        return Drawn(request, token if request.finish is None else replace(token, finish=request.finish))

    def generate(self, prompts: Sequence[Sequence[int]], sampling: Sampling, salt: str = "") -> list[list[int]]:
        """Returns the answer to each prompt. For tests and measurements: nothing else may use the engine meanwhile."""
        requests = [self.add(prompt, sampling, salt) for prompt in prompts]
        while self.busy:
            self.step()
        return [list(request.generated) for request in requests]
