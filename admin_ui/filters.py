"""URL <-> filter. The address of a page is its whole state, so a link is evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from urllib.parse import urlencode

from gateway.audit.reader import PAGE_ENTRIES, Filter
from gateway.errors import RequestError

_TIMES = {"since": "since_ms", "until": "until_ms"}
_TEXTS = tuple(f.name for f in fields(Filter) if f.name not in _TIMES.values())
_TIME_FORMATS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d")
_LONGEST = 200


class BadFilter(RequestError):
    """A filter in the address that cannot be read. Never ignored: it would show more than was asked for."""

    code = "invalid_filter"


@dataclass(frozen=True, slots=True)
class View:
    """One page of the log: what is shown, and from where."""

    wanted: Filter
    before: int | None = None
    after: int | None = None
    limit: int = PAGE_ENTRIES

    def query(self, *, before: int | None = None, after: int | None = None) -> str:
        """Returns the query string of this filter at another cursor."""
        pairs = [*texts_of(self.wanted).items()]
        pairs += [(name, str(cursor)) for name, cursor in (("before", before), ("after", after)) if cursor is not None]
        if self.limit != PAGE_ENTRIES:
            pairs.append(("limit", str(self.limit)))
        return urlencode(pairs)


def view_of(parameters: Mapping[str, str]) -> View:
    """Returns the view that a query string asks for; empty values count as absent.

    Raises:
        BadFilter: an unknown name, a number or time that cannot be read, or both cursors at once.
    """
    given = {name: value.strip() for name, value in parameters.items() if value.strip()}
    for name in given:
        if name not in (*_TEXTS, *_TIMES, "before", "after", "limit"):
            raise BadFilter("the address names a filter that does not exist")
    if any(len(value) > _LONGEST for value in given.values()):
        raise BadFilter("a filter value is too long")
    wanted = Filter(
        **{name: given[name] for name in _TEXTS if name in given},
        since_ms=_time(given.get("since")),
        until_ms=_time(given.get("until")),
    )
    view = View(wanted, _number(given.get("before")), _number(given.get("after")), _number(given.get("limit")) or 50)
    if view.before is not None and view.after is not None:
        raise BadFilter("a page is either before or after an entry")
    return view


def texts_of(wanted: Filter) -> dict[str, str]:
    """Returns the filter as the names and values of its address."""
    texts = {name: getattr(wanted, name) for name in _TEXTS if getattr(wanted, name) is not None}
    times = {name: getattr(wanted, column) for name, column in _TIMES.items()}
    return texts | {name: _utc(at_ms) for name, at_ms in times.items() if at_ms is not None}


def _time(text: str | None) -> int | None:
    if text is None:
        return None
    for form in _TIME_FORMATS:
        try:
            return int(datetime.strptime(text.removesuffix("Z"), form).replace(tzinfo=UTC).timestamp() * 1000)
        except (ValueError, OverflowError):
            continue
    raise BadFilter("times are written 2026-06-12 or 2026-06-12T18:30 (UTC)")


def _utc(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise BadFilter("cursors and limits are whole numbers")
    return int(text)
