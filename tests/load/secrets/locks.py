"""Lock files, lists of digests and bills of materials."""

# ruff: noqa: E501  (templates: a line each)

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from tests.load.secrets.random_parts import b64, hexadecimal, name, unique, version


def _npm(rng: random.Random) -> str:
    package, number = name(rng), version(rng)
    return f'    "node_modules/@{name(rng)}/{package}": {{\n      "version": "{number}",\n      "resolved": "https://packages.example.test/{package}/-/{package}-{number}.tgz",\n      "integrity": "sha512-{b64(rng, 64)}",\n      "dev": true,\n      "engines": {{ "node": ">=18" }}\n    }},'


def _yarn(rng: random.Random) -> str:
    package, number = name(rng), version(rng)
    return f'"{package}@npm:^{number}":\n  version: {number}\n  resolution: "{package}@npm:{number}"\n  checksum: 10c0/{hexadecimal(rng, 64)}\n  languageName: node\n  linkType: hard\n'


def _pnpm(rng: random.Random) -> str:
    return f"  /{name(rng)}@{version(rng)}:\n    resolution: {{integrity: sha512-{b64(rng, 64)}}}\n    engines: {{node: '>=0.10.0'}}\n    dev: false"


def _cargo(rng: random.Random) -> str:
    return f'[[package]]\nname = "{name(rng)}"\nversion = "{version(rng)}"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "{hexadecimal(rng, 32)}"\ndependencies = [\n "{name(rng)}",\n]\n'


def _go(rng: random.Random) -> str:
    module, number = f"github.com/{name(rng)}/{name(rng)}", version(rng)
    return f"{module} v{number} h1:{b64(rng, 32)}\n{module} v{number}/go.mod h1:{b64(rng, 32)}"


def _poetry(rng: random.Random) -> str:
    package, number = name(rng), version(rng)
    return f'[[package]]\nname = "{package}"\nversion = "{number}"\nfiles = [\n    {{file = "{package}-{number}-py3-none-any.whl", hash = "sha256:{hexadecimal(rng, 32)}"}},\n    {{file = "{package}-{number}.tar.gz", hash = "sha256:{hexadecimal(rng, 32)}"}},\n]\n'


def _pip(rng: random.Random) -> str:
    return f"{name(rng)}=={version(rng)} \\\n    --hash=sha256:{hexadecimal(rng, 32)} \\\n    --hash=sha256:{hexadecimal(rng, 32)}"


def _sums(rng: random.Random) -> str:
    size = rng.choice((16, 20, 28, 32, 48, 64))
    return f"{hexadecimal(rng, size)}  {name(rng)}-{version(rng)}.tar.gz"


def _identifiers(rng: random.Random) -> str:
    return f"{unique(rng)},{unique(rng).upper()},{{{unique(rng)}}},urn:uuid:{unique(rng)},{hexadecimal(rng, 16)},{rng.getrandbits(64)}"


def _materials(rng: random.Random) -> str:
    return f'{{"type":"library","bom-ref":"pkg:npm/{name(rng)}@{version(rng)}","hashes":[{{"alg":"SHA-256","content":"{hexadecimal(rng, 32)}"}}],"purl":"pkg:npm/{name(rng)}@{version(rng)}","serialNumber":"urn:uuid:{unique(rng)}"}},'


def _images(rng: random.Random) -> str:
    return f"FROM registry.example.test/{name(rng)}@sha256:{hexadecimal(rng, 32)}\n# layer sha256:{hexadecimal(rng, 32)} {rng.randrange(10**8)}\nimage: registry.example.test/{name(rng)}:{version(rng)}-{hexadecimal(rng, 4)}"


LOCKS: Mapping[str, Callable[[random.Random], str]] = {
    "npm lock": _npm, "yarn lock": _yarn, "pnpm lock": _pnpm, "cargo lock": _cargo, "go sums": _go, "poetry lock": _poetry,
    "pip hashes": _pip, "checksums": _sums, "identifiers": _identifiers, "bill of materials": _materials, "images": _images,
}  # fmt: skip
"""Makers by kind; each makes a few lines."""
