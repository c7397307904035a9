"""What labels of other people's sets mean in our types. The only table of the benchmark that needs judgement.

A class is what is scored: labels that mean it, and types of ours that count as having found it. The first row that
names a type is the class in which a finding of that type is counted as false when it meets no label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.classify.taxonomy.table import CREDENTIAL_PREFIX, rule_of
from gateway.types import Category

STATE = "STATE_ID"
SECRET = "SECRET"


@dataclass(frozen=True, slots=True)
class Class:
    """A class of things to be found."""

    name: str
    labels: frozenset[str]
    types: frozenset[str]


def _row(name: str, labels: str, types: str) -> Class:
    return Class(name, frozenset(labels.split()), frozenset(types.split()))


CLASSES = (
    _row("PERSON", "PERSON PERSON_NAME NAME FIRST_NAME LAST_NAME FULL_NAME", "PERSON CN_PERSON"),
    _row("LOCATION", "LOCATION STREET_ADDRESS ADDRESS GPE CITY STATE COUNTRY", "LOCATION ADDRESS STREET_ADDRESS"),
    _row("ORGANIZATION", "ORGANIZATION ORGANIZATION_NAME COMPANY COMPANY_NAME EMPLOYER", "ORGANIZATION"),
    _row("EMAIL", "EMAIL EMAIL_ADDRESS", "EMAIL_ADDRESS"),
    _row("PHONE", "PHONE PHONE_NUMBER FAX_NUMBER MOBILE_NUMBER", "PHONE_NUMBER CN_MOBILE"),
    _row("CARD", "CREDIT_CARD CREDIT_CARD_NUMBER PAYMENT_CARD", "CREDIT_CARD"),
    _row("CARD_SECURITY_CODE", "CVV CVC CREDIT_CARD_CVV CARD_SECURITY_CODE", "CARD_SECURITY_CODE CARD_PIN"),
    _row("IBAN", "IBAN IBAN_CODE", "IBAN_CODE"),
    _row("BANK_ACCOUNT", "BANK_ACCOUNT_NUMBER ACCOUNT_NUMBER US_BANK_NUMBER", "BANK_ACCOUNT US_BANK_NUMBER"),
    _row("BANK_ROUTING", "ROUTING_NUMBER BANK_ROUTING_NUMBER ABA_ROUTING SORT_CODE", "US_BANK_ROUTING UK_SORT_CODE"),
    _row("SWIFT_BIC", "SWIFT_BIC_CODE SWIFT_BIC SWIFT_CODE BIC", "SWIFT_BIC"),
    _row("DATE_OF_BIRTH", "DATE_OF_BIRTH DOB BIRTH_DATE", "DATE_OF_BIRTH"),
    _row("DATE", "DATE DATE_TIME TIMESTAMP TIME", "DATE_TIME"),
    _row("US_SSN", "SOCIAL_SECURITY_NUMBER SSN US_SSN", "US_SSN US_ITIN"),
    _row("TAX_ID", "TAX_ID EIN US_EIN ITIN", "US_EIN US_ITIN US_SSN TAX_NUMBER"),
    _row("PASSPORT", "PASSPORT PASSPORT_NUMBER US_PASSPORT", "PASSPORT_NUMBER US_PASSPORT"),
    _row("DRIVER_LICENSE", "DRIVERS_LICENSE DRIVER_LICENSE DRIVERS_LICENSE_NUMBER DRIVER_LICENSE_NUMBER "
         "US_DRIVER_LICENSE", "DRIVER_LICENSE US_DRIVER_LICENSE"),
    _row(STATE, "NATIONAL_ID NATIONAL_ID_NUMBER ID_CARD", ""),
    _row("MRN", "MEDICAL_RECORD_NUMBER MRN", "MEDICAL_RECORD_NUMBER"),
    _row("INSURANCE_ID", "INSURANCE_POLICY_NUMBER INSURANCE_ID HEALTH_INSURANCE_ID HEALTH_PLAN_ID POLICY_NUMBER",
         "INSURANCE_ID US_MBI NZ_NHI"),
    _row("NPI", "NPI NPI_NUMBER NATIONAL_PROVIDER_IDENTIFIER", "US_NPI"),
    _row("DEA", "DEA DEA_NUMBER", "MEDICAL_LICENSE US_DEA"),
    _row("HEALTH", "HEALTH_CONDITION MEDICAL_CONDITION DIAGNOSIS MEDICATION", "HEALTH_RECORD"),
    _row("CASE_NUMBER", "CASE_NUMBER LEGAL_CASE_NUMBER COURT_CASE_NUMBER DOCKET_NUMBER", "LEGAL_CASE_NUMBER"),
    _row("BAR_NUMBER", "BAR_NUMBER ATTORNEY_BAR_NUMBER BAR_LICENSE_NUMBER", "BAR_NUMBER"),
    _row("EMPLOYEE_ID", "EMPLOYEE_ID STAFF_ID", "EMPLOYEE_ID"),
    _row("CUSTOMER_ID", "CUSTOMER_ID CLIENT_ID ACCOUNT_ID", "CUSTOMER_ID"),
    _row("INVOICE_NUMBER", "INVOICE_NUMBER", "INVOICE_NUMBER"),
    _row("SALARY", "SALARY INCOME", "SALARY"),
    _row("STUDENT_ID", "STUDENT_ID", "STUDENT_ID"),
    _row("AGE", "AGE", "AGE"),
    _row("LICENSE_PLATE", "LICENSE_PLATE", "LICENSE_PLATE CN_LICENSE_PLATE"),
    _row("VEHICLE_ID", "VIN VEHICLE_ID", "VEHICLE_ID"),
    _row("CRYPTO", "CRYPTO CRYPTO_WALLET", "CRYPTO"),
    _row("IP_ADDRESS", "IP_ADDRESS IPV4 IPV6 IP", "IP_ADDRESS"),
    _row("MAC_ADDRESS", "MAC_ADDRESS MAC", "MAC_ADDRESS"),
    _row("USERNAME", "USERNAME USER_NAME", "SECRET_USER_NAME"),
    _row(SECRET, "API_KEY PASSWORD SECRET TOKEN ACCESS_TOKEN PRIVATE_KEY AUTH_TOKEN", ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mapping:
    """From labels and from types to the class they are scored in; `None` when a set does not say.

    `has_groups` says that the groups of the set's documents are not its classes over again.
    """

    of_label: Callable[[str], str | None]
    of_type: Callable[[str], str | None]
    accepts: Callable[[str, str], bool]
    has_groups: bool


def shared_mapping() -> Mapping:
    """Returns the mapping for sets with labels of their own."""
    of_label = {label: each.name for each in CLASSES for label in each.labels}
    types = {each.name: each.types for each in CLASSES}
    of_type: dict[str, str] = {}
    for each in CLASSES:
        for finding_type in each.types:
            of_type.setdefault(finding_type, each.name)

    def type_class(finding_type: str) -> str | None:
        return of_type.get(finding_type) or _family(finding_type)

    def accepts(name: str, finding_type: str) -> bool:
        return finding_type in types[name] or _family(finding_type) == name

    return Mapping(lambda label: of_label.get(label.upper()), type_class, accepts, has_groups=True)


def exact_mapping() -> Mapping:
    """Returns the mapping for generated sets, whose labels are our types."""
    return Mapping(
        lambda label: label, lambda finding_type: finding_type, lambda name, kind: name == kind, has_groups=False
    )


def _family(finding_type: str) -> str | None:
    """Credentials are one class; so is whatever a state issues and no row names."""
    if finding_type.startswith(CREDENTIAL_PREFIX):
        return SECRET
    return STATE if rule_of(finding_type).category is Category.GOV_ID else None
