"""Names by their label, written to Presidio's interface: anybody else's recognizers plug in the same way.

`gates` are RE2 patterns over the ASCII shadow, `labels` words beyond ASCII; a text in which none of either occurs holds
nothing for the recognizer.
"""

from __future__ import annotations

import re
from typing import ClassVar

from gateway.classify.presidio import Pattern, PatternRecognizer

_EXACT_CASE = re.DOTALL | re.MULTILINE
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石"
    "金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万钱严洪汤施孔康戴莫武乔赖文"
)
_CN_LABELS = "姓名|名字|联系人|客户|患者|病人|收件人|收货人|申请人|持卡人|投保人|员工|负责人"
_CN_AFTER_NAME = "电话|手机|身份证|住址|地址|性别|年龄|先生|女士|小姐|的|在|是|于|，|。"


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


def own_recognizers() -> list[PatternRecognizer]:
    """Returns one of each."""
    return [ChineseNameRecognizer(), LabelledNameRecognizer()]
