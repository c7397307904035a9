"""What every reading depends on beside the text: this package, the libraries it reads with, Python, and the settings.

Readings that a fleet shares outlive an upgrade by a day; under this they are not taken for those of the new code.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from gateway.classify.source_code.grammars import Language
from gateway.settings import ClassifySettings

_SIZE: Final = 16
_READ: Final = (".py", ".npz", ".npy", ".bin", ".txt")
_UNREAD: Final = frozenset({"__pycache__", "training"})
_LIBRARIES: Final = (
    "google-re2", "numpy", "phonenumbers", "presidio-analyzer", "pypdf", "regex", "spacy", "tldextract", "tree-sitter"
)  # fmt: skip
_FOUND_BY: Final = frozenset(("languages", "countries", "recognizers", "score_milli", "names", "names_large", "ocr"))
"""The settings that change what is found; the others say what it may cost."""


def release_revision(settings: ClassifySettings, interpreter: str = sys.version) -> str:
    """Returns a digest that changes with each release, library, Python or setting that could read a text otherwise.

    Of recognizers that a company adds it knows the files named in the settings, not what these import, and of those in
    an archive only the name. Reads 5 MB.
    """
    digest = hashlib.blake2b(digest_size=_SIZE)
    python = ("python", interpreter.encode())  # its expressions and its table of characters
    for name, content in (python, *_package(), *_libraries(), *_own(settings.recognizers)):
        digest.update(f"{name}:{len(content)}:".encode() + content)
    digest.update(settings.model_dump_json(include=set(_FOUND_BY)).encode())
    return digest.hexdigest()


def _package() -> Iterator[tuple[str, bytes]]:
    return _files(resources.files(__package__), "")


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_dir():
            if each.name not in _UNREAD:
                yield from _files(each, f"{path}{each.name}/")
        elif each.name.endswith(_READ):
            yield path + each.name, each.read_bytes()


def _libraries() -> Iterator[tuple[str, bytes]]:
    for name in (*_LIBRARIES, *(f"tree-sitter-{language}" for language in Language)):
        yield name, metadata.version(name).encode()


def _own(recognizers: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    for each in recognizers:
        path = Path(each)
        if not path.is_file():
            spec = find_spec(each.partition(":")[0])
            path = Path(spec.origin if spec is not None and spec.origin is not None else each)
        yield each, path.read_bytes() if path.is_file() else b""
