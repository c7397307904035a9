"""Identifiers issued by states, courts, banks, card schemes and insurers.

The law or register behind each row of patterns is named with the pattern (`gateway.classify.recognizers`); here stands
what a type means. A number of a company counts only beside a person: it is public, and says whom an invoice is from.
"""

from __future__ import annotations

from gateway.classify.taxonomy.rule import TypeRule
from gateway.types import Category

_STATE = TypeRule(Category.GOV_ID)
_CHINA = TypeRule(Category.GOV_ID, also=frozenset((Category.CN_PERSONAL,)))
_COMPANY = TypeRule(Category.PII_QUASI, alone=False)

_OF_STATES = """
US_SSN US_ITIN US_PASSPORT US_DRIVER_LICENSE MEDICAL_LICENSE PASSPORT_NUMBER DRIVER_LICENSE NATIONAL_ID
AT_SVNR BE_NATIONAL_NUMBER BG_EGN HR_OIB CY_TIC CZ_BIRTH_NUMBER DK_CPR EE_ISIKUKOOD FI_HETU FR_NIR FR_TAX_NUMBER
DE_TAX_ID DE_TAX_NUMBER DE_PENSION_NUMBER DE_ID_CARD GR_AFM GR_AMKA HU_TAX_ID HU_TAJ IE_PPS IT_FISCAL_CODE
LV_PERSONAL_CODE LT_PERSONAL_CODE LU_NATIONAL_NUMBER MT_ID_CARD NL_BSN PL_PESEL PL_NIP PL_ID_CARD PT_NIF
PT_CITIZEN_CARD PT_NISS RO_CNP SK_BIRTH_NUMBER SI_EMSO SI_TAX_NUMBER ES_NIF ES_NIE ES_NUSS SE_PERSONNUMMER
UK_NHS UK_NINO UK_UTR UK_DRIVER_LICENSE CH_AHV NO_FODSELSNUMMER IS_KENNITALA TR_KIMLIK RU_INN RU_SNILS
TW_ID HK_ID JP_MY_NUMBER JP_DRIVER_LICENSE JP_PENSION_NUMBER KR_RRN SG_NRIC IN_AADHAAR IN_PAN IN_VOTER_ID
TH_NATIONAL_ID AU_TFN IL_ID NZ_IRD ZA_ID CA_SIN MX_CURP MX_RFC BR_CPF AR_CUIT CL_RUT CO_CEDULA
""".split()

_OF_CHINA = ("CN_RESIDENT_ID", "CN_PASSPORT", "CN_LICENSE_PLATE")
_OF_COMPANIES = (
    "VAT_NUMBER", "US_EIN", "FR_SIREN", "PL_REGON", "CN_COMPANY_ID", "IN_GSTIN", "AU_ABN", "BR_CNPJ",
    "US_BANK_ROUTING", "UK_SORT_CODE", "SWIFT_BIC", "INVOICE_NUMBER",
)  # fmt: skip

IDENTIFIERS: dict[str, TypeRule] = {
    **dict.fromkeys(_OF_STATES, _STATE),  # GDPR art. 87; 45 CFR 164.514(b)(2)(i); 28 CFR 202.212
    **dict.fromkeys(_OF_CHINA, _CHINA),  # PIPL art. 28, GB/T 35273
    **dict.fromkeys(_OF_COMPANIES, _COMPANY),
    # payment cards: PCI DSS v4, requirements 3.3 to 3.5
    "CREDIT_CARD": TypeRule(Category.PCI_PAN),
    "CARD_EXPIRY": TypeRule(Category.PCI_PAN, alone=False),
    "CARD_SECURITY_CODE": TypeRule(Category.PCI_SAD),
    "CARD_PIN": TypeRule(Category.PCI_SAD),
    "CARD_TRACK": TypeRule(Category.PCI_SAD),
    # the law
    "LEGAL_CASE_NUMBER": TypeRule(Category.PII_QUASI),
    "BAR_NUMBER": TypeRule(Category.PII_DIRECT),
}
