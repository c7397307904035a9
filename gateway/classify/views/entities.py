"""HTML character references, however many times over: `&#64;`, `&#x40;`, `&commat;`, `&amp;#64;`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

_NAMES = "commat|period|hyphen|dash|num|plus|lowbar|colon|sol|nbsp|percnt|lpar|rpar|Tab|NewLine|shy|zwnj|zwj"
"""Names that can stand in or between the parts of an identifier. `&amp;`, `&lt;` and the like hide none."""
GATE = rf"&(?:amp;)*(?:#[0-9]+|#[xX][0-9A-Fa-f]+|(?:{_NAMES});)"
"""RE2: matches wherever something can be decoded."""
_REFERENCE = re.compile(rf"&(?:amp;)*(#0*[0-9]{{1,7}};?|#[xX]0*[0-9A-Fa-f]{{1,6}};?|(?:{_NAMES});)")


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields one per reference."""
    for match in _REFERENCE.finditer(text):
        yield Substitution(*match.span(), html.unescape("&" + match.group(1)))
