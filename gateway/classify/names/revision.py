"""What the names found depend on beside the text: the models, the lists and the rules of this package."""

from __future__ import annotations

import hashlib
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

_SIZE: Final = 16
_READ: Final = (".py", ".npz", ".npy")


def package_revision() -> str:
    """Returns a digest of the files that decide what is a name; it changes with each release that changes one.

    Readings that a fleet shares outlive an upgrade by a day; under this they are not taken for those of the new code.
    """
    package = resources.files(__package__)
    digest = hashlib.blake2b(digest_size=_SIZE)
    for each in sorted((*package.iterdir(), *(package / "data").iterdir()), key=_name):
        if _name(each).endswith(_READ):
            content = each.read_bytes()
            digest.update(f"{_name(each)}:{len(content)}:".encode() + content)
    return digest.hexdigest()


def _name(file: Traversable) -> str:
    return file.name
