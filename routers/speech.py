"""In which dialect a destination is addressed: the caller's own, or one that the caller's can be translated to.

Everything that is not listed here goes only to destinations that speak it: a completion is no chat, and vectors, counts
and stored state cannot be had in other words.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from routers.types import Dialect

TRANSLATIONS: Mapping[Dialect, tuple[Dialect, ...]] = MappingProxyType(
    {
        Dialect.OPENAI_RESPONSES: (Dialect.OPENAI_CHAT, Dialect.ANTHROPIC_MESSAGES),
        Dialect.OPENAI_CHAT: (Dialect.ANTHROPIC_MESSAGES,),
        Dialect.ANTHROPIC_MESSAGES: (Dialect.OPENAI_CHAT,),
    }
)
"""What a dialect can be translated to, best first."""


def spoken(ours: Dialect, theirs: Collection[Dialect]) -> Dialect | None:
    """Returns the dialect in which a destination that speaks `theirs` is addressed, `None` when there is none."""
    return next((dialect for dialect in (ours, *TRANSLATIONS.get(ours, ())) if dialect in theirs), None)
