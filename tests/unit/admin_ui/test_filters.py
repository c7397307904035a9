"""The address of a page is its whole state."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_ui.filters import BadFilter, View, view_of
from gateway.audit.reader import Filter

_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Zs", "Zl", "Zp", "Cc"]), min_size=1, max_size=40)
_FILTERS = st.builds(
    Filter,
    kind=st.none() | st.sampled_from(["intent", "refusal"]),
    destination=st.none() | _TEXT,
    rule=st.none() | _TEXT,
    request_id=st.none() | _TEXT,
    batch=st.none() | _TEXT,
    since_ms=st.none() | st.integers(0, 4_000_000_000).map(lambda s: s * 1000),
)


@given(_FILTERS, st.none() | st.integers(0, 10**12))
def test_an_address_reads_back_as_the_filter_it_was_made_from(wanted: Filter, before: int | None) -> None:
    view = View(wanted, before=before)
    assert view_of(dict(parse_qsl(view.query(before=before)))) == view


@pytest.mark.parametrize(
    "parameters",
    [
        {"tenent": "acme"},
        {"before": "-1"},
        {"before": "1e9"},
        {"before": "٣"},
        {"after": "9" * 30},
        {"since": "yesterday"},
        {"before": "5", "after": "3"},
        {"rule": "x" * 500},
    ],
)
def test_a_filter_that_cannot_be_read_is_refused_not_ignored(parameters: dict[str, str]) -> None:
    with pytest.raises(BadFilter):
        view_of(parameters)


def test_empty_fields_of_the_form_are_no_filter() -> None:
    assert view_of({"kind": "", "rule": " ", "since": ""}) == View(Filter())
