"""Who gets the next pass: running requests one token each, then prompts in pieces, oldest first.

When pages run out the youngest request gives up its pages and waits at the front: it goes on from its prompt and the
tokens it has drawn, and draws the same ones it would have drawn.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from selfhost.engine.batch import Row
from selfhost.engine.pages import PagePool, next_hash
from selfhost.engine.request import Request


@dataclass(frozen=True, slots=True)
class Bounds:
    """`pass_tokens` and `requests` bound one pass, `waiting` how many requests may wait."""

    pass_tokens: int = 2048
    requests: int = 64
    waiting: int = 256


@dataclass(frozen=True, slots=True)
class Work:
    """One request's part of a pass: `count` of its pending tokens."""

    request: Request
    count: int

    @property
    def row(self) -> Row:
        """As the batch takes it."""
        request = self.request
        return Row(request.tokens[request.cached : request.cached + self.count], request.cached, request.pages)

    @property
    def completes(self) -> bool:
        """Whether the pass ends with the request's last token, so that the next one can be drawn."""
        return self.count == self.request.pending


class Scheduler:
    """The queues and the pages. Not thread-safe."""

    def __init__(self, pool: PagePool, block: int, bounds: Bounds) -> None:
        self._pool = pool
        self._block = block
        self._bounds = bounds
        self.waiting: deque[Request] = deque()
        self.running: list[Request] = []
        self.preemptions = 0

    @property
    def full(self) -> bool:
        """Whether no further request may wait."""
        return len(self.waiting) >= self._bounds.waiting

    def add(self, request: Request) -> None:
        """Lets a request wait for its turn."""
        self.waiting.append(request)

    def drop(self, request: Request) -> None:
        """Takes a request out, wherever it is, and its pages back."""
        self._pool.give_back(request.pages)
        request.pages = []
        if request in self.running:
            self.running.remove(request)
        elif request in self.waiting:
            self.waiting.remove(request)

    def plan(self) -> list[Work]:
        """Returns the next pass: all decode, or all prompts in pieces; empty when nothing can be done.

        Prompts go first while there is room, because a request that runs keeps its pages for long.
        """
        self._admit()
        pieces = [request for request in self.running if request.pending > 1]
        if pieces:
            return self._pieces(pieces)
        return self._decode()

    def advanced(self, work: Work) -> None:
        """Notes that a pass has put these tokens into the cache, and what pages it filled."""
        request = work.request
        request.cached += work.count
        while request.hashed + self._block <= request.cached:
            tokens = request.tokens[request.hashed : request.hashed + self._block]
            request.last_hash = next_hash(request.last_hash, tokens)
            self._pool.filled(request.pages[request.hashed // self._block], request.last_hash)
            request.hashed += self._block

    def _admit(self) -> None:
        while self.waiting and len(self.running) < self._bounds.requests:
            request = self.waiting[0]
            self._share_prefix(request)
            needed = -(-len(request.tokens) // self._block) - len(request.pages)
            if needed > self._pool.free:
                self._pool.give_back(request.pages)
                request.restart()
                return
            self.running.append(self.waiting.popleft())

    def _share_prefix(self, request: Request) -> None:
        """Takes over pages that hold the beginning already. The last token is always computed, for its logits."""
        while request.hashed + self._block < len(request.tokens):
            tokens = request.tokens[request.hashed : request.hashed + self._block]
            page_hash = next_hash(request.last_hash, tokens)
            page = self._pool.find(page_hash)
            if page is None:
                break
            request.pages.append(page)
            request.last_hash = page_hash
            request.hashed += self._block
            request.cached = request.hashed
        request.prefix_hit = max(request.prefix_hit, request.cached)

    def _pieces(self, requests: list[Request]) -> list[Work]:
        left, planned = self._bounds.pass_tokens, []
        for request in requests:
            count = min(request.pending, left)
            # One that gave up its pages for an older one of this very pass must not be given any.
            if count and request in self.running and self._provide(request, count):
                planned.append(Work(request, count))
                left -= count
        return [work for work in planned if work.request in self.running]

    def _decode(self) -> list[Work]:
        planned = [Work(r, 1) for r in list(self.running) if r in self.running and self._provide(r, 1)]
        return [work for work in planned if work.request in self.running]

    def _provide(self, request: Request, count: int) -> bool:
        """Makes sure that the request has pages for so many more tokens, at the cost of younger ones."""
        while len(request.pages) * self._block < request.cached + count:
            page = self._pool.take()
            if page is None:
                youngest = self.running[-1]
                self._preempt(youngest)
                if youngest is request:
                    return False
                continue
            request.pages.append(page)
        return True

    def _preempt(self, request: Request) -> None:
        self.running.remove(request)
        self._pool.give_back(request.pages)
        request.restart()
        self.waiting.appendleft(request)
        self.preemptions += 1
