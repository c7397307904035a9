"""What may lie in a checkpoint directory: plain files of listed kinds. Nothing here parses a file but its first bytes.

Weights are safetensors only. Python files, pickles and their relatives run code when they are loaded, and `auto_map` in
a config asks a loader to fetch or run it. Links are refused: what they lead to can change after the check.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from selfhost.attest.errors import CheckpointRefused, Reason

ENVELOPE = "checkpoint.dsse.json"
"""The one file that is not in the manifest: it holds the manifest and its signatures."""
_SUFFIXES = frozenset((".safetensors", ".json", ".jinja", ".txt", ".md", ".model"))
_NAMES = frozenset(("LICENSE", "NOTICE", ".gitattributes"))
_LENGTH_BYTES = 8
_HEADER_BYTES_MAX = 100_000_000
_CONFIG_BYTES_MAX = 16_777_216


def files_of(directory: Path) -> tuple[Path, ...]:
    """Returns the files of a checkpoint, sorted by name, without the envelope.

    Raises:
        CheckpointRefused: the directory cannot be read, or holds a link, a folder or a file of a kind not listed.
    """
    try:
        found = sorted(directory.iterdir(), key=lambda path: path.name)
    except OSError:
        raise CheckpointRefused(Reason.UNREADABLE, "the directory cannot be read") from None
    for path in found:
        _check_kind(path)
    return tuple(path for path in found if path.name != ENVELOPE)


def _check_kind(path: Path) -> None:
    if path.is_symlink():
        raise CheckpointRefused(Reason.SYMLINK, path.name)
    if not path.is_file():
        raise CheckpointRefused(Reason.FORBIDDEN_FILE, f"{path.name} is not a plain file")
    if path.suffix not in _SUFFIXES and path.name not in _NAMES:
        raise CheckpointRefused(Reason.FORBIDDEN_FILE, f"{path.name}: only safetensors, JSON, templates and texts")


def scan(directory: Path) -> tuple[Path, ...]:
    """Returns the files as `files_of` does, once weights look like safetensors and no config names code.

    For use before signing, and on files whose hashes hold. Raises `CheckpointRefused`.
    """
    files = files_of(directory)
    for path in files:
        if path.suffix == ".safetensors":
            _check_safetensors(path)
        elif path.suffix == ".json" and "config" in path.name:
            _check_config(path)
    return files


def _check_safetensors(path: Path) -> None:
    """The layout: eight bytes of header length, a JSON header, and data that it covers to the last byte."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        if not 2 <= length <= min(_HEADER_BYTES_MAX, size - _LENGTH_BYTES):
            raise CheckpointRefused(Reason.NOT_SAFETENSORS, path.name)
        content = file.read(length)
    try:
        header = json.loads(content)
        end = max((entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"), default=0)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise CheckpointRefused(Reason.NOT_SAFETENSORS, path.name) from None
    if end != size - _LENGTH_BYTES - length:
        raise CheckpointRefused(Reason.NOT_SAFETENSORS, f"{path.name}: cut off, or with bytes that no tensor owns")


def _check_config(path: Path) -> None:
    if path.stat().st_size > _CONFIG_BYTES_MAX:
        raise CheckpointRefused(Reason.CODE_IN_CONFIG, f"{path.name} is too large to be a config")
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise CheckpointRefused(Reason.UNREADABLE, f"{path.name} is not JSON") from None
    if "auto_map" in _keys(document):
        raise CheckpointRefused(Reason.CODE_IN_CONFIG, f"{path.name} names Python code (auto_map)")


def _keys(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield from each
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
