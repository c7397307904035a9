"""Where further readings of one string come from. Document extraction is such a source."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from gateway.classify.detector import Budget
from gateway.classify.view import View
from routers.types import Leaf


class ViewSource(Protocol):
    """Takes texts out of a leaf. Must be safe to call from several threads."""

    @property
    def name(self) -> str:
        """The stable name that `Classification.failed` carries when the source fails."""
        ...

    def views(self, leaf: Leaf, budget: Budget) -> Iterable[View]:
        """Yields the texts of one leaf, best one by one.

        What it yields may depend on the leaf's text and the last step of its path alone, because results are kept by
        those two. It bounds its own memory. Any exception counts as "anything may be in there".
        """
        ...

    def is_read(self, leaf: Leaf, budget: Budget) -> bool:
        """Returns whether `views` yields all that the leaf holds: then it is not opaque. Raises what `views` raises."""
        ...
