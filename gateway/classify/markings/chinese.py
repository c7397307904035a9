"""Chinese and Japanese banners: read in the text itself, the ASCII shadow has no such characters.

Law on Guarding State Secrets, art. 14 and 24: 绝密, 机密, 秘密, with ★ and a term. Company marks follow the same form.
"""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

import re
from collections.abc import Iterator

from gateway.classify.detector import Span

_MARK = re.compile("[★密级社外秘]|机密|绝密|秘密")
_EDGE = r"[ \t\u3000【\[(（《<*#=\-—]*"
_EDGE_AFTER = r"[ \t\u3000】\])）》>*#=\-—。.！!]*$"
_TERM = r"(?:[ \t]*★[ \t]*(?:长期|\d{1,2}[ \t]*(?:年|个月)|\d{4}年\d{1,2}月\d{1,2}日前)?)?"
_STATE = re.compile(
    rf"^{_EDGE}(?:(?:密级|保密级别|定密级别)[ \t]*[:：][ \t]*)?((?:绝密|絕密|机密|機密|秘密){_TERM}){_EDGE_AFTER}"
    rf"|((?:绝密|机密|秘密)[ \t]*★[ \t]*(?:长期|\d{{1,2}}[ \t]*(?:年|个月)|\d{{4}}年)?)",
    re.MULTILINE,
)
_COMPANY = re.compile(
    rf"^{_EDGE}((?:核心)?商业(?:秘密|机密)|商業(?:秘密|機密)|公司(?:机密|秘密|内部资料)|内部(?:资料|文件|使用)(?:[,，、 ]*(?:注意保密|请勿外传|严禁外传|不得外传))?"
    rf"|(?:请勿|严禁|不得)外传|保密文件|社外秘|極秘|部外秘|取扱注意|社内限り|대외비){_EDGE_AFTER}",
    re.MULTILINE,
)


def may_be_marked(text: str) -> bool:
    """Returns whether a character of such a banner occurs."""
    return not text.isascii() and (
        _MARK.search(text) is not None or "外传" in text or "内部" in text or "대외비" in text
    )


def find_banners(text: str) -> Iterator[Span]:
    """Yields the banners."""
    if not may_be_marked(text):
        return
    for match in _STATE.finditer(text):
        group = 1 if match.group(1) is not None else 2
        yield Span(match.start(group), match.end(group), "CLASSIFIED_MARKING", 900)
    for match in _COMPANY.finditer(text):
        yield Span(match.start(1), match.end(1), "CONFIDENTIALITY_MARKING", 900)
