"""Which pages are whose: allocation, sharing of equal prefixes, and reuse of the longest unused.

A full page is known by a hash of everything that led to it: hash(parent, tokens), the first parent being the salt of
the caller. Equal hashes hold equal keys and values, so a later request with the same beginning and salt takes the
pages as they are. Salts keep tenants apart: a hit would tell one that the other has asked the same.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence

PageHash = bytes


def first_hash(salt: str) -> PageHash:
    """Returns the parent of a request's first page."""
    return hashlib.blake2b(salt.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def next_hash(parent: PageHash, tokens: Sequence[int]) -> PageHash:
    """Returns the hash of a full page."""
    content = b"".join(token.to_bytes(4, "little") for token in tokens)
    return hashlib.blake2b(content, digest_size=16, key=parent).digest()


class PagePool:
    """The pages of one cache. Page 0 is never handed out: padding may point at it."""

    def __init__(self, pages: int) -> None:
        self._users = [0] * pages
        self._hash_of: dict[int, PageHash] = {}
        self._page_of: dict[PageHash, int] = {}
        self._free: OrderedDict[int, None] = OrderedDict.fromkeys(range(1, pages))
        self.hits = 0

    @property
    def free(self) -> int:
        """Pages that nobody uses; some of them still hold a prefix."""
        return len(self._free)

    @property
    def size(self) -> int:
        """Pages that can be handed out at all."""
        return len(self._users) - 1

    def find(self, page_hash: PageHash) -> int | None:
        """Returns the page that holds this, now used once more, or `None`."""
        page = self._page_of.get(page_hash)
        if page is not None:
            self._free.pop(page, None)
            self._users[page] += 1
            self.hits += 1
        return page

    def take(self) -> int | None:
        """Returns a page to write to, the one unused for longest, or `None` when all are in use."""
        if not self._free:
            return None
        page, _ = self._free.popitem(last=False)
        known = self._hash_of.pop(page, None)
        if known is not None:
            del self._page_of[known]
        self._users[page] = 1
        return page

    def filled(self, page: int, page_hash: PageHash) -> None:
        """Notes what a full page holds. When another page holds it already, that one stays the one to be found."""
        if page_hash not in self._page_of and page not in self._hash_of:
            self._page_of[page_hash] = page
            self._hash_of[page] = page_hash

    def give_back(self, pages: Sequence[int]) -> None:
        """Ends one use of each page. The last ones of a request are reused first."""
        for page in reversed(pages):
            self._users[page] -= 1
            if self._users[page] == 0:
                self._free[page] = None
                if page not in self._hash_of:
                    self._free.move_to_end(page, last=False)
