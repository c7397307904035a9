"""The salt of a prefix cache is ours alone, however a caller spells the field, and nothing else of a body changes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routers.wire.cache_salt import with_salt

BODIES = {
    "none": (b'{"model":"m","n":1}', {"model": "m", "n": 1}),
    "a string": (b'{"cache_salt":"theirs","model":"m"}', {"caller_cache_salt": "theirs", "model": "m"}),
    "null": (b'{"model":"m", "cache_salt" : null}', {"model": "m", "caller_cache_salt": None}),
    "an object": (b'{"cache_salt":{"a":1},"model":"m"}', {"caller_cache_salt": {"a": 1}, "model": "m"}),
    "escaped": (rb'{"model":"m","cache_s\u0061lt":"theirs"}', {"model": "m", "caller_cache_salt": "theirs"}),
    "deeper": (b'{"metadata":{"cache_salt":"x"}}', {"metadata": {"cache_salt": "x"}}),
    "as text": (b'{"prompt":"\\"cache_salt\\": 1"}', {"prompt": '"cache_salt": 1'}),
    "white space before": (b' \n{ "model":"m"}', {"model": "m"}),
}


@pytest.mark.parametrize(("body", "rest"), BODIES.values(), ids=BODIES)
def test_ours_is_the_only_salt(body: bytes, rest: dict[str, object]) -> None:
    pairs = json.loads(with_salt(body, "ours"), object_pairs_hook=list)
    assert [value for name, value in pairs if name == "cache_salt"] == ["ours"]
    assert json.loads(with_salt(body, "ours")) == {"cache_salt": "ours", **rest}


KEYS = st.text(max_size=12) | st.just("cache_salt")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda v: st.lists(v) | st.dictionaries(KEYS, v),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, min_size=1), st.booleans())
def test_whatever_else_is_in_a_body_stays(body: dict[str, object], ascii_only: bool) -> None:
    source = json.dumps(body, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        source.decode()
    except UnicodeDecodeError:
        return
    found = json.loads(with_salt(source, "ours"))
    theirs = {("caller_cache_salt" if name == "cache_salt" else name): value for name, value in body.items()}
    assert found == theirs | {"cache_salt": "ours"}


def test_bytes_that_are_not_about_a_salt_are_not_touched() -> None:
    body = b'{ "model" : "m", "temperature":1.0, "big":12345678901234567890 }'
    assert with_salt(body, "ours") == b'{"cache_salt":"ours",' + body[1:]
