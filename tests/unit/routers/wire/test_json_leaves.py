from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routers.types import JsonPath, LeafKind
from routers.wire.json_leaves import JsonShapeError, patch, read_object, scan

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)
BODIES = st.dictionaries(st.text(max_size=4), VALUES, max_size=5)


def expected(value: object, path: JsonPath = ()) -> list[tuple[JsonPath, LeafKind, str]]:
    """The leaves by walking the parsed tree: the other way to the same answer."""
    found: list[tuple[JsonPath, LeafKind, str]] = []
    if isinstance(value, dict):
        for key, child in value.items():
            found += [((*path, key), LeafKind.KEY, key), *expected(child, (*path, key))]
    elif isinstance(value, list):
        for index, child in enumerate(value):
            found += expected(child, (*path, index))
    elif isinstance(value, str):
        found.append((path, LeafKind.STRING, value))
    elif not isinstance(value, bool) and value is not None and len(json.dumps(value)) >= 7:
        found.append((path, LeafKind.NUMBER, json.dumps(value)))
    return found


@settings(max_examples=300, deadline=None)
@given(body=BODIES, ascii_only=st.booleans(), indent=st.sampled_from([None, 1]))
def test_the_leaves_are_those_of_the_parsed_tree_in_order(
    body: dict[str, object], ascii_only: bool, indent: int | None
) -> None:
    raw = json.dumps(body, ensure_ascii=ascii_only, indent=indent).encode()
    leaves = scan(raw, max_depth=99, max_leaves=10_000)
    assert [(leaf.path, leaf.kind, leaf.text) for leaf in leaves] == expected(body)
    assert patch(raw, []) == raw
    for leaf in leaves:
        assert str(json.loads(raw[leaf.start : leaf.end])) == leaf.text or leaf.kind is LeafKind.NUMBER


@pytest.mark.parametrize(
    "text", ['"', "\\", '\\"', '"\\', '\\\\"\\', 'a"b\\\\', "\n", "", "é\u2028", "},{", "[1234567]"]
)
def test_a_string_ends_at_its_own_quote(text: str) -> None:
    raw = json.dumps({"a": text, "b": [text, 1234567]}).encode()
    found = [(leaf.path, leaf.text) for leaf in scan(raw, max_depth=9, max_leaves=9)]
    assert found == [(("a",), "a"), (("a",), text), (("b",), "b"), (("b", 0), text), (("b", 1), "1234567")]


REFUSED = [
    (b"", "not valid"),
    (b"{", "not valid"),
    (b"[]", "not a JSON object"),
    (b'{"a":"\xff"}', "not valid"),
    (b'{"a":"\\ud800"}', "not valid"),
    (b'{"a":1,"a":2}', "duplicate key"),
    (b'{"a":1,"\\u0061":2}', "duplicate key"),
    (b'{"x":[{"a":1,"b":2,"a":3}]}', "duplicate key"),
    (b'{"a":[[[[1]]]]}', "more than 4 deep"),
    (b'{"a":["","","","","",""]}', "more than 6 strings"),
]


@pytest.mark.parametrize(("body", "reason"), REFUSED)
def test_a_body_of_the_wrong_shape_is_refused_by_reason(body: bytes, reason: str) -> None:
    with pytest.raises(JsonShapeError, match=reason):
        read_object(body, max_depth=4, max_leaves=6)


def test_a_patch_changes_the_given_leaves_and_no_other_byte() -> None:
    raw = b'{ "a" : "x\\u0041" ,"b":[1.50, 12345678,"y"], "c":null}'
    _, leaves = read_object(raw, max_depth=4, max_leaves=10)
    changed = [(leaf, 'n"ew') for leaf in leaves if leaf.text in ("12345678", "y")]
    assert patch(raw, changed) == b'{ "a" : "x\\u0041" ,"b":[1.50, "n\\"ew","n\\"ew"], "c":null}'
