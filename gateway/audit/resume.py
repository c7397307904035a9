"""Opens a log where it was left: its tree and its open intents, and a check that the end of it is as it was signed.

The whole history is the verifier's business. Here the last checkpoint must carry our signature and match the stored
tree, and every entry after it (and the last 256 at least) must be there, in order, and hash to its leaf.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from gateway.audit.checkpoint import NoteError, SigningKey, read_checkpoint
from gateway.audit.merkle import CompactRange, leaf_hash, peaks_of
from gateway.audit.record import Outcome
from gateway.audit.subtrees import STORED_LEVEL, MissingHash, stored_subtrees
from gateway.errors import StartupError

NOT_SENT = "audit.not_sent"
"""`signature` of an outcome whose attempt never got a permit: certainly nothing left."""
RECOVERED = "audit.recovered"
"""`signature` of an outcome written when the log was opened: whether anything left is not known."""


class OpenIntent(NamedTuple):
    """An intent on disk without an outcome."""

    seq: int
    request_id: str
    attempt_id: str
    tenant: str
    app: str
    destination: str


def resume_tree(connection: sqlite3.Connection, key: SigningKey) -> CompactRange:
    """Returns the tree of the stored log, ready to grow.

    Raises:
        StartupError: the log does not agree with its last checkpoint, or its end is damaged.
    """
    (size,) = connection.execute("SELECT coalesce(max(seq) + 1, 0) FROM entry").fetchone()
    try:
        signed = _check_last_checkpoint(connection, key, size)
        _check_end(connection, min(signed, max(0, size - (1 << STORED_LEVEL))), size)
        return _tree(connection, size)
    except (MissingHash, NoteError) as error:
        raise StartupError(f"the audit log does not agree with itself ({error}); run `gateway audit verify`") from None


def open_intents(connection: sqlite3.Connection) -> list[OpenIntent]:
    """Returns the intents without an outcome, oldest first."""
    rows = connection.execute(
        "SELECT e.seq, e.request_id, e.attempt_id, e.tenant, e.app, e.destination"
        " FROM open_intent o JOIN entry e ON e.seq = o.seq ORDER BY e.seq"
    )
    return [OpenIntent(*row) for row in rows]


def unknown_outcome(intent: OpenIntent, *, signature: str, recovered: bool) -> Outcome:
    """Returns the outcome that closes an intent of which nothing more will be heard."""
    return Outcome(
        request_id=intent.request_id,
        attempt_id=intent.attempt_id,
        intent_seq=intent.seq,
        tenant=intent.tenant,
        app=intent.app,
        destination=intent.destination,
        ending="unknown",
        status=0,
        failure_class="",
        signature=signature,
        scope="",
        model_returned="",
        input_tokens=-1,
        output_tokens=-1,
        bytes_received=0,
        first_byte_ms=-1,
        total_ms=0,
        restored=0,
        recovered=recovered,
    )


def _tree(connection: sqlite3.Connection, size: int) -> CompactRange:
    subtree = stored_subtrees(connection)
    return CompactRange(size, (subtree(level, position) for level, position in peaks_of(size)))


def _check_last_checkpoint(connection: sqlite3.Connection, key: SigningKey, size: int) -> int:
    """Returns how many entries the last checkpoint covers."""
    row = connection.execute("SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    if row is None:
        return 0
    checkpoint = read_checkpoint(row[1], key.verifier)
    if checkpoint.size != row[0] or checkpoint.size > size:
        raise MissingHash(f"entries before {checkpoint.size} were signed, {size} are stored")
    if _tree(connection, checkpoint.size).root() != checkpoint.root:
        raise MissingHash(f"the first {checkpoint.size} entries are not those that were signed")
    return checkpoint.size


def _check_end(connection: sqlite3.Connection, begin: int, end: int) -> None:
    expected = begin
    for seq, leaf, body in connection.execute(
        "SELECT seq, leaf, body FROM entry WHERE seq >= ? ORDER BY seq", (begin,)
    ):
        if seq != expected or leaf_hash(body) != leaf:
            raise MissingHash(f"entry {expected} is missing or changed")
        expected += 1
    if expected != end:
        raise MissingHash(f"entries after {expected} are missing")
