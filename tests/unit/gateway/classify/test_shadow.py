from __future__ import annotations

import sys
import tracemalloc
import unicodedata

import pytest
import regex  # type: ignore[import-untyped]  # the engine Presidio runs on; ships no types

from gateway.classify.shadow import OwnLetters, Shadow, shadow_of

CHARACTERS = [
    ("full-width digit", "３", "3"),
    ("arabic digit", "٣", "3"),
    ("full-width letter", "Ａ", "A"),
    ("kelvin sign folds to k", "\u212a", "k"),
    ("han", "姓", "a"),
    ("full-width colon", "：", ":"),
    ("en dash", "–", "-"),
    ("no-break space", "\u00a0", " "),
    ("curly quote", "’", "\x7f"),
    ("superscript two is no digit", "²", "\x7f"),
    ("emoji", "😀", "\x7f"),
    ("ascii", "x", "x"),
    ("vertical tab is white space", "\v", "\f"),
]


@pytest.mark.parametrize(("name", "character", "shadow"), CHARACTERS, ids=[row[0] for row in CHARACTERS])
def test_a_character_has_its_shadow(name: str, character: str, shadow: str) -> None:
    assert shadow_of(character) == shadow
    assert Shadow().of(character) == shadow.encode()
    assert Shadow().of(character + "é") == shadow.encode() + b"a"


@pytest.mark.parametrize("pattern", [r"\w", r"\d", r"\s"])
def test_every_assigned_character_keeps_its_class(pattern: str) -> None:
    is_member = regex.compile(pattern).match
    characters = (chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point < 0xE000)
    changed = [
        hex(ord(each))
        for each in characters
        if unicodedata.category(each) not in {"Cn", "Co"} and bool(is_member(each)) != bool(is_member(shadow_of(each)))
    ]
    assert changed == []


def test_the_shadow_has_one_byte_per_code_point() -> None:
    text = "Zoë 😀 姓名：３"
    assert len(Shadow().of(text)) == len(text)


def test_a_text_longer_than_a_piece_has_the_shadow_of_its_pieces() -> None:
    text = "Zoë 😀 姓名：３ \ud800" * 20_000
    assert Shadow().of(text) == b"".join(Shadow().of(each) for each in ("Zoë 😀 姓名：３ \ud800",) * 20_000)


def test_what_is_kept_of_characters_is_bounded_whatever_is_sent() -> None:
    shadow = OwnLetters()
    tracemalloc.start()
    try:
        for first in (0, 16):
            shadow.of("".join(map(chr, range(first, sys.maxunicode + 1, 32))))
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 10_000


@pytest.mark.parametrize("pattern", [r"\w", r"\d", r"\s"])
def test_a_sign_that_stands_for_a_letter_is_part_of_a_word_too(pattern: str) -> None:
    is_member, own = regex.compile(pattern).match, OwnLetters()
    text = "".join(
        chr(point)
        for point in range(sys.maxunicode + 1)
        if not 0xD800 <= point < 0xE000 and unicodedata.category(chr(point)) not in {"Cn", "Co"}
    )
    shadow = own.of(text).decode("ascii")
    assert [hex(ord(a)) for a, b in zip(text, shadow, strict=True) if bool(is_member(a)) != bool(is_member(b))] == []


def test_letters_stand_for_themselves_alone() -> None:
    shadow = OwnLetters().of("Zoë 😀 姓名：３ \u212a ｆ f")
    assert shadow == b"Zo_ \x7f __:3 k _ f"
