from __future__ import annotations

import json

import pytest

from routers.wire.json_leaves import JsonShapeError
from routers.wire.model_name import with_model

BODIES = [
    b'{"model":"a","messages":[]}',
    b'{ "messages" : [ ] ,\n "model" :\t"a" , "x":1.50}',
    b'{"messages":[{"content":"say \\"model\\":\\"b\\" and model"}],"model":"a"}',
    b'{"tools":[{"model":"b"}],"model":"a"}',
    b'{"tools":[{"model":"b"}],"mod\\u0065l":"a"}',
    b'{"model":"a","tools":[{"properties":{"model":{"type":"string"}}}]}',
    b'{"x":"model","model":"a\\"b\\\\"}',
]


@pytest.mark.parametrize("body", BODIES)
def test_only_the_top_level_model_changes(body: bytes) -> None:
    expected = json.loads(body)
    named = with_model(body, 'm"é')
    assert json.loads(named) == expected | {"model": 'm"é'}
    original = json.dumps(expected["model"]).encode()
    head, tail = body.rsplit(original, 1) if b'"b"' in body else body.split(original, 1)
    assert named == head + '"m\\"é"'.encode() + tail


@pytest.mark.parametrize("body", [b"{}", b'{"model":1}', b'{"x":{"model":1}}'])
def test_a_body_without_a_model_is_refused(body: bytes) -> None:
    with pytest.raises(JsonShapeError, match="names no model"):
        with_model(body, "m")
