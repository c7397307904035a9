"""Mail addresses with something by them that could belong to them: `/users/dana@example.com`, `dana@example.com.txt`.

A path is a possible beginning of an address, and an extension of a file or the next sentence a possible end of its
domain (RFC 5321, section 4.1.2). Such an address names no registered domain, so it is taken for none.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from gateway.classify.views.rewriting import Substitution

_NAME, _BESIDE = r"0-9A-Za-z_+.\-", "[!-?A-~]"
_EXTENSION = (
    "(?:txt|pdf|eml|msg|mbox|pst|ics|vcf|csv|tsv|json|jsonl|ya?ml|xml|html?|docx?|xlsx?|pptx?|odt|rtf|md|log|zip|gz|tar"
    "|png|jpe?g|gif|bak|old|orig|tmp|asc|key|p12|pfx|ovpn)"
)
_ENDS = rf"\.(?:{_EXTENSION}(?:[^0-9A-Za-z]|$)|[A-Z][a-z])"
GATES = (
    rf"[/?#]{_BESIDE}*[{_NAME}]@[0-9A-Za-z]",
    rf"@[0-9A-Za-z.\-]*[0-9A-Za-z]\.[A-Za-z]+{_ENDS}",
)
"""RE2: one of them matches wherever something stands by an address."""
_LONGEST_NAME, _LONGEST_DOMAIN = 64, 255
_NAME_CHARACTERS = string.ascii_letters + string.digits + "_+.-"
_BEFORE = frozenset("/?#=&")
_DOMAIN = re.compile(rf"[0-9A-Za-z.\-]*[0-9A-Za-z]\.[A-Za-z]+?(?={_ENDS})")


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields a space where such an address begins or ends."""
    place = text.find("@")
    while place >= 0:
        name = text[max(0, place - _LONGEST_NAME - 1) : place]
        before = name.rstrip(_NAME_CHARACTERS)
        if before[-1:] in _BEFORE and len(before) < len(name):
            yield _space(place - len(name) + len(before))
        domain = _DOMAIN.match(text, place + 1, place + 1 + _LONGEST_DOMAIN)
        if domain is not None:
            yield _space(domain.end())
        place = text.find("@", place + 1)


def _space(place: int) -> Substitution:
    return Substitution(place, place, " ")
