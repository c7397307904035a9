"""Mail addresses that look like none: `/users/dana@example.com`, `dana@example.com.txt`, `"dana w"@example.com`.

A path is a possible beginning of an address, and an extension of a file or the next sentence a possible end of its
domain (RFC 5321, section 4.1.2). Such an address names no registered domain, so it is taken for none. Nor does one in a
private network (`dana@mail.corp.internal`) or one that is written backwards, as some pages hide them.
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
_ENDS = rf"(?:\.(?:{_EXTENSION}(?:[^0-9A-Za-z]|$)|[A-Z][a-z])|_|[0-9]+(?:[^0-9A-Za-z.\-]|$))"
_PRIVATE = "internal|intranet|local|localdomain|lan|corp|private|home\\.arpa|test|example"
"""Names that no registry gives out (RFC 2606, RFC 6762 appendix G, RFC 8375, ICANN's `internal`)."""
_BACKWARDS = "moc|gro|ten|ude|vog|ofni|zib|oi|ed|rf|ku\\.oc|hc|ta|ue"
GATES = (
    rf"[/?#]{_BESIDE}*[{_NAME}]@[0-9A-Za-z]",
    rf"@[0-9A-Za-z.\-]*[0-9A-Za-z]\.[A-Za-z]+{_ENDS}",
    r"\"@[0-9A-Za-z]",
    rf"@[0-9A-Za-z.\-]+\.(?:{_PRIVATE})\b",
    rf"\b(?:{_BACKWARDS})\.[0-9A-Za-z.\-]+@[0-9A-Za-z]",
)
"""RE2: one of them matches wherever something stands by an address."""
_LONGEST_NAME, _LONGEST_DOMAIN = 64, 255
_NAME_CHARACTERS = string.ascii_letters + string.digits + "_+.-"
_BEFORE = frozenset("/?#=&")
_DOMAIN = re.compile(rf"[0-9A-Za-z.\-]*[0-9A-Za-z]\.[A-Za-z]+?(?={_ENDS})")


_IN_NETWORK = re.compile(rf"[\w.\-]{{1,200}}?\.(?:{_PRIVATE})(?![\w\-]|\.\w|:[^\s])")
_OF_A_SERVICE = re.compile(
    r"(?:://[^\s@]*|(?<![\w.])(?:git|hg|svn|root|admin|user|username|ubuntu|debian|centos|ec2-user|vagrant|pi|postgres|deploy"
    r"|jenkins|www-data|nobody))$"
)
"""What stands before the sign in addresses of programs: `https://user:word@host.internal`, `git@host.internal`."""
_QUOTED = re.compile(r"\"([^\"\n@]{1,64}?)\\*\"$")
_NO_NAME = re.compile(r"[^\w+.\-]+")
_REVERSED = re.compile(rf"(?<![\w.\-@])(?:{_BACKWARDS})\.[0-9A-Za-z.\-]{{1,255}}@[0-9A-Za-z._+\-]{{1,64}}")


def substitutions(text: str) -> Iterator[Substitution]:
    """Yields a space where such an address begins or ends, and whatever else makes it look like one."""
    for address in _REVERSED.finditer(text):
        yield Substitution(*address.span(), address.group()[::-1])
    place = text.find("@")
    while place >= 0:
        yield from _of_name(text, place)
        yield from _of_domain(text, place)
        place = text.find("@", place + 1)


def _of_name(text: str, place: int) -> Iterator[Substitution]:
    name = text[max(0, place - _LONGEST_NAME - 1) : place]
    before = name.rstrip(_NAME_CHARACTERS)
    if before[-1:] in _BEFORE and len(before) < len(name):
        yield _space(place - len(name) + len(before))
    if (quoted := _QUOTED.search(name)) is not None and (plain := _NO_NAME.sub(".", quoted.group(1)).strip(".")):
        yield Substitution(place - len(name) + quoted.start(), place, plain)


def _of_domain(text: str, place: int) -> Iterator[Substitution]:
    domain = _DOMAIN.match(text, place + 1, place + 1 + _LONGEST_DOMAIN)
    if domain is not None:
        yield _space(domain.end())
    private = _IN_NETWORK.match(text, place + 1, place + 1 + _LONGEST_DOMAIN)
    if private is not None and _OF_A_SERVICE.search(text, max(0, place - _LONGEST_NAME), place) is None:
        yield Substitution(private.end(), private.end(), ".com")


def _space(place: int) -> Substitution:
    return Substitution(place, place, " ")
