"""Texts of programs: format strings and labels of menus, as catalogues of translations hold them."""

from __future__ import annotations

import re
from typing import Final

_MARK: Final = re.compile(
    r"%(?<![\w%]%)(?:(?:\d+\$|\(\w{1,20}\))?[-+#0']*\d*(?:\.\d+)?(?:hh?|ll?|[zjtL])?[diouxXeEfgGcsp](?![a-z])|\d\b)"
    r"|\{(?:\d+|[a-z_]{1,20})\}|&(?:(?<![\w&]&)[A-Za-zÀ-ÿ](?![\w#]*;)\w|(?<=[a-zà-ÿ]&)[a-zà-ÿ](?!\w*;))"
    r"|_(?<![\w/.]_)[A-ZÀ-Ý][a-zà-ÿ]|\([_&][A-Z]\)"
)
"""A conversion of printf, an argument of a translated message, the letter of a menu's entry."""
_ROUND: Final = 800
_MARKS, _LINES_A_MARK = 2, 8


def is_program_text(text: str, place: int) -> bool:
    """Returns whether what stands round a place is text of a program: two marks of it, one in eight lines."""
    near = text[max(0, place - _ROUND) : place + _ROUND]
    marks = sum(1 for _ in _MARK.finditer(near))
    return marks >= _MARKS and marks * _LINES_A_MARK >= near.count("\n")
