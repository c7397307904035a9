"""`gateway fingerprints`: what is registered is listed, found, verified and removed; what cannot run says so with 2."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from gateway.classify.fingerprints.index_file import tenant_key, write_index
from gateway.classify.fingerprints.registry import empty_index
from gateway.settings import Settings
from tests.unit.gateway.classify.documents.made import docx
from tests.unit.gateway.classify.fingerprints.conftest import code, prose
from tests.unit.gateway.commands.conftest import Run

CUSTOMERS = "name,iban,mail\n" + "".join(
    f"Person{chr(97 + n)} Example,DE89370400440532{n:06},p{n}@example.com\n" for n in range(20)
)


@pytest.fixture
def index(config: Path, tmp_path: Path) -> Path:
    """An index with nothing in it, not even a public set."""
    path = tmp_path / "prints.idx"
    key_of = tenant_key(Settings.load(config).secrets.derive)
    write_index(path, empty_index("default", np.zeros(0, np.uint64)), key_of("default"), os.urandom)
    return path


@pytest.fixture
def call(run: Run, config: Path, index: Path) -> Run:
    return lambda action, *rest: run("fingerprints", action, *rest, "--config", config, "--index", index)


def repository(directory: Path) -> Path:
    """A git work tree with a tracked file, an untracked one and a picture."""
    directory.mkdir()
    (directory / "core.py").write_text(code(1))
    (directory / "notes.md").write_text(prose(1))
    (directory / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    git = ("git", "-C", str(directory), "-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    (directory / "untracked.py").write_text(code(2))
    return directory


def test_a_repository_is_registered_found_verified_and_removed(call: Run, tmp_path: Path) -> None:
    added = call("add", repository(tmp_path / "engine"), "--json")
    assert added.code == 0
    assert added.json()["registered"] == 2
    assert added.json()["unreadable"] == ["logo.png"]
    root = added.json()["root"]
    listed = call("list", "--json").json()
    assert [(d["owner"], d["name"], d["kind"]) for d in listed["documents"]] == [
        ("engine", "core.py", "code"),
        ("engine", "notes.md", "document"),
    ]
    assert listed["root"] == root
    prompt = tmp_path / "prompt.txt"
    prompt.write_text("Explain:\n" + "\n".join(code(1).split("\n")[20:36]))
    checked = call("check", prompt)
    assert checked.code == 1
    assert "REGISTERED_CODE" in checked.out
    assert "engine/core.py" in checked.out
    assert root in call("verify").out
    removed = call("remove", "engine", "--json")
    assert (removed.code, removed.json()["removed"]) == (0, 2)
    prompt.write_text(code(1))
    assert call("check", prompt).code == 0


def test_one_document_is_removed_by_owner_and_name(call: Run, tmp_path: Path) -> None:
    call("add", repository(tmp_path / "engine"))
    assert call("remove", "engine/notes.md").out == "removed 1 documents\n"
    assert call("remove", "engine/notes.md").code == 1


def test_a_table_is_registered_by_rows(call: Run, tmp_path: Path) -> None:
    table, prompt = tmp_path / "customers.csv", tmp_path / "prompt.txt"
    table.write_text(CUSTOMERS)
    added = call("add", table, "--alone", "iban")
    assert "customers.csv: 20 rows, 60 cells; 0 too short" in added.out
    prompt.write_text("p7@example.com is Persona Example; pay DE89 3704 0044 0532 0000 07")
    assert "REGISTERED_RECORD" in call("check", prompt).out
    assert call("add", table, "--alone", "nothing").code == 2


def test_an_office_document_is_registered_by_its_text(call: Run, tmp_path: Path) -> None:
    plan, prompt = tmp_path / "plan.docx", tmp_path / "prompt.txt"
    plan.write_bytes(docx(prose(31), prose(32)))
    prompt.write_text(prose(32)[:400])
    assert call("add", plan, "--owner", "board").code == 0
    assert "board/plan.docx" in call("check", prompt).out


def test_public_text_is_never_found(call: Run, tmp_path: Path) -> None:
    text = tmp_path / "licence.md"
    text.write_text(prose(9))
    assert call("add", text, "--owner", "a").code == 0
    assert call("check", text).code == 1
    assert call("add", text, "--public").code == 0
    assert call("check", text).code == 0
    assert "not protected: others have all of it too: licence.md" in call("add", text, "--owner", "a").out


def test_what_is_too_short_is_said_and_nothing_registered_is_1(call: Run, tmp_path: Path) -> None:
    text = tmp_path / "short.md"
    text.write_text("hi")
    done = call("add", text)
    assert done.code == 1
    assert "too short to recognise: short.md" in done.out


def test_a_first_index_knows_pythons_library(run: Run, config: Path, tmp_path: Path) -> None:
    path, text = tmp_path / "new.idx", tmp_path / "own.md"
    text.write_text(prose(3))
    shared = ("--config", config, "--index", path)
    assert run("fingerprints", "add", text, "--tenant", "acme", *shared).code == 0
    assert run("fingerprints", "list", "--json", *shared).json()["tenant"] == "acme"
    library = run("fingerprints", "add", Path(os.__file__), "--owner", "thief", *shared)
    assert "not protected: others have all of it too: os.py" in library.out
    assert run("fingerprints", "add", text, "--tenant", "other", *shared).code == 2


def test_the_index_may_be_named_in_the_configuration(run: Run, config: Path, index: Path) -> None:
    config.write_text(config.read_text() + f'[classify]\nfingerprints = "{index}"\n')
    assert run("fingerprints", "verify", "--config", config).code == 0


def test_what_cannot_run_ends_with_2_and_no_content(run: Run, call: Run, config: Path, index: Path) -> None:
    assert run("fingerprints", "list", "--config", config).code == 2
    assert call("add", "/nonexistent").code == 2
    index.write_bytes(index.read_bytes()[:-1])
    damaged = call("list")
    assert damaged.code == 2
    assert "fingerprints: " in damaged.err
    index.unlink()
    assert call("verify").code == 2


def test_a_prompt_that_is_no_text_is_refused(call: Run, tmp_path: Path) -> None:
    noise = tmp_path / "noise"
    noise.write_bytes(b"\xff\xfe\x00")
    assert call("check", noise).code == 2
