"""The file: what was written comes back, and nothing that was altered opens."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.classify.fingerprints.documents import Kind
from gateway.classify.fingerprints.index import Index
from gateway.classify.fingerprints.index_file import IndexDamaged, open_index, read_tenant, tenant_key, write_index
from gateway.classify.fingerprints.keying import FingerprintKey
from gateway.classify.fingerprints.registry import with_documents, with_public, without
from gateway.classify.fingerprints.store import IndexStore, wrong_documents
from gateway.classify.fingerprints.streams import Fingerprinter
from gateway.classify.fingerprints.tree import tree_root
from tests.unit.gateway.classify.fingerprints.conftest import Build, addition, code, prose, secret

KEY_OF = tenant_key(lambda _: secret(7))


@pytest.fixture
def index(build: Build) -> Index:
    rows = [("ours", f"{n}.py", code(n), Kind.CODE) for n in range(3)]
    return build(*rows, ("legal", "terms.md", prose(1), Kind.DOCUMENT), public=prose(2))


def test_what_was_written_comes_back(tmp_path: Path, index: Index, key: FingerprintKey) -> None:
    path = tmp_path / "x.idx"
    write_index(path, index, key, os.urandom)
    again = open_index(path, KEY_OF)
    assert (again.tenant, again.root, again.documents) == ("default", index.root, index.documents)
    for name in ("values", "numbers", "sieve", "public", "owners"):
        assert getattr(again, name).tolist() == getattr(index, name).tolist()
    assert again.kinds == {Kind.CODE, Kind.DOCUMENT}
    assert wrong_documents(again) == []
    assert [each.name for each in tmp_path.iterdir()] == ["x.idx"]


def test_the_file_holds_no_text_and_no_name(tmp_path: Path, build: Build, key: FingerprintKey) -> None:
    path = tmp_path / "x.idx"
    write_index(path, build(("owner-name", "merger-plan.md", prose(1), Kind.DOCUMENT)), key, os.urandom)
    content = path.read_bytes()
    assert not [word for word in (b"owner-name", b"merger", b"alpha", b"river") if word in content]


def _cut(share: float) -> Callable[[bytes], bytes]:
    return lambda content: content[: int(len(content) * share)]


def _flip(share: float) -> Callable[[bytes], bytes]:
    def flipped(content: bytes) -> bytes:
        at = min(len(content) - 1, int(len(content) * share))
        return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]

    return flipped


HARMS: dict[str, Callable[[bytes], bytes]] = {
    **{f"cut at {share}": _cut(share) for share in (0, 0.001, 0.01, 0.3, 0.9, 0.999)},
    **{f"a bit at {share}": _flip(share) for share in (0, 0.0001, 0.0004, 0.001, 0.01, 0.3, 0.6, 0.9, 1)},
    "longer": lambda content: content + b"\x00",
}


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS)
def test_an_altered_file_does_not_open(
    tmp_path: Path, index: Index, key: FingerprintKey, harm: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "x.idx"
    write_index(path, index, key, os.urandom)
    path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(IndexDamaged):
        open_index(path, KEY_OF)


def test_another_master_secret_does_not_open_it(tmp_path: Path, index: Index, key: FingerprintKey) -> None:
    path = tmp_path / "x.idx"
    write_index(path, index, key, os.urandom)
    with pytest.raises(IndexDamaged, match="master secret"):
        open_index(path, tenant_key(lambda _: secret(8)))


def test_a_reader_of_the_old_file_is_not_disturbed(tmp_path: Path, build: Build, key: FingerprintKey) -> None:
    path = tmp_path / "x.idx"
    write_index(path, build(("a", "x.md", prose(1), Kind.DOCUMENT)), key, os.urandom)
    old = open_index(path, KEY_OF)
    before = old.values.tolist()
    write_index(path, build(("b", "y.md", prose(2, 900), Kind.DOCUMENT)), key, os.urandom)
    assert old.values.tolist() == before


def test_each_tenant_has_a_key_of_its_own(tmp_path: Path, key: FingerprintKey, index: Index) -> None:
    store = IndexStore(tmp_path / "x.idx", KEY_OF, os.urandom)
    assert store.tenant("acme") == "acme"
    store.write(index)
    assert read_tenant(store.path) == "default"
    assert store.tenant(None) == "default"
    with pytest.raises(IndexDamaged, match="another tenant"):
        store.tenant("acme")
    asked: list[str] = []
    tenant_key(lambda purpose: asked.append(purpose) or secret(1))("acme")  # type: ignore[func-returns-value]
    assert asked == ["fingerprints/acme"]


def test_the_root_does_not_depend_on_the_order_of_registration(build: Build, fingerprinter: Fingerprinter) -> None:
    rows = [("ours", f"{n}.py", code(n), Kind.CODE) for n in range(4)]
    assert build(*rows).root == build(*reversed(rows)).root
    taken_back = without(build(*rows), [d for d in build(*rows).documents if d.name == "3.py"])
    assert taken_back.root == build(*rows[:3]).root
    assert with_public(build(*rows), fingerprinter.values_of(prose(1), is_code=False)).root != build(*rows).root


def test_registering_again_replaces(build: Build, fingerprinter: Fingerprinter) -> None:
    index = build(("ours", "a.py", code(1), Kind.CODE), ("ours", "b.py", code(2), Kind.CODE))
    again = with_documents(index, [addition("ours", "a.py", code(3), Kind.CODE, fingerprinter)])
    assert sorted(document.name for document in again.documents) == ["a.py", "b.py"]
    expected = build(("ours", "a.py", code(3), Kind.CODE), ("ours", "b.py", code(2), Kind.CODE))
    assert again.values.tolist() == expected.values.tolist()


@pytest.mark.parametrize(
    ("count", "root"),
    [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)
def test_the_tree_is_that_of_rfc_9162(count: int, root: str) -> None:
    """The entries and roots are those of Certificate Transparency's reference tests."""
    entries = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    assert tree_root([bytes.fromhex(entry) for entry in entries[:count]]).hex() == root
