"""Whether a piece of streamed text is plain: no stand-in can begin in it, and nothing in it is escaped.

A search of bytes instead of a parse, for the many pieces between. The pattern depends on first characters alone, of
which there are few sets, so that it is compiled once and not for each request; second characters are looked up.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_ESCAPED_OR_BRACKET = rb'["\\[&%\x00-\x1f]'


class PlainPieces:
    """For one set of surrogates, which may be empty. Placeholders always begin with a bracket or an escape of one."""

    def __init__(self, surrogates: Collection[str]) -> None:
        self._heads: dict[bytes, set[bytes]] = {}
        for word in surrogates:
            first, second = word[0].encode(), word[1].encode()[:1]
            self._heads.setdefault(first, set()).add(second)
        firsts = re.escape(b"".join(sorted(self._heads)))
        self._may_begin = re.compile(
            _ESCAPED_OR_BRACKET + (rb"|(?<![0-9A-Za-z_])[" + firsts + rb"]" if firsts else b"")
        )

    def holds(self, text: bytes) -> bool:
        """Whether this piece, as it stands inside a JSON string, is plain. A word may have begun before it."""
        match = self._may_begin.search(text)
        while match is not None:
            seconds = self._heads.get(match.group())
            following = text[match.end() : match.end() + 1]
            if seconds is None or not following or following in seconds:
                return False
            match = self._may_begin.search(text, match.end())
        return True
