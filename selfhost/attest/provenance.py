"""Where an answer came from, said with every answer: the weights and their signer, the engine and its kernels.

The header is compact JSON of short strings. The gateway stores it in the record of the answer as it stands, so the
names and the form are a contract: `routers.provenance` reads the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable

from selfhost.attest.canary import Status

HEADER = "x-model-provenance"
NOT_VERIFIED = "not verified"
"""The root of weights that nobody verified."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What does not change while a server runs. Every text is short ASCII.

    `root`: the checkpoint's Merkle root, or `NOT_VERIFIED`; `signer`: as stated, with the first 16 digits of the key;
    `engine`: name, version and source digest; `kernels`: digest of the kernels' sources; `attention`: which one
    runs; dtypes as torch names them; `approximations`: what makes answers differ from the definition, or `none`.
    """

    root: str
    signer: str
    engine: str
    kernels: str
    attention: str
    weights: str
    kv: str
    index: str
    approximations: str = "none"

    def document(self, canaries: Status) -> dict[str, str]:
        """Returns all of it with the canaries' status now: what `/provenance` answers."""
        return {**asdict(self), "canaries": canaries.value}

    def header(self, canaries: Status) -> tuple[str, str]:
        """Returns the header's name and value: compact JSON, plain ASCII, under 1,024 characters."""
        plain = {name: _plain(value) for name, value in self.document(canaries).items()}
        return HEADER, json.dumps(plain, separators=(",", ":"))


def _plain(text: str) -> str:
    """Text as the header's readers take it: what they would refuse is written as `-`."""
    kept = "".join(
        letter if (letter.isascii() and letter.isalnum()) or letter in " ._:,+/@-" else "-" for letter in text
    )
    return kept.strip(" ._:,+/@-")[:100]


@cache
def source_digest(package: str) -> str:
    """Returns the first 16 hexadecimal digits of a SHA-256 over the Python files of a package, names included."""
    digest = sha256()
    _each_source(
        files(package), "", lambda name, content: digest.update(sha256(name.encode() + b"\0" + content).digest())
    )
    return digest.hexdigest()[:16]


def _each_source(folder: Traversable, place: str, hear: Callable[[str, bytes], None]) -> None:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir() and entry.name != "__pycache__":
            _each_source(entry, f"{place}{entry.name}/", hear)
        elif entry.name.endswith(".py"):
            hear(f"{place}{entry.name}", entry.read_bytes())
