"""Values in clothes that were not seen through before, and texts that only look like one of them."""

from __future__ import annotations

import base64
import gzip
import json
import quopri
import time
from collections.abc import Callable, Iterable
from functools import partial

import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.text_call import call_of
from gateway.classify.views import (
    addresses,
    base32_runs,
    base64_runs,
    character_codes,
    controls,
    escapes,
    glued,
    listed,
    markup,
    percent,
    quoted_printable,
    spacing,
    spoken,
    utf7,
    uuencoded,
)
from gateway.classify.views.rewriting import Substitution

CARD, EMAIL, IBAN, SSN = "4111111111111111", "dana.whitfield@example.com", "DE89370400440532013000", "536-22-1234"
KEY = "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"
LETTER = f"Dear Sam, I live at the harbour and my card is {CARD}. Yours, and so on and so forth."
WRAPPED = base64.encodebytes(LETTER.encode()).decode().strip()


def each_digit(form: str, by: str = "") -> str:
    return by.join(form.format(ord(digit)) for digit in CARD)


def utf16(text: str, order: str = "le") -> str:
    return base64.b64encode(text.encode(f"utf-16-{order}")).decode()


ENCODED = {
    "hexadecimal": CARD.encode().hex(),
    "hexadecimal, an address": EMAIL.encode().hex(),
    "hexadecimal, a key": KEY.encode().hex(),
    "hexadecimal, a list": each_digit("0x{:02x}", ", "),
    "hexadecimal, spaces": EMAIL.encode().hex(" "),
    "decimal": each_digit("{}", ", "),
    "decimal, brackets": f"[{each_digit('{}', ',')}]",
    "chr": each_digit("chr({})", " + "),
    "code points": each_digit("U+{:04X}", " "),
    "bits": each_digit("{:08b}", " "),
    "base32": base64.b32encode(EMAIL.encode()).decode(),
    "base32 without signs": base64.b32encode(f"{CARD} 27".encode()).decode().rstrip("="),
    "base64 of UTF-16": utf16(CARD),
    "base64 of UTF-16, big end": utf16(EMAIL, "be"),
    "base64 of gzip": base64.b64encode(gzip.compress(f"card {CARD}".encode(), mtime=0)).decode(),
    "quoted-printable": "dana.whitfield=40example.com",
    "quoted-printable, every letter": "".join(f"={ord(each):02X}" for each in EMAIL),
    "quoted-printable, broken lines": "dana.whit=\nfield@exam=\r\nple.com",
    "quoted-printable, the whole": quopri.encodestring(f"é {EMAIL}".encode()).decode().split(" ")[1],
    "encoded word": "=?utf-8?Q?dana.whitfield=40example.com?=",
    "UTF-7": "dana.whitfield+AEA-example.com",
    "UTF-7, the whole": "+" + base64.b64encode(CARD.encode("utf-16-be")).decode().rstrip("=") + "-",
    "Perl's escapes": each_digit(r"\x{{{:x}}}"),
    "CSS escapes": r"dana.whitfield\40 example.com",
    "CSS escapes, long": each_digit(r"\0000{:02x}"),
    "JavaScript's escape()": "dana.whitfield%u0040example.com",
    "references with zeros": each_digit("&#00000000{};"),
    "references with zeros, hexadecimal": each_digit("&#x000000{:x};"),
    "colours of a terminal": "4111\x1b[31m1111\x1b[0m11111111",
    "control characters": "\x00".join(CARD),
    "separators of records": "\x1f".join(EMAIL),
}
SEEN = {
    "filled circles": "".join(chr(0x2775 + int(digit)) for digit in CARD),
    "filled squares": "".join(chr(0x1F170 + ord(c) - 97) if c.isalpha() else c for c in EMAIL),
    "Braille blanks": "\u2800".join(CARD),
    "annotation marks": "\ufff9".join(EMAIL),
    "object replacement": "\ufffc".join(CARD),
    "marks of music": "\U0001d173".join(CARD),
}
SAID = {
    "English": "four one one one one one one one one one one one one one one one",
    "English, hyphens": "four-one-one-one-one-one-one-one-one-one-one-one-one-one-one-one",
    "English, doubled": "four triple one, double one double one, double one double one, double one double one",
    "German": "vier eins eins eins eins eins eins eins eins eins eins eins eins eins eins eins",
    "German, accents": "fünf fünf fünf fünf fünf fünf fünf fünf fünf fünf fünf fünf vier vier vier vier",
    "French": "quatre un un un un un un un un un un un un un un un",
    "Spanish": "cuatro uno uno uno uno uno uno uno uno uno uno uno uno uno uno uno",
    "Chinese": "四一一一一一一一一一一一一一一一",
    "Chinese, as in contracts": "肆壹壹壹壹壹壹壹壹壹壹壹壹壹壹壹",
}
IN_PIECES = {
    **{
        name: sign.join(("4111", "1111", "1111", "1111"))
        for name, sign in {
            "commas": ",",
            "commas and spaces": ", ",
            "semicolons": "; ",
            "colons": ":",
            "lines": "\n",
            "lines of Windows": "\r\n",
            "tabs": "\t",
            "sums": " + ",
            "equations": "=",
            "waves": "~",
            "bullets": " • ",
            "emoji": "🙂",
            "words": " and ",
            "quotation marks": '", "',
            "breaks": "<br/>",
            "cells": "</td><td>",
        }.items()
    },
    "a list": "[4111, 1111, 1111, 1111]",
    "a list of digits": json.dumps([int(digit) for digit in CARD]),
    "a list of characters": json.dumps(list(CARD)),
    "digits in lines": "\n".join(CARD),
    "thousands": "4,111,111,111,111,111",
    "thousands, Swiss": "4'111'111'111'111'111",
    "a folded block of YAML": ">-\n  41111111\n  11111111",
    "a folded line of YAML": '"41111111\\\n  11111111"',
    "a folded line of a mail": "4111 1111\n 1111 1111",
    "a row below its head": "\na,b,c,d\n4111,1111,1111,1111\n",
    "emoji between digits": "🙂".join(CARD),
    "a letter behind": f"{CARD}x",
    "a letter before": f"x{CARD}",
    "letters on both sides": f"a{CARD}b",
    "letters of another script": f"ж{CARD}ж",
}
MARKED = {
    "bold": "**4111** 1111 1111 1111",
    "bold, every group": "**4111** **1111** **1111** **1111**",
    "bold inside": "41**1111**1111111111",
    "code": "`4111` `1111` `1111` `1111`",
    "tags": "<b>4111</b> <i>1111</i> 1111 1111",
    "tags inside": '4111<span class="a">1111</span>1111<wbr>1111',
    "ideographs": f"是{CARD}的",
}
ADDRESSES = {
    "quoted": '"dana w"@example.com',
    "quoted, escaped": r"\"dana w\"@example.com",
    "international": "用户@例子.example",
    "international, domain": "dana@bücher.example",
    "international, encoded": "dana@xn--bcher-kva.example",
    "private network": "dana.whitfield@mail.corp.internal",
    "local network": "dana.whitfield@corp.lan",
    "backwards": EMAIL[::-1],
    "next line": "dana.whitfield@\nexample.com",
    "bold host": "dana.whitfield@*example*.com",
    "bold name": "**dana.whitfield**@example.com",
    "tags": "dana.whitfield@<b>example</b>.com",
    "a comment of HTML": "dana.whitfield<!-- no spam -->@example.com",
    "code": "`dana.whitfield`@`example.com`",
    "a list of characters": json.dumps(list(EMAIL)),
    "French": "dana.whitfield arobase example point com",
    "Spanish": "dana.whitfield arroba example punto com",
    "German": "dana.whitfield[ät]example.com",
    "underscores": "dana.whitfield_at_example.com",
    "hyphens": "dana.whitfield-at-example-dot-com",
    "a in brackets": "dana.whitfield(a)example.com",
}
WITHOUT_A_WORD, WITH_A_WORD = "see {} for it.", "My card is {} as of now."
DRESSED = [
    *((name, WITHOUT_A_WORD, text) for name, text in (ENCODED | SEEN | MARKED | ADDRESSES).items()),
    *((name, WITH_A_WORD, text) for name, text in (SAID | IN_PIECES).items()),
    *((name, "Her ssn: {}.", text) for name, text in {"commas": "536,22,1234", "lines": "536\n22\n1234"}.items()),
    ("social, a list", "Her ssn: {}.", "[5,3,6,2,2,1,2,3,4]"),
    ("social, words", "Her ssn: {}.", "five three six two two one two three four"),
    ("account, commas", WITHOUT_A_WORD, "DE89,3704,0044,0532,0130,00"),
    ("account, lines", WITHOUT_A_WORD, "DE89\n3704\n0044\n0532\n0130\n00"),
    ("telephone, words", "Call her phone {} today.", "four one five five five five two six seven one"),
    ("telephone, commas", "Call her phone {} today.", "+1,415,555,2671"),
]
KINDS = {"CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE", "US_SSN", "PHONE_NUMBER", "SECRET_GITHUB_TOKEN"}


@pytest.mark.parametrize(("sentence", "text"), [row[1:] for row in DRESSED], ids=[row[0] for row in DRESSED])
def test_a_value_is_found_in_its_clothes(exact: CallClassifier, sentence: str, text: str) -> None:
    start, whole = sentence.index("{"), sentence.format(text)
    found = [each for each in exact.read(call_of(whole)).findings if each.type in KINDS]
    covered = {place for each in found for place in range(each.start, each.end)}
    digits = [place for place in range(start, start + len(text)) if whole[place].isdigit() or whole[place] == "@"]
    assert found
    assert covered.issuperset(digits or range(start, start + len(text)))


@pytest.mark.parametrize(
    ("value", "behind"), [(CARD, "L"), (CARD, "n"), (CARD, "u64"), (CARD, "ULL"), (EMAIL, "_old"), (EMAIL, "2024")]
)
def test_what_stands_right_behind_a_value_is_no_part_of_it(exact: CallClassifier, value: str, behind: str) -> None:
    text = WITHOUT_A_WORD.format(value + behind)
    assert value in {text[each.start : each.end] for each in exact.read(call_of(text)).findings}


def test_what_goes_on_in_the_next_line_of_a_mail_is_found(exact: CallClassifier) -> None:
    assert CARD not in base64.b64decode(WRAPPED.split("\n")[0] + "==").decode(), "the card is cut by the line"
    assert "CREDIT_CARD" in {each.type for each in exact.read(call_of(f"--a\n\n{WRAPPED}\n\n--a--")).findings}


def test_uuencoded_text_is_found(exact: CallClassifier) -> None:
    body = "".join(base64.binascii.b2a_uu(LETTER.encode()[at : at + 45]).decode() for at in range(0, len(LETTER), 45))
    found = exact.read(call_of(f"begin 644 letter.txt\n{body}`\nend\n")).findings
    assert "CREDIT_CARD" in {each.type for each in found}


@pytest.mark.parametrize(
    "text",
    [
        "ports 4111, 1111, 1111, 1111 and 8080",
        "[5105, 1051, 0510, 5100]",
        "years: 2001, 2002, 2003, 2004, 2005",
        "commit 4111111111111111a5c and a4111111111111111",
        "card sizes: 4111, 1111, 1111, 1112",
        "discard 12, 13, 14, 15, 16, 17, 18, 19",
        "one two three four five six",
        "one, two, three: the first seven are seven",
        "un deux trois quatre cinq six",
        "二零二六年十一月二十二日",
        "KEY=\nOTHER=\nTHIRD=3",
        "width=40px; height=20em; a=3d",
        "sha256:3f786850e387550fdab836ed7e6dc881de23001b3f786850e387550fdab836ed",
        "00 11 22 33 44 55 66 77 88 99",
        "ACKNOWLEDGEMENTSANDTHANKS and MISCELLANEOUSTHINGS",
        "https://user:word@db.internal/x and git@gitlab.internal:team/app.git",
        "root@host.local deploy@build.lan",
        "look_at_this.py and shift-at-end.md",
        "f(a)x.io and (a) example.com",
        "ed.smith wrote a@b",
        "x = 2**10 + 3**12",
        "4111111111111111 is Luhn"[5:],
    ],
)
def test_what_only_looks_like_one_is_none(exact: CallClassifier, text: str) -> None:
    assert not {each.type for each in exact.read(call_of(text)).findings} & KINDS


@pytest.mark.parametrize("name", ["commas", "lines", "a list", "a letter behind"])
def test_pieces_of_a_card_need_a_word_for_it(exact: CallClassifier, name: str) -> None:
    assert exact.read(call_of(WITHOUT_A_WORD.format(IN_PIECES[name]))).findings == ()


def test_the_nearest_word_says_what_a_list_is(exact: CallClassifier) -> None:
    text = "The card is gone. Her ssn: 5,3,6,2,2,1,2,3,4."
    assert {each.type for each in exact.read(call_of(text)).findings} == {"US_SSN"}


Rewrite = Callable[[str], Iterable[Substitution]]
REWRITES: dict[str, Rewrite] = {
    "addresses": addresses.substitutions,
    "base32": base32_runs.substitutions,
    "base64": base64_runs.substitutions,
    "runs": character_codes.runs,
    "lists": character_codes.lists,
    "controls": controls.substitutions,
    "escapes": escapes.substitutions,
    "glued": glued.substitutions,
    "listed": listed.substitutions,
    "markup": markup.substitutions,
    "percent": percent.substitutions,
    "quoted": quoted_printable.substitutions,
    "words": spacing.words,
    "characters": spacing.characters,
    "spoken": spoken.substitutions,
    "UTF-7": utf7.substitutions,
    "uuencoded": uuencoded.substitutions,
}
_PIECES = [
    *("card 4,1,1,1,", "card 1<<<<", "card 1<a><b>", "card 4111, 1111, 1111, 1112 ", "1, ", "1,", "1`", "4111<", "<a"),
    *("<!--", "**1", "a*@", "=41", "=\n", "=?utf-8?Q?", "one ", "double ", "四", "0x41, ", "41 ", "52, ", "U+0041 "),
    *("chr(41)+", "00110100 ", "34", "E", "+AEA-", "begin 644 a\nM", "\x1b[3", "a\x00", "DE89 1234 ", "ssn 5,3,6,"),
    *("4111111111111111L ", "是41111111111111", '"a"@', "@", "@a.", "moc.a@", '"a",', "a at ", "a arobase b punto "),
    *("a_at_b", "H4sIAAAA", "NAAxADEA", "QUFB" * 19 + "\n", "&#0", "%u00", r"\41 ", r"\x{", "phone +1,415,555,2671 "),
]


@pytest.mark.parametrize("piece", _PIECES)
def test_hostile_texts_cost_what_their_length_asks_for(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    for name, rewrite in REWRITES.items():
        started_s = time.thread_time()
        sum(1 for _ in rewrite(text))
        assert time.thread_time() - started_s < 1.0, name


def test_control_characters_are_taken_out_of_what_is_encoded_three_times_over(exact: CallClassifier) -> None:
    text = "".join(f"%{ord(each):02x}" for each in f"see {chr(0x1F).join(CARD)} now")
    for _ in range(2):
        text = base64.b64encode(text.encode()).decode()
    read = exact.read(call_of(text))
    assert ("CREDIT_CARD" in {each.type for each in read.findings}, read.failed) == (True, ())


def test_a_view_of_packed_text_is_bounded() -> None:
    packed = base64.b64encode(gzip.compress(b"a" * 10_000_000)).decode()
    (found,) = base64_runs.substitutions(packed)
    assert len(found.text) == 1 << 16


@pytest.mark.parametrize("make", [partial(str.__mul__, "card "), partial(str.__mul__, "=\r\n")])
def test_what_fires_and_finds_nothing_makes_no_view(exact: CallClassifier, make: Callable[[int], str]) -> None:
    assert exact.read(call_of(make(200))).failed == ()
