"""Credentials of nobody, and the ways in which texts lay them out, encode them and hide characters in them."""

# ruff: noqa: E501  (tables of samples)

from __future__ import annotations

import base64
import json
import random
import string
import urllib.parse
from collections.abc import Callable, Mapping

from gateway.classify.secrets.checksums import crc32_base62

Laid = tuple[str, list[str]]
"""A text, and the pieces of the credential in it, in order."""
_RNG = random.Random(20)


def _letters(count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    return "".join(_RNG.choices(alphabet, k=count))


def _summed(prefix: str) -> str:
    body = _letters(30)
    return f"{prefix}{body}{crc32_base62(body)}"


def _object(members: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).decode().rstrip("=")


TOKENS = {
    "github": _summed("ghp_"),
    "npm": _summed("npm_"),
    "aws": "AKIA" + _letters(16, string.ascii_uppercase + "234567"),
    "stripe": "sk_" + "live_" + _letters(24),
    "anthropic": f"sk-ant-api03-{_letters(93)}AA",
    "slack": f"xoxb-{_RNG.randrange(10**11, 10**12)}-{_RNG.randrange(10**12, 10**13)}-{_letters(24)}",
    "gitlab": "glpat-" + _letters(20),
    "hugging face": "hf_" + _letters(34, string.ascii_letters),
    "google": "AIza" + _letters(35),
}
JWT = f"{_object({'alg': 'HS256', 'typ': 'JWT'})}.{_object({'sub': '1234567', 'iat': 1516239022})}.{_letters(43)}"
_DER = bytes.fromhex("308204a40201000282010100") + _RNG.randbytes(700)
KEY_LINES = [base64.b64encode(_DER[at : at + 48]).decode() for at in range(0, len(_DER), 48)]
KEY = ["-----BEGIN RSA PRIVATE KEY-----", *KEY_LINES, "-----END RSA PRIVATE KEY-----"]
PASSWORD = "Tr0ub4dor9xQz!7"


def _halves(value: str) -> list[str]:
    return [value[: len(value) // 2], value[len(value) // 2 :]]


def _cut(between: str, before: str = "", after: str = "") -> Callable[[str], Laid]:
    return lambda value: (f"{before}{between.join(_halves(value))}{after}", _halves(value))


def _written(shape: str, write: Callable[[str], str] = str) -> Callable[[str], Laid]:
    return lambda value: (shape.format(v=write(value)), [write(value)])


def _escaped(value: str) -> str:
    return "".join(f"\\u{ord(each):04x}" for each in value)


def _percent(value: str) -> str:
    return "".join(f"%{ord(each):02X}" for each in value)


def _base64(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


def _with(hidden: str) -> Callable[[str], Laid]:
    return lambda value: (
        f"use {value[:7]}{hidden}{value[7:12]}{hidden}{value[12:]} now",
        [value[:7], value[7:12], value[12:]],
    )


def _environment(value: str) -> Laid:
    text = _base64(f"DEBUG=1\nTOKEN={value}\nDB_PASSWORD={PASSWORD}\nHOST=db.example.test\n").rstrip("=")
    lines = [text[at : at + 76] for at in range(0, len(text), 76)]
    return "\n".join(lines), lines


TOKEN_LAYOUTS: Mapping[str, Callable[[str], Laid]] = {
    "shell continuation": _cut("\\\n", "export TOKEN=", "\necho"),
    "shell continuation, indented": _cut("\\\n    ", "export TOKEN=", "\necho"),
    "shell continuation, windows": _cut("\\\r\n", "set TOKEN=", "\r\necho"),
    "shell continuation in quotes": _cut("\\\n", 'curl -H "Authorization: Bearer ', '" https://x.test'),
    "python literals": _cut('"\n       "', 'key = ("', '")'),
    "python literals, continued": _cut('" + \\\n  "', 'key = "', '"'),
    "javascript literals": _cut("' +\n  '", "const key = '", "';"),
    "yaml folded": _cut("\n  ", "token: >-\n  ", "\nother: 1"),
    "yaml block": _written("token: |\n  {v}\nother: 1"),
    "wrapped": _cut("\n", "the key is ", "\n"),
    "wrapped in a mail": _cut("\n> ", "> the key is ", "\n"),
    "json": _written('{{"token": "{v}"}}'),
    "json in json": _written('{{"x": "{{\\"token\\": \\"{v}\\"}}"}}'),
    "json in json in json": _written('"{{\\"x\\": \\"{{\\\\\\"token\\\\\\": \\\\\\"{v}\\\\\\"}}\\"}}"'),
    "unicode escapes": _written("{v}", _escaped),
    "percent": _written("https://x.test/?t={v}&b=1", _percent),
    "percent, signs": _written("https://x.test/?t={v}", lambda v: v.replace("-", "%2D").replace("_", "%5F")),
    "address": _written("https://x.test/cb?token={v}&x=1"),
    "path": _written("https://x.test/hooks/{v}/run"),
    "diff": _written("--- a/.env\n+++ b/.env\n@@ -1 +1 @@\n-TOKEN=\n+TOKEN={v}\n"),
    "diff, bare": _written("@@ -1 +1 @@\n+{v}\n"),
    "environment, double quotes": _written('TOKEN="{v}"\nB=1'),
    "environment, single quotes": _written("TOKEN='{v}' # c"),
    "line breaks written out": _written("A=1\\n{v}\\nB=2"),
    "base64": _written("value {v} ok", lambda v: _base64(v).rstrip("=")),
    "base64 twice": _written("value {v} ok", lambda v: _base64(_base64(v)).rstrip("=")),
    "base64 of an environment, wrapped": _environment,
    "html": _written("<code>{v}</code>", lambda v: "".join(f"&#{ord(each)};" for each in v)),
    "zero width space": _with("\u200b"),
    "zero width non-joiner": _with("\u200c"),
    "word joiner": _with("\u2060"),
    "byte order mark": _with("\ufeff"),
    "soft hyphen": _with("\u00ad"),
    "zero width everywhere": _written("use {v} now", "\u200b".join),
    "full width": _written("use {v} now", lambda v: "".join(chr(ord(each) + 0xFEE0) for each in v)),
    "end of a sentence": _written("It is {v}. Next"),
}
"""How a token is laid out."""

KEY_LAYOUTS: Mapping[str, Laid] = {
    "as it is": ("\n".join(KEY), KEY),
    "windows": ("\r\n".join(KEY), KEY),
    "json": (json.dumps({"key": "\n".join(KEY)}), KEY),
    "json in json": (json.dumps(json.dumps({"key": "\n".join(KEY)})), KEY),
    "indented": ("key: |\n" + "\n".join(f"    {each}" for each in KEY) + "\nx: 1", KEY),
    "diff": ("\n".join(f"+{each}" for each in KEY), KEY),
    "mail": ("\n".join(f"> {each}" for each in KEY), KEY),
    "python literals": ("k = (\n" + "\n".join(f'  "{each}\\n"' for each in KEY) + ")", KEY),
    "java literals": ("String k = " + " +\n".join(f'"{each}\\n"' for each in KEY) + ";", KEY),
    "headers": ("\n".join([KEY[0], "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,01", "", *KEY[1:]]), KEY_LINES),
    "one line": (f"{KEY[0]} {''.join(KEY_LINES)} {KEY[-1]}", KEY_LINES),
    "cut off": ("\n".join(KEY[:-1]), KEY_LINES),
    "without its first line": ("\n".join(KEY[1:]), KEY_LINES),
    "without both": ("the key:\n" + "\n".join(KEY_LINES) + "\n", KEY_LINES),
    "invisible": ("\n".join(KEY).replace("PRIVATE", "PRI\u200bVATE"), KEY_LINES),
    "small letters": ("\n".join([KEY[0].lower(), *KEY_LINES, KEY[-1].lower()]), KEY_LINES),
    "spaced dashes": ("\n".join(KEY).replace("-----", "- - - - -"), KEY_LINES),
    "a space behind the dashes": ("\n".join(KEY).replace("-----BEGIN", "----- BEGIN"), KEY_LINES),
    "base64": (_base64("\n".join(KEY)).rstrip("="), [_base64("\n".join(KEY)).rstrip("=")]),
    "percent": (urllib.parse.quote("\n".join(KEY), safe=""), [urllib.parse.quote("\n".join(KEY), safe="")]),
    "html": ("<br>".join(KEY), KEY),
}
"""How a private key is laid out."""

JWT_LAYOUTS: Mapping[str, Laid] = {
    "fragment": (f"https://x.test/cb#access_token={JWT}&type=bearer", [JWT]),
    "dots percent-encoded": (f"https://x.test/?jwt={JWT.replace('.', '%2E')}&b=1", [JWT.replace(".", "%2E")]),
    "path": (f"https://x.test/v/{JWT}/a", [JWT]),
    "cookie": (f"Cookie: a=b; session={JWT}; c=d", [JWT]),
    "continued": (f"T={JWT[:60]}\\\n{JWT[60:]}", [JWT[:60], JWT[60:]]),
    "wrapped": (f"{JWT[:64]}\n{JWT[64:]}", [JWT[:64], JWT[64:]]),
}
"""How a JSON web token is laid out."""

PASSWORD_LAYOUTS = [
    "password: |\n  {v}\nx: 1", "password: >\n  {v}\n", "Password:\n    {v}\n", 'password = """{v}"""', "password: '''{v}'''",
    "<password><![CDATA[{v}]]></password>", "ENV DB_PASSWORD {v}", "ENV DB_PASSWORD={v}", "- name: DB_PASSWORD\n  value: {v}",
    '- name: DB_PASSWORD\n  value: "{v}"', '{{"name": "DB_PASSWORD", "value": "{v}"}}', '{{\n  "Name": "db-password",\n  "Value": "{v}"\n}}',
    '+  password: "{v}"', "password={v}\\nuser=x", '{{\\"password\\":\\"{v}\\"}}', '$env:DB_PASSWORD = "{v}"', "--set auth.password={v}",
    "Driver={{ODBC}};Server=x;UID=u;PWD={{{v}}};", "Server=tcp:x,1433;User ID=u;Password='{v}';Encrypt=True;",
]  # fmt: skip
"""Where a password stands."""
ADDRESSES = [
    "postgresql://app:{v}@db.example.test:5432/main", "mongodb+srv://app:{v}@c.example.test/x", "redis://:{v}@cache.test:6379/0",
    "amqp://u:{v}@mq.test//", "mysql+pymysql://u:{v}@h/db", "smtp://u%40x.test:{v}@mail.test:587",
]  # fmt: skip
ADDRESS_PASSWORDS = [
    "p%40ss%3Aw0rd%2F1", "p@ss:w0rd!9", "a%23b%3Fc9$x", "S3cr3t%25x%2Bz", "p@ssw0rd@9x", "x/y+z=9Q", "pa#ss9word", "Tr0ub4&dor=9",
]  # fmt: skip
"""Encoded as RFC 3986 asks, and not."""
