"""Product and verifier were written apart; whatever is recorded, they must agree about it."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from typing import get_args, get_origin, get_type_hints

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.audit.columns import columns, rules
from gateway.audit.merkle import CompactRange, leaf_hash
from gateway.audit.record import Record, canonical
from gateway.audit.verify import Tree, expected_columns, expected_rules, parse_canonical

# What can reach a record: any text but lone surrogates, which no UTF-8 body can carry.
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
INTEGER = st.integers(-(2**63), 2**63 - 1)


def of_type(hint: object) -> st.SearchStrategy[object]:
    """A strategy for one field of a record, from its annotation."""
    if is_dataclass(hint) and isinstance(hint, type):
        return filled(hint)
    if get_origin(hint) is tuple:
        return st.lists(of_type(get_args(hint)[0]), max_size=3).map(tuple)
    return {str: TEXT, int: INTEGER, bool: st.booleans()}[hint]  # type: ignore[index]


def filled(kind: type) -> st.SearchStrategy[object]:
    """Records of one kind with every field drawn."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: of_type(hints[field.name]) for field in fields(kind)})


RECORDS = st.one_of(*(filled(kind) for kind in get_args(Record)))


@settings(max_examples=300)
@given(RECORDS, st.integers(0, 2**62), st.integers(0, 2**62))
def test_the_verifier_reads_every_record_as_it_was_meant(record: Record, seq: int, at_ms: int) -> None:
    body = canonical(record, seq=seq, at_ms=at_ms)
    read = parse_canonical(body)
    assert read is not None
    assert (read["seq"], read["at_ms"], read["kind"], read["v"]) == (seq, at_ms, record.kind, 1)
    expected = {name: value for name, value in expected_columns(read).items() if value is not None}
    stored = {"seq": seq, "at_ms": at_ms} | {n: v for n, v in columns(record)._asdict().items() if v is not None}
    assert stored == expected
    assert rules(record) == expected_rules(read)


@given(st.recursive(st.booleans() | INTEGER | TEXT, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)))
def test_one_meaning_has_one_canonical_form(value: object) -> None:
    body = json.dumps({"a": value}, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert parse_canonical(body) == {"a": value}
    assert parse_canonical(body + b" ") is None
    assert parse_canonical(body.replace(b":", b": ", 1)) is None


@given(st.lists(st.binary(max_size=40), max_size=80))
def test_product_and_verifier_grow_the_same_tree(entries: list[bytes]) -> None:
    ours, theirs = CompactRange(), Tree()
    for data in entries:
        ours.append(leaf_hash(data))
        theirs.append(leaf_hash(data))
        assert ours.root() == theirs.root()
    assert ours.size == theirs.size == len(entries)
