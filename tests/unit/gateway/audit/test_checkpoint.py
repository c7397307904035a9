"""Checkpoints and keys in their published formats."""

from __future__ import annotations

import base64

import pytest

from gateway.audit.checkpoint import NoteError, SigningKey, VerifierKey, read_checkpoint, signed_text

ROOT = bytes(range(32))
KEY = SigningKey("example.org/log", bytes(32))

# The example of golang.org/x/mod/sumdb/note, an independent implementation of the format.
FOREIGN_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
FOREIGN_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_a_note_signed_by_another_implementation_is_read() -> None:
    text = signed_text(FOREIGN_NOTE, VerifierKey.parse(FOREIGN_VKEY))
    assert text.endswith("what your problem is.\n")
    assert str(VerifierKey.parse(FOREIGN_VKEY)) == FOREIGN_VKEY


def test_a_checkpoint_says_origin_size_and_root_and_carries_one_signature() -> None:
    note = KEY.sign(7, ROOT)
    origin, size, root, empty, signature, end = note.split("\n")
    assert (origin, size, root) == ("example.org/log", "7", base64.b64encode(ROOT).decode())
    assert (empty, end) == ("", "")
    assert signature.startswith("— example.org/log ")
    assert len(base64.b64decode(signature.split(" ")[2])) == 68


def test_a_checkpoint_is_read_back() -> None:
    checkpoint = read_checkpoint(KEY.sign(7, ROOT), KEY.verifier)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == ("example.org/log", 7, ROOT)


def test_extension_lines_and_foreign_signatures_are_tolerated() -> None:
    note = KEY.sign(7, ROOT) + "— witness.example AAAAAAAA\n"
    assert read_checkpoint(note, KEY.verifier).size == 7


@pytest.mark.parametrize(
    ("note", "reason"),
    [
        ("", "not a signed note"),
        ("example.org/log\n7\n", "not a signed note"),
        (KEY.sign(7, ROOT).replace("\n7\n", "\n8\n"), "does not hold"),
        (SigningKey("example.org/log", b"1" * 32).sign(7, ROOT), "no signature"),
        (SigningKey("example.org/other", bytes(32)).sign(7, ROOT), "no signature"),
        (KEY.sign(7, ROOT).replace("— example.org/log ", "— example.org/log !"), "base64"),
        (KEY.sign(7, ROOT[:31]), "32 bytes"),
    ],
)
def test_a_note_that_does_not_hold_is_refused(note: str, reason: str) -> None:
    with pytest.raises(NoteError, match=reason):
        read_checkpoint(note, KEY.verifier)


def test_the_text_forms_of_both_keys_are_read_back() -> None:
    assert SigningKey.parse(KEY.secret_text()) == KEY
    assert VerifierKey.parse(str(KEY.verifier)) == KEY.verifier


@pytest.mark.parametrize(
    "text",
    ["", "a+b", "+00000000+AQ==", "name+00000000+not base64", f"name+00000000+{base64.b64encode(bytes(33)).decode()}"],
)
def test_a_malformed_key_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(text)
    with pytest.raises(NoteError):
        SigningKey.parse(f"PRIVATE+KEY+{text}")


def test_a_key_that_belies_its_id_is_refused() -> None:
    name, key_id, material = str(KEY.verifier).split("+", 2)
    flipped = "0" * 8 if key_id != "0" * 8 else "1" * 8
    with pytest.raises(NoteError, match="key id"):
        VerifierKey.parse(f"{name}+{flipped}+{material}")
    with pytest.raises(NoteError, match="key id"):
        SigningKey.parse(KEY.secret_text().replace(f"+{key_id}+", f"+{flipped}+"))


@pytest.mark.parametrize("name", ["", "two words", "plus+sign", "new\nline"])
def test_a_name_that_the_format_forbids_is_refused(name: str) -> None:
    with pytest.raises(NoteError):
        SigningKey.generate(name)


def test_the_repr_of_a_signing_key_does_not_show_it() -> None:
    key = SigningKey.generate("example.org/log")
    assert key.seed.hex() not in repr(key)
    assert repr(key.seed) not in repr(key)
