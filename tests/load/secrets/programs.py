"""Minified programs, pictures in base64, style sheets, logs and histories, public keys."""

# ruff: noqa: E501  (templates: a line each)

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from tests.load.secrets.random_parts import b64, b64url, hexadecimal, letters, name, unique, version, word


def _minified(rng: random.Random) -> str:
    def short() -> str:
        return rng.choice("abcdefghijklmnopqrstuvwxyz") + rng.choice(["", letters(rng, 1)])

    parts = (
        f"{short()}=function({short()},{short()}){{var {short()}={short()}.{word(rng)}||{{}};return {short()}.{word(rng)}Key={short()}({hex(rng.getrandbits(32))},{rng.getrandbits(31)}),{short()}.token==={short()}&&{short()}.secret?{short()}:{short()}}}"
        for _ in range(8)
    )
    return f'!function(e,t){{"use strict";{";".join(parts)};e.password=t.password,e.apiKey=t.apiKey,e.accessToken=n(t.accessToken),e.authToken=r?o:void 0}}(this,window);\n//# sourceMappingURL={word(rng)}.{hexadecimal(rng, 4)}.js.map'


def _chunks(rng: random.Random) -> str:
    parts = (
        f'{rng.randrange(99999)}:(e,t,n)=>{{t.d("{letters(rng, 6)}",{{{letters(rng, 2)}:()=>{letters(rng, 2)}}})}}'
        for _ in range(6)
    )
    return f"(self.webpackChunk=self.webpackChunk||[]).push([[{rng.randrange(999)}],{{{','.join(parts)}}}]);"


def _source_map(rng: random.Random) -> str:
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/,,,,;;"
    return f'{{"version":3,"sources":["{name(rng)}.ts"],"names":["{word(rng)}"],"mappings":"{"".join(rng.choices(signs, k=900))}"}}'


def _picture(rng: random.Random) -> str:
    kind, head = rng.choice((("png", "iVBORw0KGgoAAAANSUhEUgAA"), ("jpeg", "/9j/4AAQSkZJRgABAQ"), ("gif", "R0lGODlh")))
    return f'<img alt="" src="data:image/{kind};base64,{head}{b64(rng, 900)}">'


def _font(rng: random.Random) -> str:
    return f"@font-face{{font-family:{word(rng)};src:url(data:font/woff2;charset=utf-8;base64,d09GMgABAAAA{b64(rng, 900)})format('woff2')}}"


def _style(rng: random.Random) -> str:
    lines = (
        f".{name(rng)}--{word(rng)}>.fc-{name(rng)},.sk-{name(rng)}-{word(rng)}{{color:#{hexadecimal(rng, 3)};background:rgba({rng.randrange(256)},0,0,.{rng.randrange(9)});margin:{rng.randrange(99)}px;--{name(rng)}-token:#{hexadecimal(rng, 4)}}}"
        for _ in range(8)
    )
    return "\n".join(lines)


def _history(rng: random.Random) -> str:
    return f"commit {hexadecimal(rng, 20)} (tag: v{version(rng)})\nMerge: {hexadecimal(rng, 4)[:7]} {hexadecimal(rng, 4)[:7]}\n\n    Rotate the {word(rng)} token and drop its password ({hexadecimal(rng, 20)})\n\ndiff --git a/{word(rng)}.py b/{word(rng)}.py\nindex {hexadecimal(rng, 4)[:7]}..{hexadecimal(rng, 20)} 100644\n@@ -{rng.randrange(99)},6 +{rng.randrange(99)},8 @@ def {word(rng)}_token(self):\n-    token = self.{word(rng)}_token()\n+    token = await self._{word(rng)}.refresh_token(timeout={rng.randrange(99)})"


def _log(rng: random.Random) -> str:
    return f'{{"ts":"2026-03-0{rng.randrange(1, 9)}T10:11:12.345Z","level":"info","trace_id":"{hexadecimal(rng, 16)}","span_id":"{hexadecimal(rng, 8)}","request_id":"req_{letters(rng, 24)}","key":"{name(rng)}/{unique(rng)}","etag":"\\"{hexadecimal(rng, 16)}\\"","msg":"token refreshed","session":"{unique(rng)}","next_page_token":"{b64url(rng, 48)}","cursor":"{b64(rng, 30)}"}}'


def _public_keys(rng: random.Random) -> str:
    return f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b64(rng, 32)[:-1]} {word(rng)}@host\nhost.example.test ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABB{b64(rng, 64)}\n-----BEGIN CERTIFICATE-----\nMIID{b64(rng, 45)}\n{b64(rng, 48)}\n{b64(rng, 48)}\n-----END CERTIFICATE-----\n-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE{b64(rng, 64)}\n-----END PUBLIC KEY-----\nage1{letters(rng, 58).lower()}"


def _dump(rng: random.Random) -> str:
    return "\n".join(
        f"{16 * line:08x}  {' '.join(f'{rng.getrandbits(8):02x}' for _ in range(16))}  |{letters(rng, 16)}|"
        for line in range(8)
    )


def _notebook(rng: random.Random) -> str:
    return f'{{"cell_type":"code","execution_count":{rng.randrange(99)},"id":"{hexadecimal(rng, 4)}","outputs":[{{"data":{{"image/png":"iVBORw0KGgoAAAANSUhEUgAA{b64(rng, 600)}\\n"}},"metadata":{{}}}}]}}'


def _addresses(rng: random.Random) -> str:
    return f"https://cdn.example.test/{hexadecimal(rng, 20)}/{name(rng)}.js?v={hexadecimal(rng, 4)}&id={unique(rng)}\nhttps://www.youtube.com/watch?v={b64url(rng, 8)}\nhttps://docs.example.test/d/1{b64url(rng, 32)}/edit#gid=0\nhttps://hub.example.test/p/{letters(rng, 22)}?utm_source={word(rng)}&fbclid=IwAR{b64url(rng, 42)}"


PROGRAMS: Mapping[str, Callable[[random.Random], str]] = {
    "minified": _minified, "bundle chunks": _chunks, "source map": _source_map, "pictures": _picture, "fonts": _font,
    "style sheets": _style, "histories": _history, "logs": _log, "public keys": _public_keys, "hexadecimal dumps": _dump,
    "notebooks": _notebook, "addresses": _addresses,
}  # fmt: skip
"""Makers by kind; each makes a few lines."""
