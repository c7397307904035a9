"""One marking, and where it must stand."""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Position(StrEnum):
    """Where a marking counts."""

    BANNER = "banner"
    """Alone in its line, perhaps between ornaments or after a word like "Classification:"."""
    HEADING = "heading"
    """At the beginning of a line, before a colon."""
    PORTION = "portion"
    """In brackets at the beginning of a line."""
    NOTICE = "notice"
    """Anywhere: the words assert something of the text they stand in. Not inside a question or quotation marks."""
    FIXED = "fixed"
    """Anywhere: the form is used for nothing else."""


@dataclass(frozen=True, slots=True)
class Marking:
    """A marking: the type it stands for, its words as an RE2 expression, where it must stand, its source."""

    type: str
    words: str
    position: Position
    source: str
    script: str = "latin"

    @property
    def expression(self) -> str:
        """The RE2 expression; group 1 is the marking."""
        match self.position:
            case Position.BANNER:
                return rf"(?m)^{_ORNAMENT}{_LABEL}({self.words})(?:[ \t]*[-|/][ \t]*(?:page|copy|seite)?[ \t]*\d{{1,4}}(?: (?:of|von|/) ?\d{{1,4}})?)?{_ORNAMENT_END}$"
            case Position.HEADING:
                return rf"(?m)^{_ORNAMENT}({self.words})[ \t]{{0,2}}:[ \t]"
            case Position.PORTION:
                return rf"(?m)^[ \t>*#\-\d.]{{0,12}}(\((?:{self.words})\))(?:[ \t]|$)"
            case Position.NOTICE | Position.FIXED:
                return rf"({self.words})"


_ORNAMENT = r"[ \t>*#=_~\[(<|/\-]{0,40}"
_LABEL = r"(?:(?i:classification|handling|marking|security|sensitivity|protective marking|einstufung|subject|betreff)[ \t]*:[ \t]*)?"
_ORNAMENT_END = r"[ \t*#=_~\])>|/\-.!]{0,40}"
