"""What a streamed event says beside its running texts is restored and read as well; nothing else of it is touched."""

from __future__ import annotations

import json

import pytest

from gateway.redact.redactor import SealedBody, build_redactor
from gateway.types import Category, Classification, Finding, Labels, Level, Obligations
from routers.types import Dialect
from tests.unit.gateway.redact.made import EMAIL, KEY, OBLIGATIONS, SECRET, call, chat, findings, identity, redact
from tests.unit.gateway.redact.streams import CHAT, MESSAGES, RESPONSES, sse, typed


def told(sealed: SealedBody, dialect: Dialect, stream: bytes, size: int = 10**6) -> str:
    restorer = sealed.restorer.stream(dialect)
    pieces = [restorer.feed(stream[at : at + size]) for at in range(0, len(stream), size)]
    return (b"".join(pieces) + restorer.finish()).decode()


def sealed(dialect: Dialect, obligations: Obligations = OBLIGATIONS) -> tuple[SealedBody, str]:
    made = call(chat(EMAIL), dialect)
    result = redact(made, findings(made), obligations=obligations)
    return result, result.issued[0].token


def chunk(**delta: object) -> bytes:
    return sse({"id": "c", "choices": [{"index": 0, "delta": delta}]})


def citing(token: str) -> dict[str, object]:
    return {"type": "char_location", "cited_text": f"mail {token}", "document_title": f"{token}.pdf"}


CASES = {
    "transcript": (CHAT, lambda token: chunk(audio={"id": "a", "transcript": f"to {token}"})),
    "thinking in details": (CHAT, lambda token: chunk(content="", reasoning_details=[{"text": f"to {token}"}])),
    "citation in chat": (CHAT, lambda token: chunk(annotations=[{"url_citation": {"title": token, "url": "u"}}])),
    "custom tool": (CHAT, lambda token: chunk(tool_calls=[{"index": 0, "id": "t", "custom": {"input": token}}])),
    "error": (CHAT, lambda token: sse({"error": {"message": f"cannot write to {token}"}})),
    "search result": (
        MESSAGES,
        lambda token: typed(
            "content_block_start",
            True,
            index=1,
            content_block={"type": "web_search_tool_result", "content": [{"title": token, "url": "u"}]},
        ),
    ),
    "citation in messages": (
        MESSAGES,
        lambda token: typed(
            "content_block_delta", True, index=0, delta={"type": "citations_delta", "citation": citing(token)}
        ),
    ),
    "citation in responses": (
        RESPONSES,
        lambda token: typed("response.output_text.annotation.added", True, annotation={"filename": f"{token}.pdf"}),
    ),
}


@pytest.mark.parametrize("size", [1, 7, 10**6])
@pytest.mark.parametrize("name", CASES)
def test_a_stand_in_outside_the_running_texts_comes_back(name: str, size: int) -> None:
    dialect, event = CASES[name]
    made, token = sealed(dialect)
    assert told(made, dialect, event(token), size) == event(EMAIL).decode()
    assert made.restorer.stream(dialect).feed(event("nothing")) == event("nothing")


def test_it_is_counted_and_comes_back_each_time() -> None:
    made, token = sealed(CHAT)
    restorer = made.restorer.stream(CHAT)
    events = [chunk(content=word, annotations=[{"title": token}]) for word in ("one", "two", "three")]
    shown = b"".join(restorer.feed(event) for event in events).decode()
    assert (token in shown, shown.count(EMAIL), restorer.restoration.restored) == (False, 3, 3)


def test_signed_thinking_and_names_of_the_protocol_stay_as_they_came() -> None:
    made, token = sealed(MESSAGES)
    thinking = typed("content_block_delta", True, index=0, delta={"type": "thinking_delta", "thinking": token})
    block = typed("content_block_start", True, index=0, content_block={"thinking": token, "signature": token})
    assert told(made, MESSAGES, thinking + block) == (thinking + block).decode()


def test_where_tools_are_withheld_nothing_comes_back_beside_the_texts() -> None:
    made, token = sealed(CHAT, Obligations(mask=OBLIGATIONS.mask, withheld_tools=frozenset({"post"})))
    event = chunk(tool_calls=[{"index": 0, "id": "t", "custom": {"name": "post", "input": token}}])
    assert told(made, CHAT, event) == event.decode()


class Reader:
    """Finds the secret, and nothing else."""

    def read_text(self, text: str) -> Classification:
        start = text.find(SECRET)
        found = Finding(0, start, start + len(SECRET), "SECRET_AWS_ACCESS_KEY", Category.CREDENTIAL, 900, "t")
        return Classification((found,) if start >= 0 else (), Labels(Level.INTERNAL, frozenset()))


@pytest.mark.parametrize("withheld", [frozenset(), frozenset({"*"})])
def test_what_an_answer_must_not_bring_in_is_not_shown_beside_its_texts(withheld: frozenset[str]) -> None:
    made = call(chat("hello"))
    duty = Obligations(answer_drop=frozenset({Category.CREDENTIAL}), withheld_tools=withheld)
    restorer = build_redactor(KEY, Reader()).redact(made, identity(), findings(made), duty).restorer.stream(CHAT)
    shown = restorer.feed(chunk(audio={"transcript": f"it is {SECRET}"})) + restorer.finish()
    (data,) = [json.loads(line[6:]) for line in shown.decode().split("\n") if line.startswith("data: ")]
    assert SECRET not in json.dumps(data)
    assert "removed:" in data["choices"][0]["delta"]["audio"]["transcript"]
    assert [each.count for each in restorer.restoration.dropped] == [1]
