"""Organisations and people by the marks of Chinese and Japanese text."""

from __future__ import annotations

import pytest

from gateway.classify.names.eastern import body_of, japanese
from gateway.classify.names.model import Name


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("听说马丽从北京大学毕业", "北京大学"),
        ("我在杭州云帆科技有限公司上班", "杭州云帆科技有限公司"),
        ("明天小张", None),
        ("敬語の使い方", None),
    ],
)
def test_an_organisation_in_chinese_characters_is_cut_to_itself(text: str, body: str | None) -> None:
    found = body_of(Name(0, len(text), "ORGANIZATION", 0.8), text)
    assert (None if found is None else text[found.start : found.end]) == body


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("山田太郎様、ありがとうございます", ["山田太郎"]),
        ("渡辺裕子さんから電話", ["渡辺裕子"]),
        ("私は佐藤花子と申します。", ["佐藤花子"]),
        ("名義 ナカムラ ケンジ です", ["ナカムラ ケンジ"]),
        ("株式会社みどり商事のお知らせ", ["株式会社みどり商事"]),
        ("お客様、皆様、奥様、お母さんへ", []),
        ("富士山は高い山です", []),
    ],
)
def test_japanese_titles_and_labels_announce_people(text: str, names: list[str]) -> None:
    assert [text[each.start : each.end] for each in japanese(text)] == names
