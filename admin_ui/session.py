"""Who is looking: a signed cookie that names a key, checked against the key file again on every request."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass, field

from gateway.types import KeyId

COOKIE = "gateway_admin"
LIFETIME_MS = 8 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes and reads session cookies. The key lives as long as the process: a restart ends every session."""

    key: bytes = field(repr=False)

    def issue(self, key_id: KeyId, now_ms: int) -> str:
        """Returns a cookie value for this key, good for `LIFETIME_MS`."""
        payload = json.dumps({"key_id": key_id, "until_ms": now_ms + LIFETIME_MS}).encode()
        return f"{_text(payload)}.{_text(self._tag(payload))}"

    def read(self, cookie: str | None, now_ms: int) -> KeyId | None:
        """Returns the key a valid, unexpired cookie names, else `None`. Never raises for what a browser sends."""
        payload_text, _, tag_text = (cookie or "").partition(".")
        try:
            payload, tag = _bytes(payload_text), _bytes(tag_text)
        except (binascii.Error, ValueError):
            return None
        if not hmac.compare_digest(tag, self._tag(payload)):
            return None
        session = json.loads(payload)
        return KeyId(session["key_id"]) if now_ms < session["until_ms"] else None

    def _tag(self, payload: bytes) -> bytes:
        return hmac.digest(self.key, payload, "sha256")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
