"""Our own recognizers, written to Presidio's interface: anybody else's plug in the same way.

`gates` are RE2 patterns over the ASCII shadow, `labels` words beyond ASCII; a text in which none of either occurs holds
nothing for the recognizer.
"""

from __future__ import annotations

import re
from datetime import date
from typing import ClassVar
from unicodedata import normalize

from gateway.classify.presidio import Pattern, PatternRecognizer

_EXACT_CASE = re.DOTALL | re.MULTILINE
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石"
    "金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万钱严洪汤施孔康戴莫武乔赖文"
)
_CN_LABELS = "姓名|名字|联系人|客户|患者|病人|收件人|收货人|申请人|持卡人|投保人|员工|负责人"
_CN_AFTER_NAME = "电话|手机|身份证|住址|地址|性别|年龄|先生|女士|小姐|的|在|是|于|，|。"


class ChineseResidentIdRecognizer(PatternRecognizer):
    """Resident identity card numbers: 18 characters, a date of birth, check digit ISO 7064 MOD 11-2 (GB 11643-1999)."""

    gates: ClassVar[tuple[str, ...]] = (r"\d{17}[\dXx]",)

    def __init__(self) -> None:
        super().__init__(
            "CN_RESIDENT_ID",
            patterns=[Pattern("resident id", r"(?<!\d)\d{17}[\dXxＸｘ](?![\dA-Za-z])", 0.3)],
            context=["身份证", "resident", "identity", "idcard", "证件"],
        )

    def validate_result(self, pattern_text: str) -> bool:
        """Whether the check digit and the date of birth are right."""
        number, check = "".join(str(int(digit)) for digit in pattern_text[:17]), normalize("NFKC", pattern_text[17])
        total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(number))
        return "10X98765432"[total % 11] == check.upper() and _is_date(number[6:14])


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return True


class ChineseMobileRecognizer(PatternRecognizer):
    """Mobile numbers of mainland China: 1, then 3-9, then nine digits.

    Without `+86`, separators or a word that says so, eleven digits may be anything: the score stays below the usual
    threshold.
    """

    gates: ClassVar[tuple[str, ...]] = (r"1[3-9]\d[- ]?\d{4}[- ]?\d{4}",)

    def __init__(self) -> None:
        super().__init__(
            "CN_MOBILE",
            patterns=[
                Pattern("with +86", r"(?:\+|\b00)86[- ]?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)", 0.75),
                Pattern("in groups", r"(?<![\d+-])1[3-9]\d([- ])\d{4}\1\d{4}(?!\d)", 0.5),
                Pattern("in Chinese text", r"(?<=[\u4e00-\u9fff：，、] ?)1[3-9]\d{9}(?!\d)", 0.5),
                Pattern("bare", r"(?<![\d+-])1[3-9]\d{9}(?!\d)", 0.2),
            ],
            context=["手机", "电话", "联系", "mobile", "phone", "tel", "wechat", "微信"],
        )


class ChineseNameRecognizer(PatternRecognizer):
    """Personal names after a label (`姓名：…`) or before a form of address. A name starts with a common surname."""

    labels: ClassVar[tuple[str, ...]] = (*_CN_LABELS.split("|"), "先生", "女士", "小姐")

    def __init__(self) -> None:
        given = rf"[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}"
        name = rf"{given}?(?=[^\u4e00-\u9fff]|$|{_CN_AFTER_NAME})|{given}"
        super().__init__(
            "CN_PERSON",
            patterns=[
                Pattern("after a label", rf"(?<=(?:{_CN_LABELS})\s{{0,2}}[:：是叫]\s{{0,2}})(?:{name})", 0.7),
                Pattern(
                    "before an address",
                    rf"(?<![\u4e00-\u9fff])[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}(?=先生|女士|小姐)",
                    0.6,
                ),
            ],
            global_regex_flags=_EXACT_CASE,
        )


class LabelledNameRecognizer(PatternRecognizer):
    """Personal names after a label: `Patient: Jane Roe`."""

    _LABEL = "patient|patient name|full name|customer name|employee name|name of patient|insured|contact name|pt name"
    gates: ClassVar[tuple[str, ...]] = (rf"(?i)(?:{_LABEL})\s*[:=]",)

    def __init__(self) -> None:
        word = r"[A-Z][a-z'’-]+"
        super().__init__(
            "PERSON",
            patterns=[
                Pattern(
                    "after a label",
                    rf"(?<=\b(?i:{self._LABEL})[ \t]{{0,2}}[:=][ \t]{{0,2}}){word}(?:[ ](?:[A-Z]\.|{word})){{1,3}}",
                    0.7,
                )
            ],
            global_regex_flags=_EXACT_CASE,
        )


class MedicalRecordNumberRecognizer(PatternRecognizer):
    """Medical record numbers by their label (45 CFR 164.514(b)(2)(i)(H))."""

    gates: ClassVar[tuple[str, ...]] = (r"(?i)\bmrn\b|medical record|patient id|chart (?:no|number)",)
    labels: ClassVar[tuple[str, ...]] = ("病历号", "住院号", "门诊号")

    def __init__(self) -> None:
        label = r"\bMRN\b|medical record (?:number|no\.?|#)|patient id|chart (?:number|no\.?)|病历号|住院号|门诊号"
        super().__init__(
            "MEDICAL_RECORD_NUMBER",
            patterns=[
                Pattern(
                    "after a label",
                    rf"(?<=(?:{label})\s{{0,2}}(?:is\s)?[:#：]?\s{{0,2}}#?)[A-Z]{{0,3}}-?\d[\d-]{{3,14}}\d\b",
                    0.8,
                )
            ],
        )


class DateOfBirthRecognizer(PatternRecognizer):
    """Dates of birth by their label. Other dates say nothing about a person."""

    gates: ClassVar[tuple[str, ...]] = (r"(?i)\bd\.?o\.?b\b|birth|\bborn\b",)
    labels: ClassVar[tuple[str, ...]] = ("出生日期", "生日")

    def __init__(self) -> None:
        label = r"\bd\.?o\.?b\b\.?|date of birth|birth ?date|\bborn(?: on)?|出生日期|生日"
        when = r"\d{1,4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,4}|\d{1,2} [a-z]{3,9} \d{4}|[a-z]{3,9} \d{1,2},? \d{4}"
        super().__init__(
            "DATE_OF_BIRTH",
            patterns=[Pattern("after a label", rf"(?<=(?:{label})\s{{0,2}}[:：]?\s{{0,2}})(?:{when})", 0.8)],
        )


class LongCardRecognizer(PatternRecognizer):
    """Payment cards that Presidio's pattern leaves out, by issuer range and check digit (ISO/IEC 7812-1).

    Mastercard 2221-2720, Maestro of 12-19 digits, UnionPay of 16-19, Visa of 19.
    """

    gates: ClassVar[tuple[str, ...]] = (r"[2456](?:[- ]?\d){11,18}",)

    def __init__(self) -> None:
        super().__init__(
            "CREDIT_CARD",
            patterns=[Pattern("issuer ranges", r"(?<![\w.+-])(?:2[2-7]|4|5[06-8]|6)(?:[- ]?\d){10,18}(?![\w-])", 0.3)],
            context=["credit", "card", "visa", "mastercard", "maestro", "unionpay", "银行卡", "卡号", "信用卡"],
        )

    def validate_result(self, pattern_text: str) -> bool:
        """Whether the issuer range, the length and the Luhn digit are right."""
        digits = [int(each) for each in pattern_text if each.isdecimal()]
        return _is_issued("".join(map(str, digits))) and _luhn(digits)


def _is_issued(number: str) -> bool:
    """Whether an issuer gives out numbers that begin so and have this length."""
    size = len(number)
    return (
        (size == 16 and "2221" <= number[:4] <= "2720")
        or (size == 19 and number[0] == "4")
        or (
            12 <= size <= 19
            and (number[:2] in {"50", "56", "57", "58"} or number[:4] in {"6304", "6759", "6761", "6763"})
        )
        or (16 <= size <= 19 and number[:2] == "62")
    )


def _luhn(digits: list[int]) -> bool:
    doubled = [
        digit if place % 2 == 0 else (digit * 2 - 9 * (digit > 4)) for place, digit in enumerate(reversed(digits))
    ]
    return sum(doubled) % 10 == 0


class CardSecurityCodeRecognizer(PatternRecognizer):
    """Card verification codes by their label (sensitive authentication data, PCI DSS v4 requirement 3.3)."""

    gates: ClassVar[tuple[str, ...]] = (r"(?i)\bc(?:vv|vc|id|sc)2?\b|security code|card verification",)
    labels: ClassVar[tuple[str, ...]] = ("安全码",)

    def __init__(self) -> None:
        label = r"\bc(?:vv|vc|sc)2?\b|card security code|card verification (?:code|value)|安全码"
        super().__init__(
            "CARD_SECURITY_CODE",
            patterns=[Pattern("after a label", rf"(?<=(?:{label})\s{{0,2}}(?:is\s)?[:=：]?\s{{0,2}})\d{{3,4}}\b", 0.8)],
        )


def own_recognizers() -> list[PatternRecognizer]:
    """Returns one of each."""
    return [
        ChineseResidentIdRecognizer(),
        ChineseMobileRecognizer(),
        ChineseNameRecognizer(),
        LabelledNameRecognizer(),
        MedicalRecordNumberRecognizer(),
        DateOfBirthRecognizer(),
        LongCardRecognizer(),
        CardSecurityCodeRecognizer(),
    ]
