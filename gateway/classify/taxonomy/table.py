"""All types together.

Presidio recognizers whose type has no row are not loaded: web addresses, dates and UUIDs alone say nothing about a
person and stand in almost every prompt.
"""

from __future__ import annotations

from gateway.classify.taxonomy.company import COMPANY
from gateway.classify.taxonomy.identifiers import IDENTIFIERS
from gateway.classify.taxonomy.opaque import OPAQUE
from gateway.classify.taxonomy.people import PEOPLE
from gateway.classify.taxonomy.registered import REGISTERED
from gateway.classify.taxonomy.rule import TypeRule
from gateway.types import Category

TYPES: dict[str, TypeRule] = PEOPLE | IDENTIFIERS | COMPANY | OPAQUE | REGISTERED
"""Every type a detector may report, but credentials (below)."""

CREDENTIAL_RULE = TypeRule(Category.CREDENTIAL)
UNKNOWN_RULE = TypeRule(Category.UNKNOWN)
CREDENTIAL_PREFIX = "SECRET_"
"""Types of credentials begin so; see `gateway.classify.secrets`."""


def rule_of(finding_type: str) -> TypeRule:
    """Returns the rule of a type. A type nobody wrote a rule for counts as unknown, the worst case."""
    rule = TYPES.get(finding_type)
    if rule is not None:
        return rule
    return CREDENTIAL_RULE if finding_type.startswith(CREDENTIAL_PREFIX) else UNKNOWN_RULE
