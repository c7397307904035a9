"""People: who they are, how to reach them, what they are treated for."""

from __future__ import annotations

from gateway.classify.taxonomy.rule import TypeRule
from gateway.types import Category

PEOPLE: dict[str, TypeRule] = {
    # people
    "PERSON": TypeRule(Category.PII_DIRECT),
    "EMAIL_ADDRESS": TypeRule(Category.PII_DIRECT),
    "PHONE_NUMBER": TypeRule(Category.PII_DIRECT),
    "IBAN_CODE": TypeRule(Category.PII_DIRECT),
    "US_BANK_NUMBER": TypeRule(Category.PII_DIRECT),
    "DATE_OF_BIRTH": TypeRule(Category.PII_QUASI),
    "IP_ADDRESS": TypeRule(Category.PII_QUASI),
    "MAC_ADDRESS": TypeRule(Category.PII_QUASI),
    "CRYPTO": TypeRule(Category.PII_QUASI),
    # people in China
    "CN_MOBILE": TypeRule(Category.CN_PERSONAL),
    "CN_PERSON": TypeRule(Category.CN_PERSONAL),
    # health
    "MEDICAL_RECORD_NUMBER": TypeRule(Category.PHI),
    "HEALTH_RECORD": TypeRule(Category.PHI),
    # from the words around them (`gateway.classify.names`)
    "LOCATION": TypeRule(Category.PII_QUASI, alone=False),
    "ORGANIZATION": TypeRule(Category.PII_QUASI, alone=False),
}
