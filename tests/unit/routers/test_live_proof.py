"""What an in-house server says of itself live: each way in which it proves nothing has its own name."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from routers.attestation import Doubt
from routers.live_proof import LiveProof, LiveProofs, doubt_of_page
from routers.types import DestinationId
from routers.upstreams.endpoint import Endpoint
from selfhost.attest.checkpoint import PREDICATE
from selfhost.attest.envelope import PAYLOAD_TYPE, Envelope, Statement

NOW_MS, HOUR_MS = 1_800_000_000_000, 3_600_000
KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2))
HOUSE = DestinationId("inhouse-m3")
ROOT = "ab" * 32
AT = Endpoint("http://127.0.0.1:8000/v1")
PROOF = LiveProof(AT, KEY.public_key(), HOUR_MS)


def manifest(root: object = ROOT, *, key: Ed25519PrivateKey = KEY, kind: str = PREDICATE) -> dict[str, object]:
    """As the in-house packages write it."""
    made = Envelope(Statement({"config.json": "cd" * 32}, kind, {"root": root}).payload(), {}).signed(key)
    signatures = [{"keyid": name, "sig": base64.b64encode(each).decode()} for name, each in made.signatures.items()]
    return {"payloadType": PAYLOAD_TYPE, "payload": base64.b64encode(made.payload).decode(), "signatures": signatures}


def page(**changed: object) -> bytes:
    good = {"root": ROOT, "canaries": "holds", "drifted": [], "checked_ms": NOW_MS - 60_000, "checkpoint": manifest()}
    return json.dumps(good | changed).encode()


PAGES = {
    "good": (page(), None),
    "drifted": (page(canaries="drifted"), Doubt.DRIFTED),
    "drifted and unsigned": (page(canaries="drifted", checkpoint=None), Doubt.DRIFTED),
    "not asked yet": (page(canaries="pending", checked_ms=None), Doubt.NO_CANARIES),
    "no answer": (page(canaries="failed"), Doubt.NO_CANARIES),
    "asked long ago": (page(checked_ms=NOW_MS - 2 * HOUR_MS), Doubt.STALE),
    "asked tomorrow": (page(checked_ms=NOW_MS + 24 * HOUR_MS), Doubt.STALE),
    "of other weights": (page(root="ef" * 32), Doubt.OTHER_WEIGHTS),
    "of a root that is no text": (page(root=5, checkpoint=manifest(5)), Doubt.OTHER_WEIGHTS),
    "signed by another": (page(checkpoint=manifest(key=OTHER)), Doubt.SIGNATURE),
    "signed by nobody": (page(checkpoint=manifest() | {"signatures": []}), Doubt.SIGNATURE),
    "another statement": (page(checkpoint=manifest(kind="urn:selfhost:report:v1")), Doubt.UNREADABLE),
    "another payload type": (page(checkpoint=manifest() | {"payloadType": "text/plain"}), Doubt.SIGNATURE),
    "weights nobody verified": (page(root="not verified", checkpoint=None), Doubt.UNREADABLE),
    "signatures of another form": (page(checkpoint=manifest() | {"signatures": "x"}), Doubt.UNREADABLE),
    "a list": (b"[]", Doubt.UNREADABLE),
    "no JSON": (b"<html>", Doubt.UNREADABLE),
    "no UTF-8": (b"\xff", Doubt.UNREADABLE),
    "deep": (b"[" * 100_000, Doubt.UNREADABLE),
    "empty": (b"", Doubt.UNREADABLE),
}


@pytest.mark.parametrize(("content", "doubt"), PAGES.values(), ids=PAGES)
def test_what_a_page_proves(content: bytes, doubt: Doubt | None) -> None:
    assert doubt_of_page(PROOF, content, NOW_MS) is doubt


class Pages:
    """What the servers answer, one after the other."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)

    async def read(self, endpoint: Endpoint) -> bytes | None:
        assert endpoint is AT
        return self.answers.pop(0)


async def test_a_server_that_is_silent_for_long_proves_nothing_any_more() -> None:
    proofs = LiveProofs({HOUSE: PROOF}, Pages(None, page(), None, None, page()))
    times = (NOW_MS, NOW_MS, NOW_MS + 30_000, NOW_MS + 30_001, NOW_MS + 40_000)
    found = [(await proofs.looks(now_ms))[HOUSE].doubt for now_ms in times]
    assert found == [Doubt.UNREACHABLE, None, None, Doubt.UNREACHABLE, None]
