from __future__ import annotations

import base64
import hashlib
import random

import pytest

from gateway.classify.classifier import CallClassifier
from gateway.classify.opaque import encoded_leaves, find_opaque, may_have_run
from gateway.types import Category, Level
from tests.unit.gateway.classify.calls import call_with, chat

ENCODED = base64.b64encode(b"".join(hashlib.sha256(bytes([n])).digest() for n in range(40))).decode()

BLOCKS = [
    ("IMAGE", {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{ENCODED}"}}),
    ("IMAGE", {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}),
    ("IMAGE", {"type": "input_image", "image_url": "https://example.com/a.png"}),
    ("IMAGE", {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": ENCODED}}),
    ("IMAGE", {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}),
    ("DOCUMENT", {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": ENCODED}}),
    ("DOCUMENT", {"type": "document", "source": {"type": "file", "file_id": "file_1"}}),
    ("FILE", {"type": "file", "file": {"file_id": "file-1"}}),
    ("AUDIO", {"type": "input_audio", "input_audio": {"data": ENCODED, "format": "wav"}}),
    ("BASE64", {"type": "text", "text": f"decode this: {ENCODED}"}),
    ("BASE64", {"never_heard_of": ENCODED}),
    ("BASE64", {"type": "thinking", "thinking": ENCODED, "signature": "x"}),
]


@pytest.mark.parametrize(("kind", "block"), BLOCKS, ids=[f"{n} {row[0]}" for n, row in enumerate(BLOCKS)])
def test_what_cannot_be_read_is_opaque_and_stays_in_house(
    classifier: CallClassifier, kind: str, block: dict[str, object]
) -> None:
    content = classifier.read(call_with({"messages": [{"role": "user", "content": [block]}]}))
    assert kind in {finding.type for finding in content.findings}
    assert Category.OPAQUE in content.labels.categories
    assert content.labels.level >= Level.RESTRICTED


LINES = base64.encodebytes(b"".join(hashlib.sha256(bytes([n])).digest() for n in range(40))).decode()
ATTACHED = f"--a\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n{LINES}\n--a--"


@pytest.mark.parametrize("text", [ATTACHED, ATTACHED.replace("\n", "\r\n"), LINES], ids=["mail", "CRLF", "alone"])
def test_an_attachment_in_lines_is_opaque(text: str) -> None:
    (found,) = find_opaque(chat(text).leaves)
    assert (found.type, found.category) == ("BASE64", Category.OPAQUE)
    assert text[found.start : found.end].split() == LINES.split()


@pytest.mark.parametrize("label", ["CERTIFICATE", "PUBLIC KEY", "RSA PRIVATE KEY", "PGP PUBLIC KEY BLOCK"])
def test_a_key_or_a_certificate_is_no_attachment(label: str) -> None:
    head = "Version: 2\n\n" if label.startswith("PGP") else ""
    assert list(find_opaque(chat(f"see\n-----BEGIN {label}-----\n{head}{LINES}-----END {label}-----\n").leaves)) == []


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(hashlib.sha256(bytes([n])).hexdigest() for n in range(40)),
        "\n".join("abcdefghij" * 7 for _ in range(40)),
        "\n".join(LINES.split()[:3]),
        "\n" + "A" * 200_000,
        ("\n" + "Aa1" * 23) * 3 + "\n",
    ],
    ids=["digests", "words", "three lines", "one long line", "short"],
)
def test_other_lines_are_not_opaque(text: str) -> None:
    assert list(find_opaque(chat(text).leaves)) == []


def test_a_document_of_text_is_not_opaque() -> None:
    block = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "hello"}}
    assert list(find_opaque(call_with({"content": [block]}).leaves)) == []


def test_a_providers_own_sealed_state_is_not_opaque() -> None:
    block = {"type": "thinking", "thinking": "hm", "signature": ENCODED}
    assert list(find_opaque(call_with({"content": [block]}).leaves)) == []


def test_an_encoded_leaf_is_kept_from_the_pattern_engines_and_text_is_not() -> None:
    leaves = call_with({"a": ENCODED, "b": f"data:image/png;base64,{ENCODED}", "c": "plain " * 100}).leaves
    assert [leaves[number].path for number in sorted(encoded_leaves(leaves))] == [("a",), ("b",)]


@pytest.mark.parametrize("text", ["a" * 5_000, "0123456789abcdef" * 40, "word " * 500, "这是一个" * 300])
def test_long_plain_runs_are_not_opaque(text: str) -> None:
    assert list(find_opaque(chat(text).leaves)) == []


def test_text_cannot_hide_in_an_image_block(classifier: CallClassifier) -> None:
    block = {"type": "image_url", "image_url": {"url": "data:text/plain,ssn 536-22-1234"}}
    categories = classifier.read(call_with({"content": [block]})).labels.categories
    assert {Category.OPAQUE, Category.GOV_ID} <= categories


@pytest.mark.parametrize(
    ("text", "may_have"),
    [
        ("word " * 200, False),
        ("x" * 255, False),
        ("x" * 256, True),
        (f"see {'y' * 300} there", True),
        (f"{'word ' * 20_000}{'z' * 256}", True),
        ("word\n" * 20_000, False),
        (f"{'word ' * 63}{'z' * 255} word", False),
        ("", False),
    ],
    ids=["words", "short", "just long enough", "inside", "at the end", "lines", "one too short", "empty"],
)
def test_a_long_run_is_never_overlooked(text: str, may_have: bool) -> None:
    assert may_have_run(text) is may_have


def test_runs_between_any_white_space_are_seen() -> None:
    rng = random.Random("runs")
    for _ in range(2_000):
        sizes = rng.choices((1, 7, 100, 254, 255, 256, 257, 600), weights=(9, 9, 9, 2, 2, 1, 1, 1), k=rng.randint(1, 8))
        text = "".join("w" * size + rng.choice(" \n\t\r\u3000") for size in sizes)
        assert may_have_run(text) or max(sizes) < 256
