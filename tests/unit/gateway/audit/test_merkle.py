"""The tree against the vectors of the RFC 6962 reference implementation (certificate-transparency, merkletree)."""

from __future__ import annotations

import pytest

from gateway.audit.merkle import (
    EMPTY_ROOT,
    CompactRange,
    consistency_path,
    inclusion_path,
    leaf_hash,
    peaks_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
FOUR = ROOTS[3]


def subtree(level: int, position: int) -> bytes:
    tree = CompactRange()
    for leaf in LEAVES[position << level : (position + 1) << level]:
        tree.append(leaf_hash(leaf))
    return tree.root()


def test_the_empty_tree_has_the_hash_of_nothing_as_its_root() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert CompactRange().root() == EMPTY_ROOT


def test_roots_are_those_of_the_reference_implementation() -> None:
    tree = CompactRange()
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        tree.append(leaf_hash(leaf))
        assert tree.root().hex() == root


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [(0, 1, []), (0, 8, [A, B, C]), (5, 8, [D, E, FOUR]), (2, 3, [ROOTS[1]]), (1, 5, [ROOTS[0], B, D])],
)
def test_inclusion_paths_are_those_of_the_reference_implementation(index: int, size: int, path: list[str]) -> None:
    found = inclusion_path(index, size, subtree)
    assert [step.hex() for step in found] == path
    assert verify_inclusion(leaf_hash(LEAVES[index]), index, size, found, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize(("old", "new", "path"), [(1, 1, []), (1, 8, [A, B, C]), (6, 8, [F, E, FOUR]), (2, 5, [B, D])])
def test_consistency_paths_are_those_of_the_reference_implementation(old: int, new: int, path: list[str]) -> None:
    found = consistency_path(old, new, subtree)
    assert [step.hex() for step in found] == path
    assert verify_consistency(old, new, found, bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1]))


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0)])
def test_there_is_no_inclusion_path_for_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_path(index, size, subtree)
    assert not verify_inclusion(leaf_hash(b""), index, size, [], EMPTY_ROOT)


@pytest.mark.parametrize(("old", "new"), [(0, 4), (5, 4), (-1, 1)])
def test_there_is_no_consistency_path_that_shrinks_the_tree(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="0 < old <= new"):
        consistency_path(old, new, subtree)
    assert not verify_consistency(old, new, [], EMPTY_ROOT, EMPTY_ROOT)


def test_a_tree_resumes_from_the_subtrees_its_size_names() -> None:
    resumed = CompactRange(5, (subtree(level, position) for level, position in peaks_of(5)))
    for leaf in LEAVES[5:]:
        resumed.append(leaf_hash(leaf))
    assert resumed.root().hex() == ROOTS[7]


def test_a_tree_does_not_resume_from_the_wrong_number_of_subtrees() -> None:
    with pytest.raises(ValueError, match="complete subtrees"):
        CompactRange(5, [b"x" * 32])


def test_growing_reports_each_inner_node_once_it_is_complete() -> None:
    tree = CompactRange()
    nodes = [node for leaf in LEAVES for node in tree.append(leaf_hash(leaf))]
    assert [(node.level, node.position) for node in nodes] == [(1, 0), (1, 1), (2, 0), (1, 2), (1, 3), (2, 1), (3, 0)]
    assert all(node.hash == subtree(node.level, node.position) for node in nodes)
