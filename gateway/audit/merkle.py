"""The Merkle tree of RFC 9162 section 2.1: hashing, growth, proofs, and the checks that need no tree at all.

The tree is never held in memory. `CompactRange` keeps one hash per complete subtree on the right-hand edge, which is
all that growing needs; proofs ask a `SubtreeHash` for the complete subtrees they name. Hashes are 32 raw bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

EMPTY_ROOT = sha256(b"").digest()
"""The root of a log without entries."""

SubtreeHash = Callable[[int, int], bytes]
"""`(level, position)` -> hash of the complete subtree over leaves `[position << level, (position + 1) << level)`."""


class Node(NamedTuple):
    """A complete subtree: `2 ** level` leaves, the `position`-th of its level from the left."""

    level: int
    position: int
    hash: bytes


def leaf_hash(data: bytes) -> bytes:
    """Returns the hash of one entry: SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Returns the hash of an inner node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The right-hand edge of a growing tree: `size` leaves and the hashes of the complete subtrees they fall into."""

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Resumes from the hashes that `peaks_of(size)` names, largest subtree first."""
        self.size = size
        self._peaks = list(peaks)
        if len(self._peaks) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees")

    def append(self, leaf: bytes) -> list[Node]:
        """Adds a leaf hash and returns the inner nodes that it completed, smallest first."""
        completed: list[Node] = []
        level, position, current = 0, self.size, leaf
        while position & 1:
            current = node_hash(self._peaks.pop(), current)
            level, position = level + 1, position >> 1
            completed.append(Node(level, position, current))
        self._peaks.append(current)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Returns the tree head: the subtrees folded from the right."""
        if not self._peaks:
            return EMPTY_ROOT
        current = self._peaks[-1]
        for left in reversed(self._peaks[:-1]):
            current = node_hash(left, current)
        return current


def peaks_of(size: int) -> list[tuple[int, int]]:
    """Returns `(level, position)` of the complete subtrees that a tree of this size falls into, largest first."""
    peaks: list[tuple[int, int]] = []
    begin = 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            peaks.append((level, begin >> level))
            begin += 1 << level
    return peaks


def inclusion_path(index: int, size: int, subtree: SubtreeHash) -> list[bytes]:
    """Returns the audit path of one leaf, nearest sibling first (RFC 9162, 2.1.3.1).

    Raises:
        ValueError: the tree of this size has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("the tree has no such leaf")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_range_hash(middle, end, subtree))
            end = middle
        else:
            path.append(_range_hash(begin, middle, subtree))
            begin = middle
    return path[::-1]


def consistency_path(old: int, new: int, subtree: SubtreeHash) -> list[bytes]:
    """Returns the proof that the tree of size `new` extends the tree of size `old` (RFC 9162, 2.1.4.1).

    Raises:
        ValueError: not `0 < old <= new`.
    """
    if not 0 < old <= new:
        raise ValueError("a consistency proof needs 0 < old <= new")
    path: list[bytes] = []
    begin, end = 0, new
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(_range_hash(middle, end, subtree))
            end = middle
        else:
            path.append(_range_hash(begin, middle, subtree))
            begin = middle
    if begin:  # the old root itself is known to whoever checks, and is left out
        path.append(_range_hash(begin, end, subtree))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tells whether the path proves that `leaf` is the `index`-th of the tree with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, current = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            current = node_hash(sibling, current)
            position, last = _climb(position, last)
        else:
            current = node_hash(current, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and current == root


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Tells whether the path proves that the new tree extends the old one (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old & (old - 1) == 0:  # a complete old tree is its own first step
        path = [old_root, *path]
    if not path:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    return _fold_consistency(position, last, path, (old_root, new_root))


def _fold_consistency(position: int, last: int, path: Sequence[bytes], roots: tuple[bytes, bytes]) -> bool:
    old_seen = new_seen = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old_seen, new_seen = node_hash(sibling, old_seen), node_hash(sibling, new_seen)
            position, last = _climb(position, last)
        else:
            new_seen = node_hash(new_seen, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and (old_seen, new_seen) == roots


def _climb(position: int, last: int) -> tuple[int, int]:
    """Skips the levels at which a right-edge node has no sibling."""
    while position and not position & 1:
        position, last = position >> 1, last >> 1
    return position, last


def _split(count: int) -> int:
    """The largest power of two smaller than `count`."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_hash(begin: int, end: int, subtree: SubtreeHash) -> bytes:
    """MTH of leaves `[begin, end)`, where `begin` is aligned as RFC 9162 aligns it."""
    count = end - begin
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return subtree(level, begin >> level)
    middle = begin + _split(count)
    return node_hash(_range_hash(begin, middle, subtree), _range_hash(middle, end, subtree))
