r"""Control characters and sequences of terminals inside a text: `4111\x1b[31m1111`, `4\x001\x001\x001`.

Source: ECMA-48, control sequences (5.4). White space stays; invisible characters beyond ASCII are elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

_SEQUENCE = r"\x1b\[[0-9;?]{0,16}[A-Za-z]"
_BARE = r"[\x00-\x08\x0e-\x1f]"
GATE = rf"[!-~](?:{_SEQUENCE}|{_BARE})[!-~]"
"""RE2: matches wherever something is taken out from between two characters."""
_HIDDEN = re.compile(rf"(?:{_SEQUENCE}|(?!\x1e\n){_BARE})+")
"""Not what stands between the stretches of a view, which may be read for control characters itself."""


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields an empty one per run."""
    for run in _HIDDEN.finditer(text):
        yield Substitution(*run.span(), "")
