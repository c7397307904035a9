"""The lowest level of a category, and the level of ordinary text. Sources beside each row."""

from __future__ import annotations

from gateway.types import Category, Level

FLOORS: dict[Category, Level] = {
    Category.PII_DIRECT: Level.CONFIDENTIAL,  # NIST SP 800-122; GDPR art. 4(1)
    Category.PII_QUASI: Level.CONFIDENTIAL,
    Category.PII_SPECIAL: Level.RESTRICTED,  # GDPR art. 9, 10; PIPL art. 28
    Category.PHI: Level.RESTRICTED,  # 45 CFR 164.514(b)(2)
    Category.PCI_PAN: Level.RESTRICTED,  # PCI DSS v4, requirement 3
    Category.PCI_SAD: Level.RESTRICTED,
    Category.CREDENTIAL: Level.RESTRICTED,  # NIST SP 800-53 IA-5
    Category.GOV_ID: Level.RESTRICTED,
    Category.CN_PERSONAL: Level.CONFIDENTIAL,  # PIPL art. 4, 38-40
    Category.SOURCE_CODE: Level.CONFIDENTIAL,  # DTSA; EU 2016/943
    Category.TRADE_SECRET: Level.RESTRICTED,
    Category.REGISTERED: Level.RESTRICTED,  # a fingerprint of a registered document, repository or table
    Category.MNPI: Level.RESTRICTED,  # Regulation FD; MAR art. 7
    Category.LEGAL_PRIVILEGE: Level.RESTRICTED,  # FRE 502
    Category.EXPORT_CONTROL: Level.REGULATED,  # 22 CFR 120-130; 15 CFR 730-774
    Category.CUI: Level.REGULATED,  # 32 CFR 2002
    Category.OPAQUE: Level.RESTRICTED,  # what cannot be read may hold anything: stays in-house by default
    Category.UNKNOWN: Level.REGULATED,
}
"""The lowest level a call has once a category is present."""

BASELINE = Level.INTERNAL
"""Ordinary business text, when nothing was found and nothing was declared."""
