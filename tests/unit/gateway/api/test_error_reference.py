from __future__ import annotations

from pathlib import Path

from gateway import errors
from gateway.api.error_reference import markdown

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "errors.md"


def test_page_is_what_the_code_says() -> None:
    assert PAGE.read_text() == markdown(), "run: python -m gateway.api.error_reference > docs/reference/errors.md"


def test_every_error_a_caller_can_get_is_on_the_page_once() -> None:
    page = markdown()
    codes = [
        error.code
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, (errors.RequestError, errors.ServiceError))
    ]
    shown = set(codes) - {errors.RequestError.code, errors.ServiceError.code}
    assert shown
    for code in shown:
        assert page.count(f"`{code}`") == 1, code


def test_every_error_a_caller_can_get_is_drawn_in_the_tree() -> None:
    drawn = errors.__doc__ or ""
    for line in markdown().splitlines():
        if line.startswith("| ") and line[2].isdigit():
            status, code = line.split("|")[1].strip(), line.split("`")[1]
            assert f"{status} {code}" in drawn
