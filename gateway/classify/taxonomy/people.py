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
    "BANK_ACCOUNT": TypeRule(Category.PII_DIRECT),  # 45 CFR 164.514(b)(2)(i)(J); 28 CFR 202.222
    "MX_CLABE": TypeRule(Category.PII_DIRECT),
    "EMPLOYEE_ID": TypeRule(Category.PII_DIRECT),  # GDPR art. 4(1): an identification number
    "CUSTOMER_ID": TypeRule(Category.PII_DIRECT),
    "STUDENT_ID": TypeRule(Category.PII_DIRECT),  # 34 CFR 99.3
    "VEHICLE_ID": TypeRule(Category.PII_QUASI),  # 45 CFR 164.514(b)(2)(i)(L)
    "LICENSE_PLATE": TypeRule(Category.PII_QUASI),
    "DATE_OF_BIRTH": TypeRule(Category.PII_QUASI),
    "IP_ADDRESS": TypeRule(Category.PII_QUASI),
    "MAC_ADDRESS": TypeRule(Category.PII_QUASI),
    "CRYPTO": TypeRule(Category.PII_QUASI),
    # people in China
    "CN_MOBILE": TypeRule(Category.CN_PERSONAL),
    "CN_PERSON": TypeRule(Category.CN_PERSONAL),
    # health
    "MEDICAL_RECORD_NUMBER": TypeRule(Category.PHI),  # 45 CFR 164.514(b)(2)(i)(H)
    "INSURANCE_ID": TypeRule(Category.PHI),  # 45 CFR 164.514(b)(2)(i)(I)
    "US_MBI": TypeRule(Category.PHI),
    "US_NPI": TypeRule(Category.PII_DIRECT),  # a provider, in a public register
    "US_NDC": TypeRule(Category.PHI, alone=False),
    "DE_HEALTH_INSURANCE": TypeRule(Category.PHI),
    "CA_HEALTH_CARD": TypeRule(Category.PHI),
    "AU_MEDICARE": TypeRule(Category.PHI),
    "NZ_NHI": TypeRule(Category.PHI),
    # says something of somebody beside a finding that names them
    "DATE_TIME": TypeRule(Category.PII_QUASI, alone=False),  # 45 CFR 164.514(b)(2)(i)(C)
    "AGE": TypeRule(Category.PII_QUASI, alone=False),
    "SALARY": TypeRule(Category.PII_QUASI, alone=False),
    "HEALTH_RECORD": TypeRule(Category.PHI),
    # from the words around them (`gateway.classify.names`)
    "LOCATION": TypeRule(Category.PII_QUASI, alone=False),
    "ORGANIZATION": TypeRule(Category.PII_QUASI, alone=False),
}
