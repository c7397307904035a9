from __future__ import annotations

from pathlib import Path

from gateway.classify.recognizers.rows import IDENTIFIER_ROWS
from gateway.classify.taxonomy.table import TYPES
from gateway.classify.types_page import types_page

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "types.md"


def test_the_page_of_types_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == types_page(), "run scripts/reference"


def test_every_type_has_one_line() -> None:
    lines = [line.split("|")[1].strip(" `") for line in types_page().splitlines() if line.startswith("| `")]
    assert sorted(lines) == sorted([*TYPES, "SECRET_*"])


def test_every_type_that_is_sought_is_in_the_taxonomy() -> None:
    assert {row.type for row in IDENTIFIER_ROWS} <= TYPES.keys()
