"""Identifiers as six languages name them. The sentences are those of the accuracy benchmark."""

from __future__ import annotations

import pytest

from gateway.classify.detector import Budget, Passage
from gateway.classify.recognizers.identifiers import IdentifierDetector
from gateway.classify.recognizers.rows import DECOYS, IDENTIFIER_ROWS
from gateway.classify.shadow import Shadow
from tests.load.accuracy.classes import shared_mapping
from tests.load.accuracy.documents import Document
from tests.load.accuracy.languages import LANGUAGES, language_documents

_EACH = 4


@pytest.fixture(scope="module")
def identifiers() -> IdentifierDetector:
    return IdentifierDetector(IDENTIFIER_ROWS, DECOYS)


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return language_documents(_EACH, 2)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_identifier_is_found_by_its_label_in_every_language(
    identifiers: IdentifierDetector, documents: list[Document], language: str
) -> None:
    mapping = shared_mapping()
    own = [document for document in documents if document.group == language]
    assert len(own) >= 6 * _EACH
    for document in own:
        [truth] = document.truths
        name = mapping.of_label(truth.label)
        assert name is not None
        found = identifiers.detect(Passage.of(document.text, Shadow()), Budget(1.0, lambda: 0.0))
        places = {(span.start, span.end) for span in found if mapping.accepts(name, span.type)}
        assert (truth.start, truth.end) in places, document.text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Steuer-ID 98.437.335.600", "DE_TAX_ID"),
        ("Steuer-ID 98/437/335/600", "DE_TAX_ID"),
        ("NIR 1.84.12.76.495.573.85", "FR_NIR"),
        ("on file: 756.9217.0769.85", "CH_AHV"),
    ],
)
def test_a_number_is_found_with_dots_between_its_groups(identifiers: IdentifierDetector, text: str, kind: str) -> None:
    found = identifiers.detect(Passage.of(text, Shadow()), Budget(1.0, lambda: 0.0))
    assert [span.type for span in found if span.type == kind] == [kind]


def test_a_long_number_of_a_row_is_no_swiss_insurance_number(identifiers: IdentifierDetector) -> None:
    passage = Passage.of('{"updated": 7569217076985}', Shadow())
    assert "CH_AHV" not in {span.type for span in identifiers.detect(passage, Budget(1.0, lambda: 0.0))}
