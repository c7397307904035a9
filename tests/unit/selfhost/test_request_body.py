"""A body is one JSON object of Unicode text, or refused with a reason that shows none of it."""

from __future__ import annotations

import pytest

from selfhost.serve.fields import read_body
from selfhost.serve.refusals import Kind, Refused

REFUSED = {
    "half a pair, high": (rb'{"content": "\ud83d"}', "half a surrogate pair"),
    "half a pair, low": (rb'{"content": "\ude00 x"}', "half a surrogate pair"),
    "a pair the wrong way round": (rb'{"content": "\ude00\ud83d"}', "half a surrogate pair"),
    "half a pair in a key": (rb'{"a": [{"\uD83d": 1}]}', "half a surrogate pair"),
    "half a pair as bytes": (b'{"content": "\xed\xa0\xbd"}', "not valid JSON"),
    "bytes that are no UTF-8": (b'{"content": "\xff"}', "not valid JSON"),
    "UTF-16": ('{"content": "x"}'.encode("utf-16"), "not valid JSON"),
    "cut off": (b'{"content": "x', "not valid JSON"),
    "nested too deeply": (b'{"a":' * 100_000, "not valid JSON"),
    "no object": (b"[1]", "must be an object"),
    "nothing": (b"", "not valid JSON"),
}


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_body_that_is_no_object_of_text_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as refused:
        read_body(body)
    assert refused.value.kind is Kind.BAD


@pytest.mark.parametrize("written", [rb"\ud83d\ude00", "😀".encode(), rb"\\ud83d", rb"\u00e9"])
def test_text_that_is_whole_is_read(written: bytes) -> None:
    read = read_body(b'{"content": "' + written + b'"}')["content"]
    assert isinstance(read, str)
    assert read.encode()
