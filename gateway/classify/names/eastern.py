"""What Chinese and Japanese text says of organisations and people by its own marks: endings, titles, particles."""

# ruff: noqa: E501  (wide characters count twice)

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gateway.classify.names.model import Name

_HIRAGANA: Final = re.compile("[ぁ-ゖ]")
_ENDS_OF_BODIES: Final = (
    "公司|集团|集團|银行|銀行|大学|大學|学院|學院|中学|中學|小学|小學|医院|醫院|病院|诊所|研究院|研究所|研究中心|中心|委员会|委員會|协会|協會|基金会"
    "|基金會|学校|學校|幼儿园|出版社|报社|电视台|电台|酒店|饭店|餐厅|超市|商场|工厂|厂|工場|局|厅|署|部|院|法院|检察院|派出所|事务所|事務所|保险"
    "|证券|基金|科技|传媒|物流|地产|律所|俱乐部|俱樂部|队|社|商会|商會|商事|会社|株式会社|有限会社|大使馆|图书馆|圖書館|博物馆|博物館|航空"
)
_BODY: Final = re.compile(rf".*(?:{_ENDS_OF_BODIES})")
_BEFORE_BODY: Final = re.compile(
    ".*(?:[从從在到于於由把给給去是向和与與及被来來让讓对對，。、：:；（]|听说|毕业于|就职于|请联系|我叫|您好)"
)
_SHORTEST_BODY: Final = 3
_HONOURED: Final = re.compile(
    r"(?<![一-龥々ァ-ヶー])([一-龥々]{1,4}(?:[ \u3000]?(?:[一-龥々]{1,3}|[ぁ-ゖ]{2,4}|[ァ-ヶー]{2,5}))?)[ \u3000]?"
    r"(?:様|さま|さん|氏(?!名)|殿|くん|ちゃん|課長|部長|係長|社長|主任|先生|選手|と申します)"
)
_LABELLED: Final = re.compile(
    r"(?:氏名|名前|お名前|担当者?|名義|差出人|受取人|患者名|申込者|代表者)(?:[:：は]|[ \u3000])[ \u3000]?"
    r"([一-龥々]{1,4}(?:[ \u3000]?(?:[一-龥々]{1,3}|[ぁ-ゖ]{2,4}))?|[ァ-ヶー]{2,8}[ \u3000][ァ-ヶー]{2,8})(?![一-龥々ァ-ヶ])"
)
_NOBODY: Final = re.compile(
    r"(?:お|ご|御)?(?:客|皆|奥|神|仏|王|姫|殿|患者|会員|担当|担当者|各位|母|父|兄|姉|妹|弟|娘|息子|隣|医者|大家|店員|社員|旦那|業者|相手|本人|上|同)"
)
_COMPANY: Final = re.compile(
    r"(?:株式会社|有限会社|合同会社|一般社団法人|医療法人)[一-龥々ぁ-ゖァ-ヶーA-Za-z]{2,14}?(?=[のはがをにでと、。 \u3000（(]|$)"
    r"|[一-龥々ァ-ヶーA-Za-z]{2,14}(?:株式会社|有限会社|合同会社)"
)
_SCORE: Final = 0.85


def body_of(name: Name, text: str) -> Name | None:
    """Returns an organisation cut to what names one: up to its last ending, from behind the last particle. Or nothing."""
    written = text[name.start : name.end]
    body = _BODY.match(written)
    if body is None or _HIRAGANA.search(written):
        return None
    before = _BEFORE_BODY.match(body[0])
    start = name.start + (0 if before is None or before.end() + _SHORTEST_BODY > body.end() else before.end())
    return Name(start, name.start + body.end(), name.type, name.probability)


def japanese(text: str) -> Iterator[Name]:
    """Yields people with a title behind them or a form's label before them, and companies, in Japanese text."""
    if _HIRAGANA.search(text) is None and "氏名" not in text and "名義" not in text:
        return
    for found in (*_HONOURED.finditer(text), *_LABELLED.finditer(text)):
        if text[found.start() - 1 : found.start()] not in {"お", "ご", "御"} and _NOBODY.fullmatch(found[1]) is None:
            yield Name(*found.span(1), "PERSON", _SCORE)
    for found in _COMPANY.finditer(text):
        yield Name(*found.span(), "ORGANIZATION", _SCORE)
