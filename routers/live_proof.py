"""What an in-house server proves of itself while it serves: signed weights, and canaries that hold.

Its `/provenance` page shows the signed manifest of the weights it loaded and what its canaries said last. The signature
is checked here; that the server tells the truth about itself is what the signed report of `routers.attestation` backs.
Nothing of a request is ever sent there.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from routers.attestation import AHEAD_MS, CHECKPOINT, Doubt, Look, plain, signed_predicate
from routers.types import DestinationId
from routers.upstreams.endpoint import Endpoint, endpoint_url

_PAGE_BYTES = 4 * 1024 * 1024
_TIMEOUT_S = 10.0
_GRACE_MS = 30_000
"""For so long a server that does not answer keeps what was known of it: a page lost under load proves nothing."""
_MODELS = "/v1/models"


@dataclass(frozen=True, slots=True)
class LiveProof:
    """Who must have signed the weights at an endpoint, and how long ago its canaries may have been asked, in ms."""

    endpoint: Endpoint
    key: Ed25519PublicKey = field(repr=False)
    age_ms: int


def doubt_of_page(proof: LiveProof, page: bytes, now_ms: int) -> Doubt | None:
    """Returns what a page leaves unproved, `None` when it proves everything. Never raises."""
    try:
        document = json.loads(page)
        if document["canaries"] == "drifted":
            return Doubt.DRIFTED
        signed = signed_predicate(document["checkpoint"], proof.key, CHECKPOINT)
        rules = {
            Doubt.OTHER_WEIGHTS: isinstance(signed["root"], str) and document["root"] == signed["root"],
            Doubt.NO_CANARIES: document["canaries"] == "holds",
            Doubt.STALE: now_ms - proof.age_ms <= int(document["checked_ms"] or 0) <= now_ms + AHEAD_MS,
        }
    except InvalidSignature:
        return Doubt.SIGNATURE
    except (ValueError, KeyError, TypeError, RecursionError):
        return Doubt.UNREADABLE
    return next((doubt for doubt, holds in rules.items() if not holds), None)


class Pages(Protocol):
    """Where the pages come from."""

    async def read(self, endpoint: Endpoint) -> bytes | None:
        """Returns the page, or `None` when there is no answer. Never raises."""
        ...


class HttpPages:
    """Asks over HTTP. The session is the caller's to close."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def read(self, endpoint: Endpoint) -> bytes | None:
        """See `Pages`. An answer that is an error, or endless, is as good as none."""
        url = endpoint_url(endpoint, _MODELS).removesuffix(_MODELS) + "/provenance"
        headers = {"authorization": f"Bearer {endpoint.credential}"} if endpoint.credential else {}
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        try:
            async with self._session.get(url, headers=headers, timeout=timeout, allow_redirects=False) as answer:
                page = await answer.content.read(_PAGE_BYTES)
                while answer.status == 200 and len(page) < _PAGE_BYTES:
                    piece = await answer.content.read(_PAGE_BYTES)
                    if not piece:
                        return page
                    page += piece
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None
        return None


class LiveProofs:
    """The destinations that must prove themselves live, and what is known of each."""

    def __init__(self, proofs: Mapping[DestinationId, LiveProof], pages: Pages) -> None:
        self._proofs = proofs
        self._pages = pages
        self._known: dict[DestinationId, tuple[Look, int]] = {}

    @property
    def destinations(self) -> tuple[DestinationId, ...]:
        """Who must prove themselves."""
        return tuple(self._proofs)

    async def looks(self, now_ms: int) -> dict[DestinationId, Look]:
        """Returns what each proves now; all are asked at once."""
        places = self.destinations
        found = await asyncio.gather(*(self._look(place, now_ms) for place in places))
        return dict(zip(places, found, strict=True))

    async def _look(self, place: DestinationId, now_ms: int) -> Look:
        proof = self._proofs[place]
        page = await self._pages.read(proof.endpoint)
        if page is not None:
            doubt = doubt_of_page(proof, page, now_ms)
            self._known[place] = Look(doubt, "" if doubt else _told(page)), now_ms
        look, at_ms = self._known.get(place, (Look(Doubt.UNREACHABLE), now_ms))
        return look if now_ms - at_ms <= _GRACE_MS else Look(Doubt.UNREACHABLE)


def _told(page: bytes) -> str:
    """The weights by the beginning of their root, the engine and its attention. The page has proved its form."""
    document = json.loads(page)
    about = ", ".join(f"{name} {document.get(name)}" for name in ("engine", "attention", "canaries"))
    return plain(f"root {document['root'][:16]}, {about}")
