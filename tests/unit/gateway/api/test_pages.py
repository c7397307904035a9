"""Pages together are the list, whichever way it is walked."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.pages import limit_of, page_of, parameters_of
from gateway.errors import MalformedBody


@dataclass(frozen=True, slots=True)
class Item:
    id: str


def items(count: int) -> list[Item]:
    return [Item(str(number)) for number in range(count)]


@given(st.integers(0, 12), st.integers(1, 5))
def test_pages_behind_each_other_are_the_list(count: int, limit: int) -> None:
    found: list[Item] = []
    after, more = None, True
    while more:
        page = page_of(items(count), limit, after=after)
        found += page.items
        more, after = page.has_more, page.items[-1].id if page.items else None
        assert len(page.items) <= limit
    assert found == items(count)


@given(st.integers(1, 12), st.integers(1, 5))
def test_pages_before_each_other_are_the_list_up_to_there(count: int, limit: int) -> None:
    found: list[Item] = []
    before, more = str(count - 1), True
    while more:
        page = page_of(items(count), limit, before=before)
        found = [*page.items, *found]
        more, before = page.has_more, page.items[0].id if page.items else before
    assert found == items(count - 1)


def test_an_id_that_is_not_in_the_list_is_refused() -> None:
    for where in ({"after": "9"}, {"before": "9"}):
        with pytest.raises(MalformedBody):
            page_of(items(3), 2, **where)


@pytest.mark.parametrize("limit", ["0", "101", "-1", "", "x", "1.0", "²", "9" * 5000])
def test_a_limit_that_is_none_is_refused(limit: str) -> None:
    with pytest.raises(MalformedBody):
        limit_of({"limit": limit}, usual=20, most=100)


def test_a_limit_is_the_usual_one_or_what_was_asked_for() -> None:
    assert (limit_of({}, usual=20, most=100), limit_of({"limit": "100"}, usual=20, most=100)) == (20, 100)
    assert parameters_of("after=a%20b&limit=") == {"after": "a b", "limit": ""}
    with pytest.raises(MalformedBody):
        parameters_of("limit=1&limit=2")
