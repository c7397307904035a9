"""Company matters: code, plans, markings."""

from __future__ import annotations

from gateway.classify.taxonomy.rule import TypeRule
from gateway.types import Category

COMPANY: dict[str, TypeRule] = {
    "SOURCE_CODE": TypeRule(Category.SOURCE_CODE),
    "ROADMAP": TypeRule(Category.TRADE_SECRET),
    "CONFIDENTIALITY_MARKING": TypeRule(Category.TRADE_SECRET),
    "PRIVILEGE_MARKING": TypeRule(Category.LEGAL_PRIVILEGE),
    "EXPORT_MARKING": TypeRule(Category.EXPORT_CONTROL),
    "MNPI_MARKING": TypeRule(Category.MNPI),
    "CUI_MARKING": TypeRule(Category.CUI),
    "CLASSIFIED_MARKING": TypeRule(Category.CUI),
}
