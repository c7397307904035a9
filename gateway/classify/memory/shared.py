"""Readings that the workers of a fleet share, in Redis. A failure of any kind is a miss, never a wrong answer.

Whoever can write to the server still cannot plant "nothing found": each value carries a code over its key and content
under a secret that only the workers have. Whoever can read it sees types and places under digests, no text.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

import redis

from gateway.classify.memory.keys import TextKey
from gateway.classify.memory.reading import Reading, decoded, encoded

_LOG = logging.getLogger(__name__)
_PREFIX = b"gateway:classify:1:"
_CODE_BYTES = 32
KEEP_S = 86_400
"""How long a reading is kept after it was written, seconds: longer than most conversations last."""
_WAIT_S = 0.1
"""Longest wait for the server. Reading again costs about as much for a few kilobytes of text."""
REST_S = 5.0
"""After a failure the server is left alone for so long."""
_LARGEST_BYTES = 1 << 16
_BATCH = 512


class SharedMemory:
    """Satisfies `gateway.classify.memory.port.Memory`."""

    is_remote = True

    def __init__(self, url: str, secret: bytes, monotonic_s: Callable[[], float]) -> None:
        """`url` is `redis://host:port/n`, `rediss://…` or `unix://path`. `secret` is 32 octets. Opens nothing yet."""
        self._server = redis.Redis.from_url(url, socket_timeout=_WAIT_S, socket_connect_timeout=_WAIT_S)
        self._secret = hmac.digest(secret, b"classify-memory-code", "sha256")
        self._monotonic_s = monotonic_s
        self._resting_until_s = float("-inf")

    def recall(self, wanted: Sequence[tuple[int, TextKey]]) -> dict[TextKey, Reading]:
        """Returns what the server knows and what is authentic of it."""
        known: dict[TextKey, Reading] = {}
        for batch in _batches(wanted):
            values = self._asked([_PREFIX + key for _, key in batch])
            for (leaf, key), value in zip(batch, values, strict=False):
                reading = None if value is None else self._opened(key, value, leaf)
                if reading is not None:
                    known[key] = reading
        return known

    def keep(self, readings: Mapping[TextKey, Reading]) -> None:
        """Writes what is not too large."""
        if self._is_resting():
            return
        try:
            with self._server.pipeline(transaction=False) as pipeline:
                for key, reading in readings.items():
                    content = encoded(reading)
                    if len(content) <= _LARGEST_BYTES:
                        pipeline.set(_PREFIX + key, self._code(key, content) + content, ex=KEEP_S)
                pipeline.execute()
        except (redis.RedisError, OSError) as error:
            self._rest(error)

    def close(self) -> None:
        """Closes the connections."""
        self._server.close()

    def _asked(self, keys: list[bytes]) -> list[bytes | None]:
        if self._is_resting():
            return []
        try:
            values = self._server.mget(keys)
        except (redis.RedisError, OSError) as error:
            self._rest(error)
            return []
        return [each if isinstance(each, bytes) else None for each in values]

    def _opened(self, key: TextKey, value: bytes, leaf: int) -> Reading | None:
        code, content = value[:_CODE_BYTES], value[_CODE_BYTES:]
        if not hmac.compare_digest(code, self._code(key, content)):
            _LOG.warning("the shared memory of the classifier holds a value that no worker wrote")
            return None
        return decoded(content, leaf)

    def _code(self, key: TextKey, content: bytes) -> bytes:
        return hmac.digest(self._secret, key + content, "sha256")

    def _is_resting(self) -> bool:
        return self._monotonic_s() < self._resting_until_s

    def _rest(self, error: Exception) -> None:
        self._resting_until_s = self._monotonic_s() + REST_S
        _LOG.warning("the shared memory of the classifier did not answer: %s", type(error).__name__)


def _batches(wanted: Sequence[tuple[int, TextKey]]) -> Iterator[list[tuple[int, TextKey]]]:
    rest = iter(wanted)
    while batch := list(islice(rest, _BATCH)):
        yield batch
