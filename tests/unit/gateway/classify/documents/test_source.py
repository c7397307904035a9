"""Documents in calls: found wherever they stand, read as text, opaque only when they hold more than that."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import partial

import pytest

from gateway.classify.detector import Budget, BudgetSpent
from gateway.classify.documents.formats import SMALL_BYTES
from gateway.classify.documents.reading import DocumentLost, ReadingLimits, ReadingProcess
from gateway.classify.documents.source import DocumentSource
from gateway.classify.opaque import find_opaque
from gateway.settings import ClassifySettings
from tests.unit.gateway.classify.calls import call_with
from tests.unit.gateway.classify.documents.made import LINE, docx, pdf, xlsx

AMPLE = Budget(30.0, lambda: 0.0)
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2).decode()
TEXT = pdf(LINE)
MIXED = docx(LINE, parts={"word/media/image1.png": b"\x89PNG\r\n\x1a\n" + bytes(500)})


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def uri(content: bytes, kind: str = "application/pdf") -> str:
    return f"data:{kind};base64,{encoded(content)}"


BLOCKS = {
    "Anthropic document": lambda content: {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/pdf", "data": encoded(content)},
    },
    "OpenAI input_file": lambda content: {"type": "input_file", "filename": "a.pdf", "file_data": uri(content)},
    "OpenAI chat file": lambda content: {"type": "file", "file": {"filename": "a.pdf", "file_data": encoded(content)}},
    "a tool result": lambda content: {"type": "tool_result", "content": uri(content)},
    "a URI in a text": lambda content: {"type": "text", "text": f"See {uri(content)} and say what it is."},
    "base64 in a text": lambda content: {"type": "text", "text": f"Decode this:\n{encoded(content)}\nand sum it up."},
    "an unknown field": lambda content: {"never_heard_of": encoded(content)},
    "broken over lines": lambda content: {"type": "file", "file": {"file_data": base64.encodebytes(content).decode()}},
}


@pytest.fixture(scope="module")
def source() -> Iterator[DocumentSource]:
    made = DocumentSource(ReadingProcess(ReadingLimits(seconds=8)))
    yield made
    made.close()


def texts_and_opaque(source: DocumentSource, block: object) -> tuple[str, set[str]]:
    leaves = call_with({"messages": [{"role": "user", "content": [block]}]}).leaves
    texts = [view.text for leaf in leaves for view in source.views(leaf, AMPLE)]
    found = find_opaque(leaves, partial(source.is_read, budget=AMPLE))
    return "\n".join(texts), {finding.type for finding in found}


@pytest.mark.parametrize("place", BLOCKS)
def test_a_document_is_read_wherever_it_stands(source: DocumentSource, place: str) -> None:
    text, opaque = texts_and_opaque(source, BLOCKS[place](TEXT))
    assert LINE in text
    assert opaque == ({"BASE64"} if place.endswith("in a text") else set())


@pytest.mark.parametrize("place", ["Anthropic document", "OpenAI input_file", "OpenAI chat file", "an unknown field"])
def test_a_document_with_more_than_text_stays_opaque(source: DocumentSource, place: str) -> None:
    text, opaque = texts_and_opaque(source, BLOCKS[place](MIXED))
    assert LINE in text
    assert opaque


def test_a_picture_stays_opaque_whatever_its_block_calls_it(source: DocumentSource) -> None:
    for block in (
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
        {"type": "file", "file": {"file_data": f"data:text/plain;base64,{PNG}"}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": encoded(TEXT)}},
    ):
        assert texts_and_opaque(source, block)[1]


def test_a_short_text_file_is_read_and_not_opaque(source: DocumentSource) -> None:
    block = {"type": "input_file", "file_data": uri(LINE.encode(), "text/plain")}
    assert texts_and_opaque(source, block) == (LINE, set())


def test_a_view_stands_for_the_whole_stretch_of_its_document(source: DocumentSource) -> None:
    before, after = "See ", " and say what it is."
    text = f"{before}{uri(xlsx([[LINE]]), 'application/zip')}{after}"
    leaf = call_with({"text": text}).leaves[1]
    (view,) = [view for view in source.views(leaf, AMPLE) if LINE in view.text][:1]
    assert view.place(3, 5) == (len(before), len(text) - len(after))


@pytest.mark.parametrize("text", ["", "data:", "data:;base64,", "hello " * 100, "a" * 5000, "data:x;base64,%%%" * 9])
def test_ordinary_text_holds_no_document(source: DocumentSource, text: str) -> None:
    for leaf in call_with({"data": text}).leaves:
        assert list(source.views(leaf, AMPLE)) == []
        assert not source.is_read(leaf, AMPLE)


def test_a_spent_budget_stops_before_reading(source: DocumentSource) -> None:
    leaf = call_with({"data": uri(pdf("another page"))}).leaves[1]
    with pytest.raises(BudgetSpent):
        list(source.views(leaf, Budget(0.0, lambda: 1.0)))


def test_what_waits_for_a_process_is_too_large_for_the_event_loop() -> None:
    data = encoded(bytes(SMALL_BYTES + 1))
    block = {"type": "file", "file": {"file_data": data}}
    body = call_with({"model": "m", "messages": [{"role": "user", "content": [block]}]}).body
    assert len(body) > ClassifySettings().offload_bytes


def test_a_document_sent_again_is_not_read_again(source: DocumentSource) -> None:
    leaf = call_with({"data": uri(docx("sent twice" * 400))}).leaves[1]
    first = [view.text for view in source.views(leaf, AMPLE)]
    source.close()  # a document that had to be read now would start a new process
    assert [view.text for view in source.views(leaf, AMPLE)] == first


def test_a_document_that_gave_no_answer_counts_as_anything_and_is_not_tried_again() -> None:
    lost = DocumentSource(ReadingProcess(ReadingLimits(seconds=0.01, start_s=0.01)))
    leaf = call_with({"data": uri(TEXT)}).leaves[1]
    for attempt in (lost.views, lost.is_read, lost.views):
        with pytest.raises(DocumentLost):
            list(attempt(leaf, AMPLE))  # type: ignore[arg-type]  # raises before it returns
    lost.close()
