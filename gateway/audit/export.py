"""One entry to take home: its bytes, the path to a signed root, and the checkpoint. Checked by `verify.py --proof`."""

from __future__ import annotations

import base64
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from gateway.audit.checkpoint import NoteError, VerifierKey, read_checkpoint
from gateway.audit.errors import EntryNotFound, LogUnreadable, NotYetSigned
from gateway.audit.merkle import inclusion_path, leaf_hash, verify_inclusion
from gateway.audit.state_files import DATABASE, VERIFIER_KEY
from gateway.audit.subtrees import MissingHash, stored_subtrees


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry and everything needed to show that it is in the log that was signed."""

    seq: int
    body: bytes = field(repr=False)
    path: tuple[bytes, ...]
    checkpoint: str

    def as_json(self) -> bytes:
        """Returns the file: JSON, hashes and bytes in base64, the record also readable under `record`."""
        return orjson.dumps(
            {
                "seq": self.seq,
                "record": orjson.loads(self.body),
                "body": base64.b64encode(self.body).decode(),
                "path": [base64.b64encode(step).decode() for step in self.path],
                "checkpoint": self.checkpoint,
            },
            option=orjson.OPT_INDENT_2,
        )


def prove(directory: Path, seq: int) -> Proof:
    """Returns the proof of one entry under the newest checkpoint. Blocks on the disk.

    Raises:
        EntryNotFound: the log has no such entry.
        NotYetSigned: no checkpoint covers it yet.
        LogUnreadable: the log cannot be read, or does not agree with its checkpoint.
    """
    try:
        key = VerifierKey.parse((directory / VERIFIER_KEY).read_text(encoding="utf-8"))
        path = (directory / DATABASE).absolute().as_uri()
        connection = sqlite3.connect(f"{path}?mode=ro", uri=True, isolation_level=None)
        try:
            connection.execute("BEGIN")
            return _prove(connection, key, seq)
        finally:
            connection.close()
    except (OSError, sqlite3.Error, NoteError, MissingHash) as error:
        raise LogUnreadable(f"the audit log cannot be proved from: {type(error).__name__}") from None


def _prove(connection: sqlite3.Connection, key: VerifierKey, seq: int) -> Proof:
    row = connection.execute("SELECT body FROM entry WHERE seq = ?", (seq,)).fetchone()
    if row is None:
        raise EntryNotFound("the log has no such entry")
    note = connection.execute(
        "SELECT note FROM checkpoint WHERE size > ? ORDER BY size DESC LIMIT 1", (seq,)
    ).fetchone()
    if note is None:
        raise NotYetSigned("no checkpoint covers this entry yet")
    signed = read_checkpoint(note[0], key)
    path = inclusion_path(seq, signed.size, stored_subtrees(connection))
    if not verify_inclusion(leaf_hash(row[0]), seq, signed.size, path, signed.root):
        raise MissingHash("the stored entries do not lead to the signed root")
    return Proof(seq, row[0], tuple(path), note[0])
