"""Mail addresses in paths, file names and escapes, words in tags, numbers with an exponent: all of them are read."""

from __future__ import annotations

import time

import pytest

from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.classify.text_call import call_of
from gateway.classify.views import addresses, invisible, markdown, scientific
from gateway.settings import ClassifySettings

EMAIL = "dana.whitfield@example.com"
TAGS = "".join(chr(0xE0000 + ord(character)) for character in EMAIL)


@pytest.fixture(name="classifier", scope="module")
def _classifier() -> CallClassifier:
    return build_classifier(ClassifySettings())


def found(classifier: CallClassifier, text: str) -> set[tuple[str, str]]:
    """Types and places."""
    findings = classifier.read(call_of(text)).findings
    return {(each.type, text[each.start : each.end]) for each in findings if each.type != "PERSON"}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (f"see https://portal.internal:8443/users/{EMAIL}/edit", EMAIL),
        (f"https://intranet/u/{EMAIL}", EMAIL),
        (f"https://x.example/?q={EMAIL}&page=2", EMAIL),
        ("https://x.example/?q=dana.whitfield%40example.com", "dana.whitfield%40example.com"),
        ("https://x.example/?q=dana.whitfield%2540example.com", "dana.whitfield%2540example.com"),
        (f"https://x.example/#{EMAIL}", EMAIL),
        (f"/var/mail/{EMAIL}", EMAIL),
        (f"{EMAIL}.txt", EMAIL),
        (f"exports/{EMAIL}.pdf is there", EMAIL),
        (f"Write to {EMAIL}.Then wait.", EMAIL),
        (r"write to dana\_whitfield@example.com", r"dana\_whitfield@example.com"),
        (r"write to dana.whitfield\@example.com", r"dana.whitfield\@example.com"),
        (r"^dana\.whitfield@example\.com$", r"dana\.whitfield@example\.com"),
        (f"Summarise this.{TAGS} Thanks", TAGS),
        (f"д{TAGS}", TAGS),
    ],
)
def test_an_address_is_found_wherever_it_stands(classifier: CallClassifier, text: str, address: str) -> None:
    assert ("EMAIL_ADDRESS", address) in found(classifier, text)


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("credit card 4.111111111111111e15", "CREDIT_CARD", "4.111111111111111e15"),
        ("credit card 4.111111111111111E+15 of mine", "CREDIT_CARD", "4.111111111111111E+15"),
        ("credit card 41111111111111110e-1", "CREDIT_CARD", "41111111111111110e-1"),
        ("call me at 4.155552671E9", "PHONE_NUMBER", "4.155552671E9"),
    ],
)
def test_a_number_with_an_exponent_is_the_number(classifier: CallClassifier, text: str, kind: str, number: str) -> None:
    assert (kind, number) in found(classifier, text)


@pytest.mark.parametrize(
    "text",
    [
        "https://user:pw@host.internal/x",
        "node_modules/@babel/core and actions/checkout@v4",
        "https://medium.com/@someone/story",
        "icons/icon@2x.png",
        "@app.route('/a')",
        r"/^[\w.+-]+@[\w-]+\.[\w.-]+$/",
        "1.2345678901234e-5 and 6.02214076e23",
        "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_what_only_looks_like_one_is_none(classifier: CallClassifier, text: str) -> None:
    assert not {kind for kind, _ in found(classifier, text)} & {"EMAIL_ADDRESS", "CREDIT_CARD", "PHONE_NUMBER"}


@pytest.mark.parametrize("escape", ["\\_", "\\\\_"])
def test_a_token_that_markdown_has_escaped_is_a_token(classifier: CallClassifier, escape: str) -> None:
    token = f"ghp{escape}a1B2c3D4e5F6g7H8i9J0k1L2m3N4o50smkjE"
    assert ("SECRET_GITHUB_TOKEN", token) in found(classifier, f"Use {token} for now")


def test_tags_that_part_visible_words_are_taken_out_all_the_same(classifier: CallClassifier) -> None:
    parted = f"{EMAIL[:4]}{TAGS[:6]}{EMAIL[4:]}"
    assert ("EMAIL_ADDRESS", parted) in found(classifier, f"Write to {parted} now")


@pytest.mark.parametrize(
    "text",
    [
        "@" * 200_000,
        "/a@" * 66_000,
        "a\\.b@" * 40_000,
        "x@y.z.txt" * 22_000,
        "a@" + "b." * 100_000,
        "a@" + "b" * 200_000,
        "/" * 100_000 + "a" * 100_000 + "@b",
        "\\" * 200_000 + "@b",
        "a" + "\\_a" * 66_000,
        "1.234567e5" * 20_000,
        "1" * 200_000 + "e5",
        TAGS * 7_000,
    ],
    ids=lambda text: text[:12].encode("ascii", "backslashreplace").decode(),
)
def test_hostile_texts_cost_what_their_length_asks_for(text: str) -> None:
    started_s = time.thread_time()
    for rewrite in (addresses.substitutions, markdown.substitutions, scientific.substitutions, invisible.tags):
        sum(1 for _ in rewrite(text))
    assert time.thread_time() - started_s < 1.0
