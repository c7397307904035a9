"""What was registered is found again, in part, reformatted or renamed; what was not is not."""

from __future__ import annotations

import heapq
import inspect
import logging
import os
import re
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.classify.detector import Budget, BudgetSpent, Passage, Span
from gateway.classify.fingerprints.detector import FingerprintDetector, IndexWatch
from gateway.classify.fingerprints.documents import Kind
from gateway.classify.fingerprints.index import Index
from gateway.classify.fingerprints.index_file import IndexDamaged, tenant_key, write_index
from gateway.classify.fingerprints.keying import FingerprintKey
from gateway.classify.fingerprints.streams import Fingerprinter
from gateway.classify.shadow import Shadow
from gateway.classify.taxonomy.table import rule_of
from gateway.errors import StartupError
from gateway.types import Category
from tests.unit.gateway.classify.fingerprints.conftest import Build, code, prose, secret

AMPLE = Budget(1.0, lambda: 0.0)
LEAD = "Please explain what this does, in one short sentence: "
KEY_OF = tenant_key(lambda _: secret(7))


def _find(index: Index, fingerprinter: Fingerprinter, text: str) -> list[Span]:
    return list(FingerprintDetector(index, fingerprinter).detect(Passage.of(text, Shadow()), AMPLE))


def _upper_and_spread(text: str) -> str:
    return "  ".join(text.upper().split())


def _renamed(text: str) -> str:
    names = {name: f"x{number}" for number, name in enumerate(sorted(set(re.findall(r"[a-z_]{4,}\d*", text))))}
    reserved = {"range", "None", "raise", "while", "return", "lambda", "with"}
    return re.sub(r"[a-z_]{4,}\d*", lambda m: m.group() if m.group() in reserved else names[m.group()], text)


CHANGES: dict[str, Callable[[str], str]] = {
    "as it was": str,
    "capitals and other white space": _upper_and_spread,
    "without its punctuation": lambda text: re.sub(r"[^\w\s]", " ", text),
    "in full-width letters": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "with zero-width spaces": "\u200b".join,
    "every tenth line left out": lambda text: "\n".join(x for n, x in enumerate(text.split("\n")) if n % 10 != 3),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_registered_code_is_found_however_it_is_written(
    build: Build, fingerprinter: Fingerprinter, change: Callable[[str], str]
) -> None:
    whole = code(1)
    index = build(("ours", "core.py", whole, Kind.CODE))
    snippet = change("\n".join(whole.split("\n")[10:24]))
    spans = _find(index, fingerprinter, f"{LEAD}{snippet}\nThank you.")
    assert [span.type for span in spans] == ["REGISTERED_CODE"]
    covered = spans[0].end - spans[0].start
    assert spans[0].start >= len(LEAD) - 1
    assert covered >= 0.7 * len(snippet)


def test_registered_code_is_found_with_all_names_changed(build: Build, fingerprinter: Fingerprinter) -> None:
    whole = code(2)
    index = build(("ours", "core.py", whole, Kind.CODE), ("ours", "more.py", code(3), Kind.CODE))
    snippet = _renamed("\n".join(whole.split("\n")[5:25]))
    assert [span.type for span in _find(index, fingerprinter, LEAD + snippet)] == ["REGISTERED_CODE"]


def test_other_code_and_prose_are_not_found(build: Build, fingerprinter: Fingerprinter) -> None:
    index = build(*(("ours", f"{n}.py", code(n), Kind.CODE) for n in range(5)))
    others = [inspect.getsource(heapq), inspect.getsource(textwrap), prose(3), "", "short"]
    assert [_find(index, fingerprinter, text) for text in others] == [[]] * 5


def test_a_sentence_of_a_registered_document_is_found(build: Build, fingerprinter: Fingerprinter) -> None:
    whole = prose(5, 400)
    index = build(("legal", "contract.md", whole, Kind.DOCUMENT))
    quote = whole[700:900]
    text = f"{LEAD}{quote} What does it mean?"
    (span,) = _find(index, fingerprinter, text)
    assert span.type == "REGISTERED_DOCUMENT"
    assert abs(span.start - text.index(quote)) < 12
    assert rule_of(span.type).category is Category.REGISTERED


def test_text_that_anybody_may_have_is_not_found(build: Build, fingerprinter: Fingerprinter) -> None:
    licence, own = prose(6), prose(7)
    index = build(("ours", "file.md", f"{licence}\n{own}", Kind.DOCUMENT), public=licence)
    assert _find(index, fingerprinter, licence) == []
    assert _find(index, fingerprinter, own)


def test_text_of_two_owners_is_not_found_until_one_is_left(build: Build, fingerprinter: Fingerprinter) -> None:
    both = prose(8)
    shared = build(("a", "x.md", both, Kind.DOCUMENT), ("b", "y.md", both, Kind.DOCUMENT))
    versions = build(("a", "v1.md", both, Kind.DOCUMENT), ("a", "v2.md", both + prose(9), Kind.DOCUMENT))
    assert _find(shared, fingerprinter, both) == []
    assert _find(versions, fingerprinter, both)


def test_a_spent_budget_stops_the_reading(build: Build, fingerprinter: Fingerprinter) -> None:
    detector = FingerprintDetector(build(("a", "x.md", prose(8), Kind.DOCUMENT)), fingerprinter)
    with pytest.raises(BudgetSpent):
        list(detector.detect(Passage.of(prose(8), Shadow()), Budget(0.0, lambda: 1.0)))


def test_the_revision_changes_with_what_is_registered(build: Build, fingerprinter: Fingerprinter) -> None:
    first = FingerprintDetector(build(("a", "x.md", prose(1), Kind.DOCUMENT)), fingerprinter)
    second = FingerprintDetector(build(("a", "x.md", prose(2), Kind.DOCUMENT)), fingerprinter)
    assert first.root != second.root
    assert first.revision != second.revision
    assert first.root in first.revision


def _written(path: Path, index: Index, key: FingerprintKey) -> None:
    write_index(path, index, key, os.urandom)


def test_a_replaced_file_is_used_without_a_restart(tmp_path: Path, build: Build, key: FingerprintKey) -> None:
    path, text = tmp_path / "prints.idx", prose(11)
    _written(path, build(), key)
    watch = IndexWatch(path, KEY_OF)
    passage = Passage.of(text, Shadow())
    assert list(watch.detector.detect(passage, AMPLE)) == []
    assert not watch.refresh()
    _written(path, build(("a", "x.md", text, Kind.DOCUMENT)), key)
    assert watch.refresh()
    assert list(watch.detector.detect(passage, AMPLE))


@pytest.mark.parametrize("harm", [b"", b"nonsense" * 20], ids=["empty", "foreign"])
def test_a_damaged_new_file_leaves_the_old_index_in_use_and_is_named(
    tmp_path: Path, build: Build, key: FingerprintKey, harm: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path, text = tmp_path / "prints.idx", prose(12)
    _written(path, build(("a", "x.md", text, Kind.DOCUMENT)), key)
    watch = IndexWatch(path, KEY_OF)
    path.unlink()
    path.write_bytes(harm)
    with caplog.at_level(logging.ERROR):
        assert not watch.refresh()
        assert not watch.refresh()
    assert len(caplog.records) == 1
    assert watch.failed
    assert list(watch.detector.detect(Passage.of(text, Shadow()), AMPLE))


def test_a_file_written_over_in_place_makes_every_reading_fail_until_it_is_replaced(
    tmp_path: Path, build: Build, key: FingerprintKey
) -> None:
    path, text = tmp_path / "prints.idx", prose(12)
    _written(path, build(("a", "x.md", text, Kind.DOCUMENT)), key)
    watch = IndexWatch(path, KEY_OF)
    passage = Passage.of(text, Shadow())
    with path.open("r+b") as file:
        file.seek(-10, os.SEEK_END)
        file.write(b"overwrites")
    assert not watch.refresh()
    assert watch.detector.may_find(Passage.of("", Shadow()))
    with pytest.raises(IndexDamaged):
        list(watch.detector.detect(passage, AMPLE))
    _written(path, build(("a", "x.md", text, Kind.DOCUMENT)), key)
    assert watch.refresh()
    assert list(watch.detector.detect(passage, AMPLE))


def test_a_removed_file_leaves_the_old_index_in_use(tmp_path: Path, build: Build, key: FingerprintKey) -> None:
    path, text = tmp_path / "prints.idx", prose(12)
    _written(path, build(("a", "x.md", text, Kind.DOCUMENT)), key)
    watch = IndexWatch(path, KEY_OF)
    path.unlink()
    assert not watch.refresh()
    assert list(watch.detector.detect(Passage.of(text, Shadow()), AMPLE))


def test_nothing_starts_without_the_file_it_was_told_to_use(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="cannot read"):
        IndexWatch(tmp_path / "none.idx", KEY_OF)


def test_reading_goes_on_while_the_index_is_replaced(build: Build, fingerprinter: Fingerprinter) -> None:
    text = prose(13)
    full, none = build(("a", "x.md", text, Kind.DOCUMENT)), build(("a", "y.md", prose(14), Kind.DOCUMENT))
    detector, passage = FingerprintDetector(full, fingerprinter), Passage.of(text, Shadow())
    stop = threading.Event()

    def replace() -> None:
        while not stop.is_set():
            detector.use(none)
            detector.use(full)

    thread = threading.Thread(target=replace)
    thread.start()
    try:
        results = {len(list(detector.detect(passage, AMPLE))) for _ in range(200)}
    finally:
        stop.set()
        thread.join()
    assert results <= {0, 1}


ANY_TEXT = st.text(st.characters(), max_size=200)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=ANY_TEXT, after=ANY_TEXT, at=st.integers(0, 1500))
def test_a_quote_is_found_between_any_characters(
    build: Build, fingerprinter: Fingerprinter, before: str, after: str, at: int
) -> None:
    whole = prose(15, 400)
    quote = whole[at : at + 250]
    text = f"{before} {quote} {after}"
    spans = _find(build(("a", "x.md", whole, Kind.DOCUMENT)), fingerprinter, text)
    assert spans
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert any(span.start < len(before) + 60 and span.end > len(before) + 190 for span in spans)


ATTACKS = ["a", "(", "a.", "if(x)", "\u200b", "字", "a b ", "1", "\ud800", "x=y;", prose(15, 30), code(1, 2)]


@pytest.mark.parametrize("piece", ATTACKS, ids=range(len(ATTACKS)))
def test_any_shape_of_200_kb_is_read_in_bounded_time(build: Build, fingerprinter: Fingerprinter, piece: str) -> None:
    rows = [("a", "x.md", prose(15, 400), Kind.DOCUMENT), ("b", "y.py", code(1), Kind.CODE)]
    index = build(*rows, ("c", "z.py", "a" * 99 + "(" * 99 + "if(x)" * 99, Kind.CODE))
    begun = time.process_time()
    _find(index, fingerprinter, (piece * 200_000)[:200_000])
    assert time.process_time() - begun < 2
