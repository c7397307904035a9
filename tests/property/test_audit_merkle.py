"""The tree agrees with the definition in RFC 9162, and its proofs prove exactly what is so."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.merkle import (
    CompactRange,
    consistency_path,
    inclusion_path,
    leaf_hash,
    peaks_of,
    verify_consistency,
    verify_inclusion,
)

SIZES = st.integers(1, 130)


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(n).encode()) for n in range(count)]


def defined_root(hashes: list[bytes]) -> bytes:
    """MTH as RFC 9162 section 2.1.1 writes it, over leaf hashes."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else sha256(b"").digest()
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return sha256(b"\x01" + defined_root(hashes[:split]) + defined_root(hashes[split:])).digest()


def subtree(level: int, position: int) -> bytes:
    return defined_root(leaves((position + 1) << level)[position << level :])


def grown(count: int) -> CompactRange:
    tree = CompactRange()
    for leaf in leaves(count):
        tree.append(leaf)
    return tree


@given(st.integers(0, 300))
def test_the_root_is_the_one_defined(size: int) -> None:
    assert grown(size).root() == defined_root(leaves(size))


@given(st.integers(0, 200), st.integers(0, 40))
def test_a_tree_resumed_at_any_size_grows_to_the_same_root(size: int, more: int) -> None:
    tree = CompactRange(size, (subtree(level, position) for level, position in peaks_of(size)))
    for leaf in leaves(size + more)[size:]:
        tree.append(leaf)
    assert tree.root() == defined_root(leaves(size + more))


@given(SIZES, st.data())
def test_every_leaf_is_proved_and_only_in_its_place(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1))
    root, leaf = defined_root(leaves(size)), leaves(size)[index]
    path = inclusion_path(index, size, subtree)
    assert verify_inclusion(leaf, index, size, path, root)
    assert verify_inclusion(leaf, other, size, path, root) == (other == index)
    assert not verify_inclusion(leaf_hash(b"never written"), index, size, path, root)


@given(SIZES, SIZES)
def test_every_extension_is_proved_and_no_rewriting(first: int, second: int) -> None:
    old, new = sorted((first, second))
    old_root, new_root = defined_root(leaves(old)), defined_root(leaves(new))
    path = consistency_path(old, new, subtree)
    assert verify_consistency(old, new, path, old_root, new_root)
    assert not verify_consistency(old, new, path, leaf_hash(b"rewritten"), new_root)
    assert not verify_consistency(old, new, path, old_root, leaf_hash(b"rewritten"))


@given(SIZES, st.data())
def test_a_damaged_path_proves_nothing(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root, leaf = defined_root(leaves(size)), leaves(size)[index]
    path = inclusion_path(index, size, subtree)
    assert not verify_inclusion(leaf, index, size, [*path, leaf], root)
    if path:
        place = data.draw(st.integers(0, len(path) - 1))
        assert not verify_inclusion(leaf, index, size, path[:place] + path[place + 1 :], root)
        flipped = bytes([path[place][0] ^ 1]) + path[place][1:]
        assert not verify_inclusion(leaf, index, size, [*path[:place], flipped, *path[place + 1 :]], root)
