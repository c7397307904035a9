"""What is read to be registered: files of a repository, single files, tables. And text that anybody may have."""

from __future__ import annotations

import csv
import subprocess
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.classify.fingerprints.documents import Kind

LARGEST_FILE_BYTES = 64 * 1024 * 1024
_DOCUMENT_SUFFIXES = frozenset(".txt .md .rst .adoc .tex .org .html .htm .pdf .docx .xlsx .pptx .rtf .odt .eml".split())
_TABLE_SUFFIXES = frozenset((".csv", ".tsv"))
_LICENCE_NAMES = ("LICENSE", "LICENCE", "COPYING", "NOTICE")
_SYSTEM_LICENCES = Path("/usr/share/common-licenses")
_GIT_S = 60


class UnreadableSource(Exception):
    """What was named cannot be read. Names the path, no content."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to register, under the name it will be listed by."""

    path: Path
    name: str
    kind: Kind
    is_tracked: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read: its header and its rows."""

    header: tuple[str, ...] = field(repr=False)
    rows: tuple[tuple[str, ...], ...] = field(repr=False)


def sources_of(path: Path) -> list[Source]:
    """Returns the files under a path: those that git tracks, or all that are not hidden, or the file itself.

    Raises:
        UnreadableSource: there is nothing there, or git does not answer.
    """
    if path.is_file():
        return [Source(path, path.name, _kind_of_file(path))]
    if not path.is_dir():
        raise UnreadableSource(f"no such file or directory: {path}")
    is_tree = (path / ".git").exists()
    names = _tracked(path) if is_tree else _visible(path)
    return [
        Source(path / name, name, _kind_in_tree(path / name), is_tracked=is_tree)
        for name in sorted(names)
        if (path / name).is_file() and not (path / name).is_symlink()
    ]


def read_bytes(path: Path) -> bytes:
    """Returns the content. Raises `UnreadableSource` when it cannot be read or is too large."""
    try:
        if path.stat().st_size > LARGEST_FILE_BYTES:
            raise UnreadableSource(f"larger than {LARGEST_FILE_BYTES} bytes: {path}")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableSource(f"cannot read {path}: {error.strerror}") from None


def text_of(content: bytes) -> str | None:
    """Returns UTF-8 text, or `None` for anything else."""
    if b"\x00" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def table_of(text: str) -> Table:
    """Returns the rows of comma-, semicolon- or tab-separated text whose first row names the columns.

    Raises:
        UnreadableSource: it is no such text.
    """
    lines = text.splitlines()
    delimiter = max(",;\t|", key=lines[0].count) if lines else ","
    try:
        rows = [tuple(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        raise UnreadableSource("the table cannot be read") from None
    if len(rows) < 2:
        raise UnreadableSource("a table needs a row of column names and a row of values")
    return Table(rows[0], tuple(rows[1:]))


def columns_named(table: Table, names: Sequence[str]) -> list[int]:
    """Returns the numbers of the columns. Raises `UnreadableSource` for a name the table does not have."""
    header = [name.strip().lower() for name in table.header]
    missing = [name for name in names if name.strip().lower() not in header]
    if missing:
        raise UnreadableSource(f"the table has no column {missing[0]!r}")
    return [header.index(name.strip().lower()) for name in names]


def public_paths() -> list[Path]:
    """Returns files that anybody has: Python's standard library and the licences found on this machine."""
    return sorted({*_standard_library(), *_licences()})


def _standard_library() -> Iterator[Path]:
    root = Path(sysconfig.get_path("stdlib"))
    for path in root.rglob("*.py"):
        if not {"site-packages", "dist-packages", "test", "tests"} & set(path.relative_to(root).parts):
            yield path


def _licences() -> Iterator[Path]:
    if _SYSTEM_LICENCES.is_dir():
        yield from (path for path in _SYSTEM_LICENCES.iterdir() if path.is_file())
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for path in Path(place).glob("*.dist-info/**/*"):
            if path.name.upper().startswith(_LICENCE_NAMES) and path.is_file():
                yield path


def _kind_of_file(path: Path) -> Kind:
    return Kind.TABLE if path.suffix.lower() in _TABLE_SUFFIXES else _kind_in_tree(path)


def _kind_in_tree(path: Path) -> Kind:
    """In a repository a table is a document among others: test data, not customers."""
    suffix = path.suffix.lower()
    return Kind.DOCUMENT if suffix in _DOCUMENT_SUFFIXES | _TABLE_SUFFIXES else Kind.CODE


def _tracked(path: Path) -> list[str]:
    command = ["git", "-C", str(path), "ls-files", "-z", "--cached"]
    try:
        listing = subprocess.run(command, capture_output=True, check=True, timeout=_GIT_S)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        raise UnreadableSource(f"git does not list the files of {path}") from None
    return [name for name in listing.stdout.decode("utf-8", "surrogateescape").split("\0") if name]


def _visible(path: Path) -> list[str]:
    names = [found.relative_to(path) for found in path.rglob("*") if found.is_file()]
    return [str(name) for name in names if not any(part.startswith(".") for part in name.parts)]
