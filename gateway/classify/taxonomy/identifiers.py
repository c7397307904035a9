"""Identifiers issued by states, banks and card schemes."""

from __future__ import annotations

from gateway.classify.taxonomy.rule import TypeRule
from gateway.types import Category

IDENTIFIERS: dict[str, TypeRule] = {
    # identifiers issued by states
    "US_SSN": TypeRule(Category.GOV_ID),
    "US_ITIN": TypeRule(Category.GOV_ID),
    "US_PASSPORT": TypeRule(Category.GOV_ID),
    "US_DRIVER_LICENSE": TypeRule(Category.GOV_ID),
    "MEDICAL_LICENSE": TypeRule(Category.GOV_ID),
    "UK_NHS": TypeRule(Category.GOV_ID),
    "CN_RESIDENT_ID": TypeRule(Category.GOV_ID, also=frozenset((Category.CN_PERSONAL,))),
    # payment cards
    "CREDIT_CARD": TypeRule(Category.PCI_PAN),
    "CARD_SECURITY_CODE": TypeRule(Category.PCI_SAD),
}
