"""Office Open XML and OpenDocument: zip archives of XML. Every text node is read, rows of sheets as rows.

Source: ECMA-376 part 1 (WordprocessingML, SpreadsheetML, PresentationML), part 2 (packages); OpenDocument 1.3 part 2.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import TypeVar

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from gateway.classify.documents.extracted import LARGEST_BYTES, Extracted, Unreadable, bounded

_MOST_PARTS = 5000
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_SHARED_STRINGS = "xl/sharedStrings.xml"
_BREAKS = frozenset("p br cr tab tc tr row si comment h table-cell table-row list-item".split())
_TELLING = frozenset("descr title alt tooltip target author name href".split())
Target = TypeVar("Target", bound="_Nodes")
_OFFICE = frozenset(("[Content_Types].xml", "mimetype"))
_TEXT_PARTS = (".xml", ".rels", "mimetype")


def read_office(content: bytes) -> Extracted:
    """Returns the texts of all parts. It is complete when every part is XML that was read.

    Raises:
        Unreadable: no such archive, sealed, damaged, or larger inside than is read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = _parts(archive)
            texts = _texts(parts)
            complete = all(info.filename.endswith(_TEXT_PARTS) or info.is_dir() for info in archive.infolist())
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise Unreadable("a damaged or sealed archive") from None
    except (DefusedXmlException, ParseError, ValueError):
        raise Unreadable("a part that is no plain XML") from None
    return bounded(texts, complete=complete)


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if not _OFFICE & set(names) or len(infos) > _MOST_PARTS or len(set(names)) != len(names):
        raise Unreadable("no office document")
    parts, room = {}, LARGEST_BYTES
    for info in infos:
        if info.filename.endswith((".xml", ".rels")):
            # The size in the archive's directory is a claim; what comes out is counted.
            with archive.open(info) as part:
                data = part.read(room + 1)
            room -= len(data)
            if room < 0:
                raise Unreadable("larger inside than is read")
            parts[info.filename] = data
    return parts


def _texts(parts: dict[str, bytes]) -> list[str]:
    shared = _parsed(_Strings(), parts.pop(_SHARED_STRINGS)).strings if _SHARED_STRINGS in parts else []
    sheets = {name: data for name, data in parts.items() if _SHEET.fullmatch(name)}
    texts = [_parsed(_Rows(shared), data).text() for data in sheets.values()]
    texts += [_parsed(_Nodes(), data).text() for name, data in parts.items() if name not in sheets]
    return [*texts, "\n".join(shared)]


class _Nodes:
    """All text of a part, and attributes that hold words."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        del tag
        self.pieces += [f" {value}\n" for name, value in attributes.items() if _local(name) in _TELLING]

    def end(self, tag: str) -> None:
        if _local(tag) in _BREAKS:
            self.pieces.append("\n")

    def data(self, text: str) -> None:
        self.pieces.append(text)

    def close(self) -> None:
        """Asked for by the parser."""

    def text(self) -> str:
        return "".join(self.pieces)


class _Strings(_Nodes):
    """The strings that the cells of all sheets refer to by number."""

    def __init__(self) -> None:
        super().__init__()
        self.strings: list[str] = []

    def end(self, tag: str) -> None:
        if _local(tag) == "si":
            self.strings.append("".join(self.pieces))
            self.pieces = []


class _Rows(_Nodes):
    """The cells of a sheet, a line for each row."""

    def __init__(self, shared: Sequence[str]) -> None:
        super().__init__()
        self._shared = shared
        self._is_shared = False
        self._cell: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "c":
            self._is_shared = attributes.get("t") == "s"
            self._cell = []

    def data(self, text: str) -> None:
        self._cell.append(text)

    def end(self, tag: str) -> None:
        name = _local(tag)
        if name == "v" and self._is_shared:
            self._cell = [self._looked_up("".join(self._cell))]
        elif name in {"f", "is"}:
            self._cell.append(" ")
        elif name in {"c", "row"}:
            self.pieces += [*self._cell, "\t" if name == "c" else "\n"]
            self._cell = []

    def _looked_up(self, number: str) -> str:
        at = int(number)
        if not 0 <= at < len(self._shared):
            raise Unreadable("a cell refers to no string")
        return self._shared[at]

    def text(self) -> str:
        return "".join([*self.pieces, *self._cell])


def _parsed(target: Target, data: bytes) -> Target:
    parser = DefusedXMLParser(target=target, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    for piece in _pieces(data):
        parser.feed(piece)
    parser.close()
    return target


def _pieces(data: bytes) -> Iterable[bytes]:
    return (data[begin : begin + 65536] for begin in range(0, len(data), 65536))


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()
