"""An answer that is read before it is shown says nothing in its tokens that was taken out of its text."""

from __future__ import annotations

import orjson
import pytest

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.errors import RestoreFailed
from gateway.redact.logprobs import without_logprobs
from gateway.redact.redactor import SealedBody, build_redactor
from gateway.settings import ClassifySettings
from gateway.types import Category, Obligations
from routers.types import Dialect
from tests.unit.gateway.redact.made import EMAIL, KEY, call, chat, findings, identity
from tests.unit.gateway.redact.streams import CHAT

SECRET = "AKIAIOSFODNN7EXAMPL3"
PIECES = [SECRET[at : at + 4] for at in range(0, len(SECRET), 4)]
TOKENS = [{"token": piece, "logprob": -0.1, "bytes": list(piece.encode()), "top_logprobs": []} for piece in PIECES]
SPELT = [
    ("choices", [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "logprobs": {"content": TOKENS}}]),
    ("choices", [{"index": 0, "text": "hi", "logprobs": {"tokens": PIECES, "top_logprobs": [{PIECES[0]: -1}]}}]),
    ("output", [{"type": "message", "content": [{"type": "output_text", "text": "hi", "logprobs": TOKENS}]}]),
]


@pytest.fixture(scope="module")
def reader() -> CallClassifier:
    return build_classifier(ClassifySettings())


def request(reader: CallClassifier, dialect: Dialect = CHAT, *, read: bool = True) -> SealedBody:
    made = call(chat(f"I am {EMAIL}"), dialect)
    drop = frozenset({Category.CREDENTIAL}) if read else frozenset()
    obligations = Obligations(mask=frozenset({Category.PII_DIRECT}), answer_drop=drop)
    return build_redactor(KEY, reader).redact(made, identity(), findings(made, [EMAIL]), obligations)


def tells(shown: bytes) -> bool:
    """Whether the pieces of the secret are there, as words or as numbers of characters."""
    return any(piece.encode() in shown for piece in PIECES) or b"65,75,73,65" in shown


@pytest.mark.parametrize(("name", "value"), SPELT, ids=["chat", "completions", "responses"])
def test_a_whole_answer_that_is_read_has_no_tokens(reader: CallClassifier, name: str, value: object) -> None:
    answer = orjson.dumps({"id": "c", "object": "o", name: value, "n": 1})
    assert tells(answer)
    shown, _ = request(reader).restorer.whole(answer)
    assert not tells(shown)
    assert orjson.loads(shown)["n"] == 1


def test_a_streamed_answer_that_is_read_has_no_tokens(reader: CallClassifier) -> None:
    restorer = request(reader).restorer.stream(CHAT)
    shown = b""
    for token in TOKENS:
        choice = {"index": 0, "delta": {"content": token["token"]}, "logprobs": {"content": [token]}}
        shown += restorer.feed(b"data: " + orjson.dumps({"id": "c", "choices": [choice]}) + b"\n\n")
    shown += restorer.finish()
    assert not tells(shown)
    assert b"[removed" in shown


def test_an_event_of_responses_that_is_read_has_no_tokens(reader: CallClassifier) -> None:
    restorer = request(reader, Dialect.OPENAI_RESPONSES).restorer.stream(Dialect.OPENAI_RESPONSES)
    event = {
        "type": "response.output_text.delta",
        "output_index": 0,
        "content_index": 0,
        "delta": "hi",
        "logprobs": TOKENS,
    }
    shown = restorer.feed(b"event: x\ndata: " + orjson.dumps(event) + b"\n\n") + restorer.finish()
    assert not tells(shown)


def test_an_answer_that_is_not_read_keeps_its_tokens(reader: CallClassifier) -> None:
    answer = orjson.dumps({"id": "c", "object": "o", SPELT[0][0]: SPELT[0][1]})
    assert request(reader, read=False).restorer.whole(answer)[0] == answer


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"logprobs":null}', b'{"logprobs":null}'),
        (b'{"a" : {"logprobs": [1]}}', b'{"a":{"logprobs":[]}}'),
        (b'{"input": {"logprobs": [1]}}', b'{"input": {"logprobs": [1]}}'),
        (b'{"a": "logprobs"}', b'{"a": "logprobs"}'),
        (b"[1, 2]", b"[1, 2]"),
        (b'{"logprobs"', b'{"logprobs"'),
        (b'{"a":' * 200 + b'{"logprobs":[1]}' + b"}" * 200, b'{"a":' * 200 + b'{"logprobs":[]}' + b"}" * 200),
    ],
)
def test_only_tokens_are_taken_out(before: bytes, after: bytes) -> None:
    assert without_logprobs(before) == after


def test_an_answer_too_deep_to_be_written_again_is_not_shown(reader: CallClassifier) -> None:
    answer = b'{"a":' * 900 + b'{"logprobs":[1]}' + b"}" * 900
    with pytest.raises(RestoreFailed):
        request(reader).restorer.whole(answer)
