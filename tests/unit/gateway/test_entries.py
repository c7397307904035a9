"""What of a request goes on record."""

from __future__ import annotations

import pytest

from gateway import entries
from routers.types import JsonPath, Leaf, LeafKind
from routers.wire.json_leaves import scan

BODY = (
    b'{"messages":[{"role":"user","content":[{"type":"text","text":"x"}],"jane.roe@example.com":{"content":"y"}}],'
    b'"tools":[{"input_schema":{"properties":{"ssn_of_dana":{"description":"z"},"name":{"enum":["q"]}}}}],'
    b'"metadata":{"patient/~Jane":{"user_id":12345678}}}'
)
CASES: list[tuple[JsonPath, LeafKind, str]] = [
    (("messages", 0, "content", 1, "text"), LeafKind.STRING, "/messages/0/content/1/text"),
    (("messages", 0, "jane.roe@example.com"), LeafKind.STRING, "/messages/0/*"),
    (("messages", 0, "jane.roe@example.com"), LeafKind.KEY, "/messages/0/*"),
    (
        ("tools", 3, "input_schema", "properties", "ssn", "type"),
        LeafKind.STRING,
        "/tools/3/input_schema/properties/*/type",
    ),
    (("content",), LeafKind.KEY, "/*"),
    (("a/b~c",), LeafKind.STRING, "/*"),
    (("metadata", "user_id"), LeafKind.NUMBER, "/metadata/user_id"),
    ((), LeafKind.STRING, ""),
]


@pytest.mark.parametrize(("path", "kind", "shown"), CASES)
def test_pointer_shows_protocol_fields_and_places_only(path: JsonPath, kind: LeafKind, shown: str) -> None:
    assert entries.pointer(Leaf(path, 0, 1, kind, "value")) == shown


def test_pointer_of_no_leaf_shows_a_callers_own_field_name() -> None:
    pointers = [entries.pointer(leaf) for leaf in scan(BODY, max_depth=20, max_leaves=100)]
    shown = " ".join(pointers)
    assert not [name for name in ("jane", "roe", "ssn", "dana", "patient") if name in shown.lower()]
    assert "/tools/0/input_schema/properties/*/description" in pointers


def test_attempts_are_named_by_their_request() -> None:
    assert entries.attempt_id("req_1", 2) == "req_1.2"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name",
    [
        "gpt-4o-2024-08-06",
        "claude-3-5-sonnet@20240620",
        "ft:gpt-4o-mini-2024-07-18:acme::9xYzAbC",
        "accounts/fireworks/models/minimax-m3",
        "models/gemini-2.5-pro",
        "MiniMax-M3",
    ],
)
def test_the_name_of_a_model_is_recorded_as_the_answer_has_it(name: str) -> None:
    assert entries.model_said(name) == name


@pytest.mark.parametrize(
    "text",
    [
        "dana.whitfield@example.com",
        "Dana Whitfield",
        "4111111111111111",
        "a\nb",
        "x" * 200,
        '{"a":1}',
        " gpt",
        "gpt-\u00e9",
    ],
)
def test_what_is_no_name_of_a_model_is_not_recorded(text: str) -> None:
    assert entries.model_said(text) == "malformed"


def test_an_answer_that_names_no_model_is_recorded_as_such() -> None:
    assert (entries.model_said(None), entries.model_said("")) == ("", "")
