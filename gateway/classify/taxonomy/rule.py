"""What one type of finding means for the labels of a call."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.types import Category, Level


@dataclass(frozen=True, slots=True)
class TypeRule:
    """The category of a type's findings, further categories of the call, and a level above the category's floor.

    A type that does not count `alone` (a place, an organisation) says something of somebody only beside a finding that
    does: 45 CFR 164.514(b)(2) and recital 26 of the GDPR speak of what identifies together.
    """

    category: Category
    also: frozenset[Category] = frozenset()
    level: Level = Level.PUBLIC
    alone: bool = True
