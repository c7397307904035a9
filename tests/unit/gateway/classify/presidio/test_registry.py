from __future__ import annotations

from pathlib import Path

import pytest

from gateway.classify.presidio import custom_recognizers, load_recognizers
from gateway.errors import StartupError

TYPES = frozenset(("EMAIL_ADDRESS", "US_SSN", "DE_TAX_ID", "UK_NHS"))
FILE = r"""
supported_languages: [en]
recognizers:
  - name: Badge
    type: custom
    supported_entity: BADGE
    patterns:
      - {name: badge, regex: "B-\\d{5}", score: 0.6}
"""
BAD = ("missing.yaml", "no.such.module:Class", "json:loads", "gateway.types:Level", "nothing")


def types_of(*countries: str) -> set[str]:
    found = load_recognizers(("en",), TYPES, countries) if countries else load_recognizers(("en",), TYPES)
    return {each.supported_entities[0] for each in found}


def test_recognizers_of_every_country_are_loaded_for_the_types_asked_for() -> None:
    assert types_of() == TYPES


def test_countries_that_are_not_named_are_left_out() -> None:
    assert types_of("de") == {"EMAIL_ADDRESS", "DE_TAX_ID"}


def test_a_file_and_a_class_add_recognizers(tmp_path: Path) -> None:
    file = tmp_path / "registry.yaml"
    file.write_text(FILE)
    found = custom_recognizers([str(file), "presidio_analyzer.predefined_recognizers:DeKfzRecognizer"])
    assert [each.supported_entities for each in found] == [["BADGE"], ["DE_KFZ"]]


@pytest.mark.parametrize("source", BAD)
def test_a_source_that_cannot_be_loaded_stops_the_start_and_is_named(source: str) -> None:
    with pytest.raises(StartupError, match=source):
        custom_recognizers([source])
