"""Content that cannot be read: images, files, audio, video, base64.

Blocks are recognised by their `type` field, as OpenAI's and Anthropic's references define them, and encoded content by
its own shape wherever it stands. Encoded leaves are not fed to the pattern engines: they could find nothing in there
but chance, at great cost. A document whose source is text is text and is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from gateway.types import Category, Finding
from routers.types import JsonPath, Leaf, LeafKind

NAME = "opaque"
RUN = "BASE64"
"""The type of an encoded run."""
ENCODED_LENGTH = 256
"""Shorter runs of base64 characters are names, digests and identifiers."""

_BLOCKS = {
    "image": "IMAGE",
    "image_url": "IMAGE",
    "input_image": "IMAGE",
    "document": "DOCUMENT",
    "file": "FILE",
    "input_file": "FILE",
    "container_upload": "FILE",
    "input_audio": "AUDIO",
    "audio": "AUDIO",
    "video": "VIDEO",
    "video_url": "VIDEO",
    "input_video": "VIDEO",
}
_PAYLOADS = frozenset(("url", "image_url", "data", "file_data", "file_id", "file_url", "video_url", "audio_url"))
_TEXT_SOURCES = frozenset(("text", "content"))
_BASE64 = re.compile(rf"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{{{ENCODED_LENGTH},}}={{0,2}}")
_LINES = re.compile(
    r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{60,76}(?:\r?\n[A-Za-z0-9+/]{60,76}){3,}(?:\r?\n[A-Za-z0-9+/]{1,76}={0,2})?"
)
"""Base64 as mail carries it (RFC 2045, section 6.8). A key or a certificate in PEM (RFC 7468) is no attachment."""
_LINE = re.compile(r"\n[A-Za-z0-9+/]{60}")
_PEM = re.compile(r"-----BEGIN [A-Z0-9 ]{1,40}-----\s*(?:[A-Za-z-]{1,20}: [^\n]{0,100}\s+)*$")
_LONGEST_HEAD = 400
_ENCODED = re.compile(rf"(?:data:[^,]{{0,200}};base64,)?[A-Za-z0-9+/_\s-]{{{ENCODED_LENGTH},}}={{0,2}}\s*")
_READABLE = frozenset(("DOCUMENT", "FILE"))
"""Kinds of block that may hold nothing but text."""
_PROVIDER_SEALED = frozenset(("signature", "encrypted_content"))
"""Fields in which a provider hands its own sealed state back to itself; forging one is refused there."""


def encoded_leaves(leaves: Sequence[Leaf]) -> frozenset[int]:
    """Returns the numbers of the leaves that are encoded as a whole."""
    return frozenset(number for number, leaf in enumerate(leaves) if _is_encoded(leaf.text))


def _is_encoded(text: str) -> bool:
    if len(text) < ENCODED_LENGTH or not text.isascii():
        return False
    head = text[:ENCODED_LENGTH]
    is_dense = text.startswith("data:") or (_BASE64.match(head) is not None and _is_mixed(head))
    return is_dense and _ENCODED.fullmatch(text) is not None


def _is_mixed(text: str) -> bool:
    """Whether a run holds capitals, small letters and digits: no word, however long, does."""
    return any(map(str.isdigit, text)) and text != text.lower() and text != text.upper()


IsRead = Callable[[Leaf], bool]


def _nothing_is_read(leaf: Leaf) -> bool:
    del leaf
    return False


def find_opaque(leaves: Sequence[Leaf], is_read: IsRead = _nothing_is_read) -> Iterable[Finding]:
    """Yields a finding for each opaque block and each encoded run.

    A payload of which `is_read` says that all of it was read as text is not opaque; pictures, sound and films are.
    """
    blocks = list(opaque_blocks(leaves, is_read))
    whole = {each.leaf for each in blocks}
    yield from blocks
    for number, leaf in enumerate(leaves):
        if number not in whole:
            yield from encoded_runs(number, leaf, is_read)


def opaque_blocks(leaves: Sequence[Leaf], is_read: IsRead = _nothing_is_read) -> Iterable[Finding]:
    """Yields a finding for each opaque block. It depends on the call as a whole."""
    blocks = _opaque_blocks(leaves)
    if not blocks:
        return
    strings = [(number, leaf) for number, leaf in enumerate(leaves) if leaf.kind is LeafKind.STRING]
    payloads = [(number, leaf, _enclosing(blocks, leaf.path)) for number, leaf in strings]
    filled = {block for _, _, block in payloads if block is not None}
    for number, leaf, block in payloads:
        if block is not None:
            if blocks[block] not in _READABLE or not is_read(leaf):
                yield _finding(number, 0, len(leaf.text), blocks[block])
        elif leaf.path[-1:] == ("type",) and leaf.path[:-1] in blocks and leaf.path[:-1] not in filled:
            yield _finding(number, 0, len(leaf.text), blocks[leaf.path[:-1]])  # no payload field that is known


def encoded_runs(number: int, leaf: Leaf, is_read: IsRead = _nothing_is_read) -> Iterable[Finding]:
    """Returns a finding for each encoded run in one leaf. It depends on the text and its field alone."""
    if leaf.kind is not LeafKind.STRING or _is_sealed(leaf):
        return []
    runs = list(_runs(leaf.text))
    return [_finding(number, *run, RUN) for run in runs] if runs and not is_read(leaf) else []


def _runs(text: str) -> Iterable[tuple[int, int]]:
    if may_have_run(text):
        yield from (run.span() for run in _BASE64.finditer(text) if _is_mixed(run.group()))
    if _LINE.search(text) is not None:
        for lines in _LINES.finditer(text):
            head = text[max(0, lines.start() - _LONGEST_HEAD) : lines.start()]
            if _is_mixed(lines.group()) and _PEM.search(head) is None:
                yield lines.span()


def may_have_run(text: str) -> bool:
    """Returns `False` only when no stretch without white space is long enough for an encoded run. Cheap.

    A run as long as that covers one of the windows looked at here, each of which begins behind a blank of the last.
    """
    begin = 0
    while (end := begin + ENCODED_LENGTH) <= len(text):
        blank = max(text.rfind(" ", begin, end), text.rfind("\n", begin, end))
        if blank < 0:
            return True
        begin = blank + 1
    return False


def _opaque_blocks(leaves: Sequence[Leaf]) -> dict[JsonPath, str]:
    """The blocks whose `type` names something that cannot be read, with the type to report."""
    values = {leaf.path: leaf.text for leaf in leaves if leaf.kind is LeafKind.STRING and leaf.path[-1:] == ("type",)}
    return {
        path[:-1]: _BLOCKS[value]
        for path, value in values.items()
        if value in _BLOCKS and values.get((*path[:-1], "source", "type")) not in _TEXT_SOURCES
    }


def _enclosing(blocks: dict[JsonPath, str], path: JsonPath) -> JsonPath | None:
    """The block whose payload the leaf is."""
    if not blocks or path[-1] not in _PAYLOADS:
        return None
    return next((path[:-depth] for depth in (1, 2) if path[:-depth] in blocks), None)


def _is_sealed(leaf: Leaf) -> bool:
    return leaf.path[-1] in _PROVIDER_SEALED


def _finding(leaf: int, start: int, end: int, finding_type: str) -> Finding:
    return Finding(leaf, start, end, finding_type, Category.OPAQUE, 1000, NAME)
