"""Canonical bytes: what is stored is what is hashed."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum

import orjson
import pytest

from gateway.audit.record import canonical
from routers.types import Ending
from tests.unit.gateway.audit.samples import KEY, intent, outcome


def test_the_bytes_of_a_record_are_sorted_compact_json_with_its_envelope() -> None:
    assert canonical(KEY, seq=3, at_ms=9) == (
        b'{"action":"created","actor":"operator","app":"notes","at_ms":9,"key_id":"key-2","kind":"key","seq":3,'
        b'"tenant":"acme","v":1}'
    )


def test_nested_parts_are_sorted_too() -> None:
    body = canonical(intent(0), seq=0, at_ms=0)
    assert body == orjson.dumps(json.loads(body), option=orjson.OPT_SORT_KEYS)
    assert json.loads(body)["subject"]["considered"][0] == {
        "allowed": False,
        "destination": "us-closed",
        "rules": ["US-RES-1"],
    }


def test_an_enumeration_is_written_as_its_value() -> None:
    assert b'"ending":"cut"' in canonical(outcome(0, 0, ending=Ending.CUT), seq=1, at_ms=0)
    assert isinstance(Ending.CUT, StrEnum)


@pytest.mark.parametrize("value", [1.5, None, {"a": 1}, b"x", "\ud800", object(), 2**64])
def test_a_value_without_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(replace(KEY, actor=value), seq=0, at_ms=0)  # type: ignore[arg-type]


def test_what_is_not_a_record_is_refused() -> None:
    with pytest.raises(TypeError):
        canonical("text", seq=0, at_ms=0)  # type: ignore[arg-type]
