"""What the training takes of files: code without its documentation, and documents of every kind."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from gateway.classify.source_code.training.corpus import LANGUAGES, OTHERS, Window, read_windows

BODY = "alpha = read(source)\nbeta = alpha.split()\nshow(beta, gamma)\nclose(source)\n"
POD = "=head1 NAME\n\nWords about the module that are no code at all.\n\n=cut\n"
SOURCES = {
    "python": ("a.py", f'"""Words about the module.\n\nMore of them.\n"""\n{BODY}'),
    "perl": ("a.pl", f"{POD}{BODY}__END__\nwords behind the end\nmore words here\n"),
    "java": ("a.java", f"/* Words about\n * the class.\n */\n{BODY}"),
    "shell": ("a.sh", f"# words\n# more words\n# and more\n# and more\n# and the last\n# of them\n{BODY}"),
}


def windows(directory: Path) -> list[Window]:
    return read_windows([directory], random.Random(1), 40, (3,))


@pytest.mark.parametrize("kind", SOURCES)
def test_documentation_inside_a_source_is_no_code(tmp_path: Path, kind: str) -> None:
    name, text = SOURCES[kind]
    (tmp_path / name).write_text(text)
    found = windows(tmp_path)
    assert found
    assert {window.kind for window in found} == {kind}
    assert all(window.is_code for window in found)
    words = "\n".join(window.text for window in found)
    assert "beta = alpha.split()" in words
    assert "ords about" not in words
    assert "behind the end" not in words


def test_columns_of_numbers_in_a_source_are_no_code(tmp_path: Path) -> None:
    (tmp_path / "numbers.pl").write_text("".join(f"{number}\n" for number in range(2000, 2400)))
    assert not windows(tmp_path)


@pytest.mark.parametrize("name", ["a.man", "a.po", "a.yaml", "a.conf", "a.md", "a.json"])
def test_documents_of_every_kind_are_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("".join(f"name {number}: some words here\n" for number in range(20)))
    [kind] = {window.kind for window in windows(tmp_path)}
    assert kind in OTHERS
    assert kind not in LANGUAGES


def test_compressed_changelogs_are_read(tmp_path: Path) -> None:
    lines = "".join(f"  * New upstream release {number}.\n" for number in range(20))
    (tmp_path / "changelog.Debian.gz").write_bytes(gzip.compress(lines.encode()))
    assert {window.kind for window in windows(tmp_path)} == {"changelog"}
