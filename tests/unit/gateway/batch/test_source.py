"""A value is cut out of its source, byte for byte, and what is no JSON is not cut at all."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.batch.source import MOST_MEMBERS, SourceError, members, only_list

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=5)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(max_size=2), SCALARS, max_size=2)
BLANK = st.text(" \t\r\n", max_size=3)


@pytest.mark.parametrize("source", ["1.0", "1e2", "12345678901234567890123", '"\\u0041"', "[1 , 2]", '{ "a":{} }'])
def test_a_value_is_what_was_written(source: str) -> None:
    text = f' {{"before": [{{}}], "it" :\t{source} , "after": null}}\n'
    begin, end = members(text)["it"]
    assert text[begin:end] == source
    text = f' {{ "it": [ 0,{source} ] }}\n'
    assert [text[begin:end] for begin, end in only_list(text, "it", 9)] == ["0", source]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '"a"',
        "{",
        '{"a"}',
        '{"a":}',
        '{"a":1',
        '{"a":1,}',
        "{1:2}",
        '{"a":1}{',
        '{"a":1} x',
        '{"a":NaN}',
        '{"a":Infinity}',
        '{"a":01}',
        '{"a":1,"a":2}',
        '{"a":1,"\\u0061":2}',
        '{"a":"\n"}',
        '{"a":"\\q"}',
        '{"a":' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
    ids=lambda text: text[:20],
)
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(SourceError):
        members(text)


@pytest.mark.parametrize(
    "text", ["[]", '{"b":[]}', '{"a":{}}', '{"a":[1,]}', '{"a":[1 2]}', '{"a":[]', '{"a":[],"b":1}', "{}"]
)
def test_what_is_no_object_with_one_list_is_refused(text: str) -> None:
    with pytest.raises(SourceError):
        only_list(text, "a", 9)


def test_what_has_too_many_members_or_elements_is_not_read_to_its_end() -> None:
    pairs = [f'"{number}":0' for number in range(MOST_MEMBERS + 1)]
    assert len(members("{" + ",".join(pairs[1:]) + "}")) == MOST_MEMBERS
    with pytest.raises(SourceError):
        members("{" + ",".join(pairs) + "}")
    assert len(only_list('{"a":[1,2,3]}', "a", 3)) == 3
    assert len(only_list('{"a":[1,2,3,4, and no JSON behind it', "a", 3)) == 4


def test_an_empty_object_and_an_empty_list_hold_nothing() -> None:
    assert members(" { } ") == {}
    assert only_list('{"a" : [ ] }', "a", 9) == []


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), BLANK)
def test_the_slices_of_any_object_are_its_values(value: dict[str, object], blank: str) -> None:
    text = blank + orjson.dumps(value).decode() + blank
    found = {name: orjson.loads(text[begin:end]) for name, (begin, end) in members(text).items()}
    assert found == orjson.loads(text)


@settings(max_examples=60)
@given(st.lists(VALUES, max_size=4), BLANK)
def test_the_slices_of_any_list_are_its_elements(value: list[object], blank: str) -> None:
    text = "{" + blank + '"a"' + blank + ":" + orjson.dumps(value).decode() + blank + "}"
    assert [orjson.loads(text[begin:end]) for begin, end in only_list(text, "a", 9)] == orjson.loads(text)["a"]
