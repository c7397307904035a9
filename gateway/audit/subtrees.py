"""Reads hashes of complete subtrees from the log on disk, for resuming and for proofs."""

from __future__ import annotations

import sqlite3

from gateway.audit.merkle import CompactRange, SubtreeHash

STORED_LEVEL = 8
"""Complete subtrees of 256 leaves and more are stored; smaller ones are rehashed from their leaves when needed."""


class MissingHash(LookupError):
    """The log has no hash where its size says there must be one."""


def stored_subtrees(connection: sqlite3.Connection) -> SubtreeHash:
    """Returns the subtree hashes of the log this connection reads. They raise `MissingHash` where one is absent."""

    def subtree(level: int, position: int) -> bytes:
        if level >= STORED_LEVEL:
            return _stored(connection, level, position)
        first = position << level
        return _rehashed(connection, first, first + (1 << level))

    return subtree


def _stored(connection: sqlite3.Connection, level: int, position: int) -> bytes:
    row = connection.execute("SELECT hash FROM node WHERE level = ? AND position = ?", (level, position)).fetchone()
    if row is None:
        raise MissingHash(f"no node at level {level}, position {position}")
    return bytes(row[0])


def _rehashed(connection: sqlite3.Connection, begin: int, end: int) -> bytes:
    leaves = connection.execute("SELECT leaf FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq", (begin, end))
    tree = CompactRange()
    for (leaf,) in leaves:
        tree.append(leaf)
    if tree.size != end - begin:
        raise MissingHash(f"entries are missing between {begin} and {end}")
    return tree.root()
