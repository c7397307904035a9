"""Shapes of text that are cheap to write and were, somewhere, expensive or confusing to read."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable

import orjson

_rng = random.Random(7)
DIGITS = "".join(_rng.choices("0123456789", k=200_000))
HEX = "".join(_rng.choices("0123456789abcdef", k=200_000))
BASE64 = base64.b64encode(_rng.randbytes(150_000)).decode()
_PROSE64 = base64.b64encode(b"the quick brown fox jumps over the lazy dog. " * 4_000).decode()


def _many(make: Callable[[random.Random], str], size: int = 200_000) -> str:
    """Pieces drawn at random, hardly any of them twice, so that nothing that is remembered helps."""
    rng, pieces, length = random.Random(20_261_121), [], 0
    while length < size:
        pieces.append(make(rng))
        length += len(pieces[-1])
    return "".join(pieces)


def _digits(rng: random.Random, *sizes: int) -> list[str]:
    return ["".join(rng.choices("0123456789", k=size)) for size in sizes]


def _phone(rng: random.Random) -> str:
    form = rng.choice(("+{} {} {}", "({}) {}-{}", "00{}/{}-{}", "{}.{}.{}", "0{} {} {}", "{}-{}-{}"))
    return form.format(*_digits(rng, rng.randint(2, 3), 3, rng.randint(3, 5))) + rng.choice(
        (", ", "\n", "; call ", " ")
    )


def _account(rng: random.Random) -> str:
    country, size = rng.choice((("DE", 18), ("FR", 23), ("GB", 18), ("NO", 11), ("MT", 27), ("IT", 23)))
    digits = country + _digits(rng, 2 + size)[0]
    return rng.choice((digits, " ".join(digits[at : at + 4] for at in range(0, len(digits), 4)))) + " "


def _token(rng: random.Random) -> str:
    parts = (base64.urlsafe_b64encode(rng.randbytes(rng.randint(9, 60))).decode().rstrip("=") for _ in range(3))
    return "eyJ" + ".".join(parts) + " "


def _nested(rng: random.Random) -> str:
    text = b"card 4111 1111 1111 1111 and %41" + rng.randbytes(30).hex().encode()
    for _ in range(rng.randint(1, 2)):
        text = base64.b64encode(text)
    return text.decode() + rng.choice(("\n", " ", '"'))


def _mixed(rng: random.Random) -> str:
    scripts = ("abcxyz", "абвгд", "αβγδε", "١٢٣", "ａｂ１２", "电话号码")
    return "".join(rng.choice(rng.choice(scripts)) for _ in range(rng.randint(2, 9))) + rng.choice(
        (" ", "：", "@", ".")
    )


def _labelled(rng: random.Random) -> str:
    label = rng.choice(("ssn", "phone", "account number", "NHS no", "tax id", "passport", "card", "MRN", "iban", "NIP"))
    return f"{label}{rng.choice((': ', ' ', '=', ' is '))}{'-'.join(_digits(rng, 3, rng.randint(2, 4), 4))}, "


def _setting(rng: random.Random) -> str:
    name = rng.choice(("password", "api_key", "token", "secret", "DB_PASS", "x"))
    return f"{name}{rng.choice((' = ', ': ', '='))}'{''.join(rng.choices('abcXYZ0189+/_-!', k=rng.randint(6, 40)))}'\n"


def _card(rng: random.Random) -> str:
    sign = rng.choice((" ", "-", ".", "", "_", "  "))
    return sign.join(_digits(rng, 4, 4, rng.randint(3, 5), rng.randint(3, 7))) + rng.choice((" ", "\n", ", "))


def _octets(rng: random.Random) -> str:
    parts = [f"{rng.randrange(300)}" if rng.random() < 0.5 else f"{rng.randrange(65536):x}" for _ in range(8)]
    return rng.choice((".", ":", "::", " . ")).join(parts) + " "


def _joined_literals(rng: random.Random) -> str:
    return f'{rng.choice(QUOTES)}{_digits(rng, rng.randint(1, 4))[0]}{rng.choice(("@a.", "", "-"))}" + '


def _time(rng: random.Random) -> str:
    day = f"{rng.randrange(1900, 2100)}-{rng.randrange(13):02}-{rng.randrange(32):02}"
    return f"{day}T{rng.randrange(24)}:{rng.randrange(60):02} "


def _any_letter(rng: random.Random) -> str:
    """A character from anywhere but the surrogates: letters of dead scripts, ideographs, what nobody has assigned."""
    return chr(rng.choice((rng.randrange(0x80, 0xD800), rng.randrange(0xE000, 0x20000))))


def _new_name(rng: random.Random) -> str:
    """A word with a capital letter that is on no list and that no memory of words has met."""
    return (
        rng.choice("ABCDEFGHKLMNPRSTW") + "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 4))) + " "
    )


def _marked(rng: random.Random) -> str:
    """A letter under a heap of combining marks, sometimes shown right to left."""
    marks = "".join(chr(rng.randrange(0x300, 0x370)) for _ in range(rng.randint(1, 30)))
    return rng.choice(("", "", "\u202e", "\u202c")) + rng.choice("abc019@. ") + marks


def _signed(rng: random.Random) -> str:
    """A token in three parts, each with escapes of another kind between and in it."""
    parts = (base64.b64encode(b'{"sub":"' + rng.randbytes(9).hex().encode() + b'"}').decode() for _ in range(2))
    return "e%79J" + rng.choice(("%2E", "&#46;", "\\u002e", "\u200b.")).join((*parts, rng.randbytes(12).hex())) + " "


def _escaped_deep(rng: random.Random) -> str:
    """An address in escapes of four kinds by turns, so that every round has something to do."""
    forms = ("%{:02x}", "%25{:02x}", "&#{};", "\\u{:04x}")
    return "".join(rng.choice(forms).format(ord(each)) for each in f"a{rng.randrange(99)}@b.com") + " "


def _layers(rng: random.Random) -> str:
    """Percent-encoding of base64 of JSON that holds base64."""
    inner = base64.b64encode(f"jane{rng.randrange(10**6)}@example.com".encode()).decode()
    outer = base64.b64encode(f'{{"a":"{inner}","b":{rng.randrange(10**12)}}}'.encode()).decode()
    return outer.replace("=", "%3D").replace("e", "%65", 2) + rng.choice((" ", "&q=", '","'))


def _half_quoted(rng: random.Random) -> str:
    """A setting whose quotation mark is never closed, so that every value could end anywhere behind it."""
    name = rng.choice(("password", "client_secret", "DB_PASS", "token", "aws_secret_access_key"))
    return f"{name}{rng.choice((': ', '=', ' => '))}{rng.choice(QUOTES)}{rng.randbytes(rng.randint(4, 12)).hex()}"


def _fence(rng: random.Random) -> str:
    """A block of three lines in ever another language; some are not closed."""
    language = rng.choice(("python", "js", "sql", "c", "go", "yaml", "diff", "", "rust", "sh"))
    line = rng.choice(
        ("def f{n}(x): return x\n", "SELECT a{n} FROM b;\n", "if (x{n}) {{ y(); }}\n", "+ k{n}: v\n- k\n")
    )
    return f"```{language}\n{line.format(n=rng.randrange(10**5))}" + rng.choice(("```\n", "```\n", "~~~\n", ""))


def _half_code(rng: random.Random) -> str:
    """Lines of which one may be code and the next may not, so that every window has to be judged."""
    name = f"v{rng.randrange(10**6)}"
    lines = (f"{name} = [{name}, 1]", f"and then {name} was said;", f"return {name};", "}", f"# {name}", f"{name}.x(y)")
    return rng.choice(lines) + "\n"


def _almost_mail(rng: random.Random) -> str:
    """An address that goes on and on, and may stop being one at any label."""
    labels = ".".join(f"x{rng.randrange(1000)}" for _ in range(rng.randint(8, 40)))
    return f"{rng.choice(('a', 'a.b-', '%61', 'a+'))}@{labels}{rng.choice(('.com', '.c', '.', '._'))} "


def _chinese_id(rng: random.Random) -> str:
    """What may be a resident's number, a mobile or a bank card, with the words that ask for it."""
    birth = f"{rng.randrange(1900, 2026)}{rng.randrange(10**7):07}"
    digits = f"{rng.randrange(110000, 660000)}{birth}{rng.choice('0123456789X')}"
    number = rng.choice((digits, f"1{rng.randrange(10**10):010}", f"62{rng.randrange(10**17):017}"))
    return (
        rng.choice(("身份证号：", "手机", "银行卡号 ", "姓名：王", "")) + number + rng.choice(("，", "。", " ", "\n"))
    )


def _account_groups(rng: random.Random) -> str:
    """Groups of four that begin like an account of a bank and never end."""
    head = rng.choice(("DE", "GB", "FR", "XK", "ZZ")) + _digits(rng, 2)[0] if rng.random() < 0.2 else _digits(rng, 4)[0]
    return head + rng.choice((" ", "-", " ", "\u00a0"))


def _marked_down(rng: random.Random) -> str:
    """Lists in quotations in lists, with links, tables and emphasis that nothing ends."""
    depth = rng.randint(1, 12)
    word = f"n{rng.randrange(10**5)}"
    return (
        rng.choice(("> ", "- ", "  ", "| ", "#")) * depth
        + rng.choice((f"**{word}", f"[{word}](", f"`{word}", f"|{word}|{word}|\n|---|", f"\\_{word}\\_", f"<b>{word}"))
        + "\n"
    )


def _lonely_label(rng: random.Random) -> str:
    """A label with nothing behind it but another one."""
    return rng.choice(
        ("SSN", "passport no", "IBAN", "phone", "tax id", "MRN", "NHS number", "password", "卡号")
    ) + rng.choice((": ", " ", "\n", "=", " | ", ": - "))


def _many_clothes(rng: random.Random) -> str:
    """A card in other clothes each time: escapes, signs between, forms, letters for digits, literals."""
    card = "".join(rng.choices("0123456789", k=16))
    clothes = (
        "%".join(f"3{each}" for each in card), "_".join(card), " ".join(card),
        card.translate(str.maketrans("01", "Ol")),
        "".join(chr(0xFF10 + int(each)) for each in card), "\u200b".join(card), f'"{card[:8]}" + "{card[8:]}"',
        base64.b64encode(f"card {card}".encode()).decode(), "".join(f"&#{ord(each)};" for each in card),
    )  # fmt: skip
    return rng.choice(clothes) + rng.choice((" ", ", ", "\n"))


QUOTES = "\"'`"
DRAWN: dict[str, Callable[[random.Random], str]] = {
    "telephone numbers, all different": _phone,
    "accounts that fail their check": _account,
    "tokens in three parts": _token,
    "base64 inside base64": _nested,
    "scripts in turn": _mixed,
    "labels and values": _labelled,
    "settings, all different": _setting,
    "cards, mostly wrong": _card,
    "octets of two kinds": _octets,
    "literals joined": _joined_literals,
    "percent escapes": lambda rng: f"%{rng.randrange(0x30, 0x7F):02x}",
    "addresses, all different": lambda rng: (
        f"{rng.randbytes(5).hex()}.{rng.randrange(99)}@{rng.randbytes(2).hex()}.com "
    ),
    "days and times": _time,
    "characters of all scripts": _any_letter,
    "names nobody has": _new_name,
    "marks in heaps": _marked,
    "tokens with escapes": _signed,
    "escapes of four kinds": _escaped_deep,
    "base64 of JSON in percent": _layers,
    "quotes half open": _half_quoted,
    "blocks of code, all different": _fence,
    "lines that may be code": _half_code,
    "addresses without an end": _almost_mail,
    "numbers of Chinese residents": _chinese_id,
    "groups like accounts": _account_groups,
    "marked down deeply": _marked_down,
    "labels with nothing behind": _lonely_label,
    "cards in other clothes": _many_clothes,
}
"""One piece of shapes in which nothing is repeated."""

SHAPES: dict[str, str] = {
    each: each
    for each in (
        "!#$%", "(", ":", "a.", "x@a.a.", "a@", "1.1.1.1 ", "1234 ", "-", "0", "A", "\n", " ", "姓名：", "password=",
        "{", "```\n", "mrn ", "+1", "é@é.", "\u3000", "DE89", "<script>", "def f(:\n", "1-", "eyJ", "1 ", "1,", "a b ",
        "x1", "-----BEGIN PRIVATE KEY-----", "%41", "%25", "%2525", "\\u0041", "\\\\", "&#65;", "&amp;", "&#x41;",
        "\u200b", "a\u200b", "\u202e", "а1", "ａ", "\ufdfa", "e\u0301", "[at]", " @ ", "1_", '"+"', "l1", "O0 ",
        "'a' + ", "12.34.", "QUJD", "QUJD ", "ann@example.com ", "4111111111111111 ", "415-555-0132 ",
        "https://a.example/?q=%40 ", "John Smith ", "Dear ", "Will will call ", "Hi Claude, use Claude ",
        "\U0001f600", "|", "\t", "\x00", "\x1e", "\ud7ff",
    )
} | {
    "random digits": DIGITS,
    "random hexadecimal": HEX,
    "random base64": BASE64,
    "prose as base64": _PROSE64,
    "prose as base64, in words": " ".join(_PROSE64[at : at + 64] for at in range(0, 200_000, 64)),
    "dotted digits": ".".join(DIGITS[:100_000]),
    "spaced digits": " ".join(DIGITS[:100_000]),
    **{name: _many(make) for name, make in DRAWN.items()},
}  # fmt: skip
"""Each is repeated to the size asked for."""

TAIL = " jane.roe@example.com 4111 1111 1111 1111 "
"""What must still be found at the end."""


def of_size(shape: str, size: int) -> str:
    """Returns the shape at a size, with the values to be found behind it."""
    unit = SHAPES[shape]
    return (unit * (size // len(unit) + 1))[:size] + TAIL


def of_body(shape: str, size: int) -> str:
    """Returns the shape with the values behind it, as much as makes a JSON string of about so many octets."""
    text = of_size(shape, size)[:size]
    return text[: size * size // len(orjson.dumps(text))] + TAIL


Body = Callable[[], bytes]
LIMIT_DEPTH = 64


def many_keys() -> bytes:
    return b'{"messages":[{"role":"user","content":{' + b",".join(b'"k%d":1' % n for n in range(8_000)) + b"}}]}"


def many_parts() -> bytes:
    return b'{"messages":[{"role":"user","content":[' + b",".join([b'{"type":"text","text":"4"}'] * 5_000) + b"]}]}"


def deep() -> bytes:
    return b'{"messages":' + b'{"a":' * (LIMIT_DEPTH - 2) + b'"jane.roe@example.com"' + b"}" * (LIMIT_DEPTH - 1)


BODIES: dict[str, Body] = {"8,000 keys": many_keys, "5,000 parts of one character": many_parts, "nested deeply": deep}
