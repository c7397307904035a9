"""The reference page is the code."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from gateway.audit.record import Record
from gateway.audit.reference import reference

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "audit-record.md"


def test_the_reference_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: python -m gateway.audit.reference > " + str(PAGE)


def test_every_kind_of_record_is_documented() -> None:
    for kind in get_args(Record):
        assert f"## `{kind.kind}`" in reference()
