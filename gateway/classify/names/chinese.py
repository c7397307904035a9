"""What a run of Chinese characters says by itself: everyday words that begin like surnames, and who is announced.

A Chinese person is written with a surname and one or two characters more. Many everyday words begin with a character
that is a surname too (`程序`, `安全`, `时间`). The lexicon knows the pairs of characters that such words are made of,
counted in the messages of programs; what has no surname is no person unless somebody is announced.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from gateway.classify.names.lexicon import UNKNOWN, Known

_USUAL_SURNAMES: Final = frozenset(
    "王李张張刘劉陈陳杨楊赵趙黄黃周吴吳徐孙孫胡朱高林何郭马馬罗羅梁宋郑鄭谢謝韩韓唐冯馮于董萧蕭程曹袁邓鄧许許傅沈曾彭吕呂苏蘇卢盧"
    "蒋蔣蔡贾賈丁魏薛叶葉阎閻余潘杜戴夏钟鍾汪田任姜范方石姚谭譚廖邹鄒熊金陆陸郝孔白崔康毛邱秦江史顾顧侯邵孟龙龍万萬段雷钱錢汤湯"
    "尹黎易常武乔喬贺賀赖賴龚龔文"
)
"""Surnames of most people, in simplified and traditional characters."""
_KANA: Final = re.compile(r"[ぁ-ヿ]")
_LATIN: Final = re.compile(r"[A-Za-z]")
_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_LONGEST: Final = 4
_LAST: Final = frozenset("的了时時是不为為或和并並与與及")
"""Characters that join words; no given name ends with one."""
_BEFORE: Final = re.compile(
    r"(?:姓名|名字|患者|病人|客户|客戶|联系人|聯絡人|收件人|寄件人|负责人|負責人|经办人|法人|代表|申请人|持卡人|业主|同事|朋友|老师|老師|教授"
    r"|医生|醫生|律师|律師|经理|經理|主任|叫|我是|本人|致|尊敬的|亲爱的|親愛的)[是为為:：\s]{0,3}$"
)
_AFTER: Final = re.compile(
    r"\s?(?:先生|女士|小姐|太太|老师|老師|教授|医生|醫生|大夫|律师|律師|经理|經理|主任|总|同学|同學|同志|博士|院长|局长|你好|您好)"
)
_REACH: Final = 12
_NEAR, _SHORT = 8, 4


def is_mixed(written: str) -> bool:
    """Returns whether a run holds kana, or Chinese characters and Latin letters: a phrase, and nobody's name."""
    return _KANA.search(written) is not None or (
        _HAN.search(written) is not None and _LATIN.search(written) is not None
    )


def is_no_person(written: str) -> bool:
    """Returns whether a run is no person's name anywhere: Japanese, mixed, too long, or an everyday word."""
    if is_mixed(written):
        return True
    if "·" in written or "•" in written:
        return False
    return len(written.replace(" ", "")) > _LONGEST or written[-1] in _LAST


def is_word(text: str, start: int, end: int, known: Callable[[str], Known]) -> bool:
    """Returns whether a run is rather an everyday word, or a part of some, than the name of anybody.

    It begins with a pair of characters of such words, or in the middle of one (`打>印大小`); after a rare surname,
    what follows may be such a pair as well (`全>透明`). The most frequent pairs are nobody even where announced.
    """
    pairs = [known(text[place : place + 2]) for place in range(start, end - 1)] or [UNKNOWN]
    if Known.READ in pairs[0]:
        return True
    everyday = Known.COMMON in pairs[0] or (start > 0 and Known.READ in known(text[start - 1 : start + 1]))
    if text[start] not in _USUAL_SURNAMES:
        everyday = everyday or any(Known.COMMON in each for each in pairs)
    return everyday and not is_announced(text, start, end)


def is_abbreviation(words: Sequence[str], text: str, start: int, end: int) -> bool:
    """Returns whether capital letters beside Chinese characters are a term (`GNUPG 系统`): one word, or short ones."""
    if not all(word.isupper() for word in words) or not _HAN.search(text, max(0, start - _NEAR), end + _NEAR):
        return False
    return len(words) == 1 or any(len(word) <= _SHORT for word in words)


def is_announced(text: str, start: int, end: int) -> bool:
    """Returns whether something says that a stretch without a known surname is somebody.

    A title, a form's label, or a middle dot or a space inside: `约翰·史密斯`, `裕子 小林`.
    """
    if any(mark in text[start:end] for mark in "·• "):
        return True
    return _BEFORE.search(text, max(0, start - _REACH), start) is not None or _AFTER.match(text, end) is not None
