"""What the company registered: found by its fingerprints, proven by them."""

from __future__ import annotations

from gateway.classify.taxonomy.rule import TypeRule
from gateway.types import Category

REGISTERED: dict[str, TypeRule] = {
    "REGISTERED_CODE": TypeRule(Category.REGISTERED, also=frozenset((Category.SOURCE_CODE,))),
    "REGISTERED_DOCUMENT": TypeRule(Category.REGISTERED),
    "REGISTERED_RECORD": TypeRule(Category.REGISTERED, also=frozenset((Category.PII_DIRECT,))),
}
