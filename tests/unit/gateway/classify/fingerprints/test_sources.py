"""Which files are read, and as what."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gateway.classify.fingerprints.documents import Kind
from gateway.classify.fingerprints.sources import UnreadableSource, public_paths, sources_of, text_of


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for name in ("a.py", "b.md", "c.csv", ".hidden/d.py", "sub/e.go"):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")
    (tmp_path / "tree" / "link.py").symlink_to("/etc/hostname")
    return tmp_path / "tree"


def test_a_directory_gives_its_files_that_are_neither_hidden_nor_links(directory: Path) -> None:
    found = {source.name: source.kind for source in sources_of(directory)}
    assert found == {"a.py": Kind.CODE, "b.md": Kind.DOCUMENT, "c.csv": Kind.DOCUMENT, "sub/e.go": Kind.CODE}


def test_a_work_tree_gives_what_git_tracks(directory: Path) -> None:
    subprocess.run(["git", "-C", str(directory), "init", "-q"], check=True)
    subprocess.run(["git", "-C", str(directory), "add", "a.py", "link.py"], check=True)
    assert [(source.name, source.is_tracked) for source in sources_of(directory)] == [("a.py", True)]


def test_a_table_is_one_only_when_named_by_itself(directory: Path) -> None:
    assert [source.kind for source in sources_of(directory / "c.csv")] == [Kind.TABLE]


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="no such file"):
        sources_of(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"plain", "plain"), (b"\xef\xbb\xbfmarked", "marked"), (b"a\x00b", None), (b"\xff\xfe", None), (b"", "")],
)
def test_only_utf_8_is_text(content: bytes, text: str | None) -> None:
    assert text_of(content) == text


def test_the_public_set_has_the_library_and_licences() -> None:
    names = {path.name for path in public_paths()}
    assert {"argparse.py", "os.py"} <= names
    assert any(name.upper().startswith(("LICEN", "COPYING")) for name in names)
