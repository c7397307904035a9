"""What cannot be read as text."""

from __future__ import annotations

from gateway.classify.taxonomy.rule import TypeRule
from gateway.types import Category

OPAQUE: dict[str, TypeRule] = {
    "IMAGE": TypeRule(Category.OPAQUE),
    "DOCUMENT": TypeRule(Category.OPAQUE),
    "FILE": TypeRule(Category.OPAQUE),
    "AUDIO": TypeRule(Category.OPAQUE),
    "VIDEO": TypeRule(Category.OPAQUE),
    "BASE64": TypeRule(Category.OPAQUE),
}
