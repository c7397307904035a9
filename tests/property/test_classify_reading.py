"""Any text, in any script, at any place, is read: nothing raises, offsets hold, and a planted value is found."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.classify.shadow import Shadow
from gateway.classify.windows import OVERLAP, windows
from gateway.settings import ClassifySettings

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)
PLANTED = {
    "CREDIT_CARD": "4111 1111 1111 1111",
    "EMAIL_ADDRESS": "jane.roe@example.com",
    "SECRET_AWS_ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE",
    "CN_RESIDENT_ID": "11010519491231002X",
}


@pytest.fixture(scope="module")
def classifier() -> CallClassifier:
    return build_classifier(ClassifySettings())


@settings(max_examples=200, deadline=None)
@given(text=TEXT, kind=st.sampled_from(sorted(PLANTED)), long=st.booleans())
def test_a_planted_value_is_found_where_it_stands(classifier: CallClassifier, text: str, kind: str, long: bool) -> None:
    before = text * (20 if long else 1) + " \n "
    content = classifier.read_text(f"{before}{PLANTED[kind]} \n {text}")
    assert content.failed == ()
    places = {(finding.start, finding.end) for finding in content.findings if finding.type == kind}
    assert (len(before), len(before) + len(PLANTED[kind])) in places


@settings(max_examples=200, deadline=None)
@given(TEXT)
def test_the_shadow_is_as_long_as_the_text(text: str) -> None:
    assert len(Shadow().of(text)) == len(text)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab \n\u3000"), max_size=12_000))
def test_windows_cover_the_text_in_order_and_overlap(text: str) -> None:
    found = list(windows(text, 2_000, OVERLAP))
    assert found[0][0] == 0
    assert found[-1][1] == len(text)
    for (start, end), (next_start, next_end) in pairwise(found):
        assert start < next_start <= end - OVERLAP // 2
        assert end < next_end
        assert end - start <= 2_000
