"""Long random-looking texts that are no credentials: digests, lock files, pictures, minified programs, public keys."""

# ruff: noqa: E501  (templates: a line each; random values that protect nothing)

from __future__ import annotations

import base64
import random
import string
import uuid
from collections.abc import Callable, Mapping

_WORDS = "alpha bravo cache delta engine filter graph handler index journal kernel loader module network".split()


def _b64(rng: random.Random, size: int) -> str:
    return base64.b64encode(rng.randbytes(size)).decode()


def _hex(rng: random.Random, size: int) -> str:
    return rng.randbytes(size).hex()


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(bytes=rng.randbytes(16), version=4))


def _name(rng: random.Random) -> str:
    return f"{rng.choice(_WORDS)}-{rng.choice(_WORDS)}"


def _version(rng: random.Random) -> str:
    return f"{rng.randrange(9)}.{rng.randrange(30)}.{rng.randrange(30)}"


def _npm_lock(rng: random.Random) -> str:
    name, version = _name(rng), _version(rng)
    return f'    "node_modules/{name}": {{\n      "version": "{version}",\n      "resolved": "https://packages.example.test/{name}/-/{name}-{version}.tgz",\n      "integrity": "sha512-{_b64(rng, 64)}",\n      "license": "MIT"\n    }},'


def _yarn_lock(rng: random.Random) -> str:
    name, version = _name(rng), _version(rng)
    return f'{name}@^{version}:\n  version "{version}"\n  resolved "https://packages.example.test/{name}/-/{name}-{version}.tgz#{_hex(rng, 20)}"\n  integrity sha512-{_b64(rng, 64)}'


def _cargo_lock(rng: random.Random) -> str:
    return f'[[package]]\nname = "{_name(rng)}"\nversion = "{_version(rng)}"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "{_hex(rng, 32)}"'


def _go_sum(rng: random.Random) -> str:
    module, version = f"example.test/{_name(rng)}", _version(rng)
    return f"{module} v{version} h1:{_b64(rng, 32)}\n{module} v{version}/go.mod h1:{_b64(rng, 32)}"


def _requirements(rng: random.Random) -> str:
    return f"{_name(rng)}=={_version(rng)} \\\n    --hash=sha256:{_hex(rng, 32)} \\\n    --hash=sha256:{_hex(rng, 32)}"


def _git_log(rng: random.Random) -> str:
    return f"commit {_hex(rng, 20)}\nMerge: {_hex(rng, 4)[:7]} {_hex(rng, 4)[:7]}\nindex {_hex(rng, 4)[:7]}..{_hex(rng, 4)[:7]} 100644\n\n    Fix the {rng.choice(_WORDS)}"


def _picture(rng: random.Random) -> str:
    return f'<img alt="" src="data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA{_b64(rng, 300)}">'


def _minified(rng: random.Random) -> str:
    def token() -> str:
        return rng.choice(string.ascii_letters) + rng.choice(string.ascii_letters + string.digits)

    parts = (
        f"function {token()}({token()},{token()}){{return {token()}.{token()}[{rng.randrange(99)}]||{token()}()}}"
        for _ in range(12)
    )
    return f'!function(e,t){{"use strict";{"".join(parts)}}}(this,{{key:"{rng.choice(_WORDS)}",token:{token()},secret:!0}});'


def _public_key(rng: random.Random) -> str:
    return f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{_b64(rng, 32)[:-1]} {rng.choice(_WORDS)}@host\nSHA256:{_b64(rng, 32)[:-1]} (ED25519)"


def _certificate(rng: random.Random) -> str:
    lines = "\n".join(_b64(rng, 48) for _ in range(6))
    return f"-----BEGIN CERTIFICATE-----\nMII{lines}\n-----END CERTIFICATE-----"


def _image_digest(rng: random.Random) -> str:
    return f'FROM registry.example.test/{_name(rng)}@sha256:{_hex(rng, 32)}\n# etag: "{_hex(rng, 16)}" layer sha256:{_hex(rng, 32)}'


def _records(rng: random.Random) -> str:
    return f'{{"id": "{_uuid(rng)}", "trace_id": "{_hex(rng, 16)}", "span_id": "{_hex(rng, 8)}", "request_id": "req_{_hex(rng, 12)}", "etag": "W/\\"{_hex(rng, 8)}\\""}}'


def _subresource(rng: random.Random) -> str:
    return f'<script src="/static/{rng.choice(_WORDS)}.{_hex(rng, 4)}.js" integrity="sha384-{_b64(rng, 48)}" crossorigin="anonymous" nonce=""></script>'


def _colours(rng: random.Random) -> str:
    return " ".join(f"#{_hex(rng, 3)}" for _ in range(12)) + "\nether " + ":".join(_hex(rng, 1) for _ in range(6))


NEAR_MISSES: Mapping[str, Callable[[random.Random], str]] = {
    "npm lock": _npm_lock, "yarn lock": _yarn_lock, "cargo lock": _cargo_lock, "go sums": _go_sum, "requirements": _requirements,
    "git log": _git_log, "picture": _picture, "minified": _minified, "public key": _public_key, "certificate": _certificate,
    "image digest": _image_digest, "records": _records, "subresource": _subresource, "colours": _colours,
}  # fmt: skip
"""Makers by kind; each makes one text."""
