"""Answers that carry what the caller had not put in: removed whole and live, and nothing shown that was not read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.classify.detector import Budget, Passage
from gateway.classify.detector import Span as Found
from gateway.errors import RestoreFailed
from gateway.redact.answer_scan import LONGEST_BLOCK, LONGEST_WAIT, TextReader
from gateway.redact.redactor import SealedBody, build_redactor
from gateway.settings import ClassifySettings
from gateway.types import Category, MaskedRecord, Obligations, Restoration, Strategy
from routers.types import Dialect
from tests.unit.gateway.redact.made import EMAIL, KEY, call, chat, findings, identity
from tests.unit.gateway.redact.streams import CHAT, MESSAGES, STREAMED, cut, heard, streamed, told, whole

OTHER, THIRD = "boss@corp.example.com", "carol@corp.example.com"
SECRET = "AKIAIOSFODNN7EXAMPL3"
DROP = frozenset({Category.PII_DIRECT, Category.CREDENTIAL})
CELLS = [
    pytest.param(dialect, live, id=f"{dialect.value}, {'streamed' if live else 'whole'}")
    for dialect in STREAMED
    for live in (False, True)
]


@pytest.fixture(scope="module")
def reader() -> CallClassifier:
    return build_classifier(ClassifySettings())


def request(reader: TextReader | None, dialect: Dialect = CHAT, *more: str, **duty: object) -> SealedBody:
    """A request that names one address; what it leaves as is the last word of the first message."""
    made = call(chat(f"I am {EMAIL}", *more), dialect)
    obligations = Obligations(mask=frozenset({Category.PII_DIRECT}), answer_drop=DROP, **duty)  # type: ignore[arg-type]  # by name
    return build_redactor(KEY, reader).redact(made, identity(), findings(made, [EMAIL]), obligations)


def stand_in(sealed: SealedBody) -> str:
    return str(json.loads(sealed.body)["messages"][0]["content"].split()[-1])


def answered(
    sealed: SealedBody, dialect: Dialect, text: str, *, live: bool, source: bool = False, size: int = 4
) -> tuple[str, Restoration]:
    if not live:
        body, restoration = sealed.restorer.whole(whole(dialect, text, source=source))
        return told(dialect, body, source=source), restoration
    restorer = sealed.restorer.stream(dialect)
    events = streamed(dialect, cut(text, list(range(size, len(text), size))), source=source)
    shown = b"".join(restorer.feed(event) for event in events) + restorer.finish()
    return heard(dialect, shown, source=source), restorer.restoration


@pytest.mark.parametrize("strategy", [Strategy.PLACEHOLDER, Strategy.SURROGATE])
@pytest.mark.parametrize(("dialect", "live"), CELLS)
def test_what_the_caller_had_not_put_in_is_removed(
    dialect: Dialect, live: bool, strategy: Strategy, reader: CallClassifier
) -> None:
    sealed = request(reader, dialect, strategies={"EMAIL_ADDRESS": strategy})
    text = f"Dear {stand_in(sealed)}. Ask {OTHER} or {THIRD}, not {EMAIL}.\nUse {SECRET}! Or {OTHER}."
    got, restoration = answered(sealed, dialect, text, live=live)
    assert re.fullmatch(
        rf"Dear {re.escape(EMAIL)}\. Ask \[removed:email_address\] or \[removed:email_address\.2\], "
        rf"not {re.escape(EMAIL)}\.\nUse \[removed:\w+\]! Or \[removed:email_address\]\.",
        got,
    )
    assert MaskedRecord("EMAIL_ADDRESS", 2) in restoration.dropped
    assert len(restoration.dropped) == 2


def test_names_that_a_model_gives_to_fields_of_a_tools_input_are_read(reader: CallClassifier) -> None:
    sealed = request(reader, MESSAGES)
    source = json.dumps({SECRET: 1, "who": [{OTHER: stand_in(sealed)}]})
    got, restoration = answered(sealed, MESSAGES, source, live=False, source=True)
    assert SECRET not in got
    assert OTHER not in got
    assert sorted(json.loads(got)) == ["[removed:aws_access_key]", "who"]
    assert restoration.restored == 1


@pytest.mark.parametrize("live", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("dialect", [CHAT, MESSAGES])
def test_all_of_an_error_is_read(dialect: Dialect, live: bool, reader: CallClassifier) -> None:
    sealed = request(reader, dialect)
    said = dict.fromkeys(("message", "type", "code", "param", "id"), f"of {SECRET}")
    body = json.dumps({"type": "error", "error": said}).encode()
    if live:
        restorer = sealed.restorer.stream(dialect)
        shown = restorer.feed(b"event: error\ndata: " + body + b"\n\n") + restorer.finish()
    else:
        shown, _ = sealed.restorer.whole(body)
    assert SECRET.encode() not in shown
    assert shown.count(b"[removed:") == 5


@pytest.mark.parametrize(("dialect", "live"), CELLS)
def test_tool_arguments_are_cleared_and_stay_json(dialect: Dialect, live: bool, reader: CallClassifier) -> None:
    sealed = request(reader, dialect)
    source = json.dumps({"to": [stand_in(sealed), OTHER], "note": f"see\n{OTHER}"})
    got, _ = answered(sealed, dialect, source, live=live, source=True)
    assert json.loads(got) == {"to": [EMAIL, "[removed:email_address]"], "note": "see\n[removed:email_address]"}


@pytest.mark.parametrize(("dialect", "live"), CELLS)
def test_what_the_caller_wrote_anywhere_is_his_own(dialect: Dialect, live: bool, reader: CallClassifier) -> None:
    sealed = request(reader, dialect, f"and {OTHER}")
    assert answered(sealed, dialect, f"Ask {OTHER}.", live=live)[0] == f"Ask {OTHER}."


def test_without_something_to_look_for_nothing_waits_and_nobody_reads() -> None:
    class Forbidden:
        def read_text(self, text: str) -> object:
            raise AssertionError("nothing may be read")

    made = call(chat(f"I am {EMAIL}"))
    duty = Obligations(mask=frozenset({Category.PII_DIRECT}))
    redactor = build_redactor(KEY, Forbidden())  # type: ignore[arg-type]  # never called
    restorer = redactor.redact(made, identity(), findings(made), duty).restorer.stream(CHAT)
    event = streamed(CHAT, ["no end of a sentence"], source=False)[1]
    assert restorer.feed(event) == event


@pytest.mark.parametrize("size", [1, 7, 40, 5000])
def test_the_answer_is_the_same_however_it_is_cut(size: int, reader: CallClassifier) -> None:
    sealed = request(reader)
    text = f"One. Two {OTHER}. " + "word " * 150 + f"{THIRD} and {stand_in(sealed)} " + "x" * 700 + f" {OTHER}\nend"
    got, restoration = answered(sealed, CHAT, text, live=True, size=size)
    assert OTHER not in got
    assert THIRD not in got
    assert got.count(EMAIL) == 1
    assert restoration.dropped == (MaskedRecord("EMAIL_ADDRESS", 2),)
    assert got.startswith("One. Two [removed:email_address]. word")


def test_text_waits_for_its_sentence_and_no_longer_than_the_bound(reader: CallClassifier) -> None:
    restorer = request(reader).restorer.stream(CHAT)

    def shown(text: str) -> str:
        return heard(CHAT, restorer.feed(streamed(CHAT, [text], source=False)[1]), source=False)

    assert shown("A sentence without its en") == ""
    assert shown("d. And more") == "A sentence without its end. "
    fed = total = 0
    for _ in range(400):
        fed += 5
        total += len(shown("word "))
        assert fed - total <= LONGEST_WAIT + 16
    assert total > 0


def test_a_private_key_waits_for_its_last_line(reader: CallClassifier) -> None:
    lines = "\n".join("MIIEpAIBAAKCAQEA" + "abcdEFGH0123" * 4 for _ in range(20))
    key = f"-----BEGIN RSA PRIVATE KEY-----\n{lines}\n-----END RSA PRIVATE KEY-----"
    assert len(key) < LONGEST_BLOCK
    got, restoration = answered(request(reader), CHAT, f"Here it is:\n{key}\nKeep it.", live=True)
    assert "MIIEpAIBAAKCAQEA" not in got
    assert got.startswith("Here it is:\n[removed:")
    assert got.endswith("Keep it.")
    assert restoration.dropped


class Defective:
    """A detector that fails once it has read so many texts."""

    name = "defective"

    def __init__(self, after: int) -> None:
        self.after = after

    def may_find(self, passage: Passage) -> bool:
        return True

    def detect(self, passage: Passage, budget: Budget) -> Iterator[Found]:
        self.after -= 1
        if self.after < 0:
            raise RuntimeError(passage.text)
        yield from ()


def failing(after: int) -> CallClassifier:
    clock = iter(range(10**6))
    return CallClassifier([Defective(after)], ClassifySettings(), lambda: next(clock) * 1e-6)


@pytest.mark.parametrize("dialect", STREAMED, ids=lambda dialect: dialect.value)
def test_a_reader_that_fails_closes_the_answer(dialect: Dialect) -> None:
    sealed = request(failing(2), dialect)
    restorer = sealed.restorer.stream(dialect)
    events = streamed(dialect, ["One. ", "Two. ", "Three. ", "Four. "], source=False)
    shown: list[bytes] = []
    with pytest.raises(RestoreFailed, match="could not be checked") as error:
        shown.extend(restorer.feed(event) for event in events)
    assert b"Three" not in b"".join(shown)
    assert "Three" not in str(error.value)
    with pytest.raises(RestoreFailed):
        request(failing(0), dialect).restorer.whole(whole(dialect, "One.", source=False))


def test_without_a_reader_an_answer_that_must_be_read_is_refused() -> None:
    with pytest.raises(RestoreFailed):
        request(None).restorer.whole(whole(CHAT, "Hello.", source=False))
    with pytest.raises(RestoreFailed):
        request(None).restorer.whole(b"<html>")


def test_signed_thinking_that_carries_something_is_not_shown_as_it_is(reader: CallClassifier) -> None:
    content = [{"type": "thinking", "thinking": f"ask {OTHER}", "signature": "EqQB"}, {"type": "text", "text": "x"}]
    body, _ = request(reader, MESSAGES).restorer.whole(json.dumps({"content": content}).encode())
    assert json.loads(body)["content"][0] == {
        "type": "thinking",
        "thinking": "ask [removed:email_address]",
        "signature": "EqQB",
    }


def test_streamed_thinking_is_read_and_never_restored(reader: CallClassifier) -> None:
    sealed = request(reader, MESSAGES)
    token = stand_in(sealed)

    def block(kind: str, **fields: object) -> bytes:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, 'index': 0, **fields})}\n\n".encode()

    pieces = ["Ask ", OTHER, f". Or {token}, I th", "ink"]
    events = [block("content_block_delta", delta={"type": "thinking_delta", "thinking": piece}) for piece in pieces]
    restorer = sealed.restorer.stream(MESSAGES)
    shown = b"".join(restorer.feed(event) for event in [*events, block("content_block_stop")])
    found = [json.loads(line[6:]) for line in shown.split(b"\n") if line.startswith(b"data: ")]
    thought = "".join(data["delta"]["thinking"] for data in found if "delta" in data)
    assert thought == f"Ask [removed:email_address]. Or {token}, I think"


def test_words_of_the_protocol_are_not_read(reader: CallClassifier) -> None:
    body = json.dumps({"id": SECRET, "model": OTHER, "choices": [{"message": {"role": "assistant", "content": "x"}}]})
    assert request(reader).restorer.whole(body.encode()) == (body.encode(), Restoration())
