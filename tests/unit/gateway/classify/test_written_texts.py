"""The texts written by hand: their marks are read as places, and they stay in two halves."""

from __future__ import annotations

from tests.load.accuracy.classes import shared_mapping
from tests.load.accuracy.documents import Half
from tests.load.accuracy.written import half_of, written_documents

DOCUMENTS = written_documents(Half.ALL)


def test_every_mark_is_a_place_of_a_known_class_and_none_is_left_in_a_text() -> None:
    mapping = shared_mapping()
    for document in DOCUMENTS:
        assert "[[" not in document.text
        assert "]]" not in document.text
        end = 0
        for truth in document.truths:
            assert mapping.of_label(truth.label) is not None, truth.label
            assert end <= truth.start < truth.end <= len(document.text)
            assert document.text[truth.start : truth.end].strip() == document.text[truth.start : truth.end]
            end = truth.end


def test_the_halves_share_no_text_and_are_about_as_large() -> None:
    first, second = written_documents(Half.FIRST), written_documents(Half.SECOND)
    assert len(first) + len(second) == len(DOCUMENTS) > 500
    assert not {each.text for each in first} & {each.text for each in second}
    assert 0.4 < len(first) / len(DOCUMENTS) < 0.6
    assert all(half_of(each.text) is Half.FIRST for each in first)


def test_a_third_of_the_texts_is_about_nobody() -> None:
    assert 0.25 < sum(not each.truths for each in DOCUMENTS) / len(DOCUMENTS) < 0.35
