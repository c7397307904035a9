"""Dates of one conversation, all shifted by the same number of days: order and intervals stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count

_FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%Y%m%d")
_SMALLEST_SHIFT_DAYS, _SHIFTS = 30, 1400


def shifted(text: str, offset: int) -> Iterator[str]:
    """Yields the date moved into the past by the conversation's number of days, in its own form, then a day more each.

    Nothing for a date that is written in words.
    """
    parsed = read_date(text)
    if parsed is None:
        return
    day, form = parsed
    for more in count():
        try:
            yield (day - timedelta(days=_SMALLEST_SHIFT_DAYS + offset % _SHIFTS + more)).strftime(form)
        except OverflowError:
            return


def read_date(text: str) -> tuple[date, str] | None:
    """Returns the date and the form it is written in, if it comes out of that form again as it was."""
    for form in _FORMS:
        try:
            day = datetime.strptime(text, form).date()  # noqa: DTZ007  (a calendar date has no time zone)
        except ValueError:
            continue
        if day.strftime(form) == text:
            return day, form
    return None
