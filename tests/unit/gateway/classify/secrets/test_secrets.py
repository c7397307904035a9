# ruff: noqa: E501  (tables of samples)

from __future__ import annotations

from base64 import b64encode

import pytest

from gateway.classify.detector import Budget, Passage
from gateway.classify.secrets import SecretDetector
from gateway.classify.secrets.checksums import crc32_base62, crc32_hex
from gateway.classify.shadow import Shadow

DETECTOR = SecretDetector()
BUDGET = Budget(1.0, lambda: 0.0)
MIXED = "aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW3xY5zA7"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----"


def found(text: str) -> dict[str, str]:
    spans = DETECTOR.detect(Passage.of(text, Shadow()), BUDGET)
    return {span.type: text[span.start : span.end] for span in spans}


FORMATS = [
    ("SECRET_AWS_ACCESS_KEY", "AKIAIOSFODNN7EXAMPLE"),
    ("SECRET_GITHUB_TOKEN", "ghp_" + MIXED),
    ("SECRET_GITHUB_TOKEN", "github_pat_" + MIXED + "_" + MIXED),
    ("SECRET_GITLAB_TOKEN", "glpat-" + MIXED[:20]),
    ("SECRET_SLACK_TOKEN", "xoxb-1234567890-" + MIXED[:24]),
    ("SECRET_STRIPE_KEY", "sk_live_" + MIXED[:24]),
    ("SECRET_ANTHROPIC_KEY", "sk-ant-api03-" + MIXED),
    ("SECRET_OPENAI_KEY", "sk-proj-" + MIXED),
    ("SECRET_GOOGLE_KEY", "AIza" + MIXED[:35]),
    ("SECRET_HUGGING_FACE_TOKEN", "hf_" + "abcdefghijABCDEFGHIJabcdefghijABCD"),
    ("SECRET_NPM_TOKEN", "npm_" + MIXED),
    ("SECRET_PRIVATE_KEY", PEM),
    ("SECRET_JWT", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl"),
]


@pytest.mark.parametrize(("kind", "value"), FORMATS, ids=[row[0] for row in FORMATS])
def test_a_documented_format_is_found_whole(kind: str, value: str) -> None:
    assert found(f"use {value} please")[kind] == value


LABELLED = [
    ("SECRET_AWS_SECRET_KEY", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz"),
    ("SECRET_PASSWORD", "DB_PASSWORD=Tr0ub4dor-9xQz", "Tr0ub4dor-9xQz"),
    ("SECRET_CONNECTION_STRING", "postgres://app:s3cr3tPw@db.internal:5432/main", "s3cr3tPw"),
    ("SECRET_USER_NAME", "user: jroe\npassword: Tr0ub4dor-9xQz", "jroe"),
    ("SECRET_AWS_SECRET_KEY", "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz"),
    ("SECRET_WALLET_PHRASE", "seed phrase: " + "ocean garden lamp " * 4, ("ocean garden lamp " * 4).strip()),
    ("SECRET_OTP_SEED", "otpauth://totp/x:y?secret=" + "jbswy3dp" * 2, "jbswy3dp" * 2),
    ("SECRET_BASIC_AUTH", "Authorization: Basic " + b64encode(b"jroe:Tr0ub4dor").decode(), b64encode(b"jroe:Tr0ub4dor").decode()),
    ("SECRET_GENERIC", '"client_secret": "q8Zk2LmN0pXv7RtY"', "q8Zk2LmN0pXv7RtY"),
    ("SECRET_CONNECTION_STRING", "Server=db;Database=x;Password=pa55-word!;", "pa55-word!"),
    ("SECRET_BEARER_TOKEN", f"Authorization: Bearer {MIXED}", MIXED),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "value"), LABELLED, ids=[row[0] for row in LABELLED])
def test_a_labelled_secret_is_found_without_its_label(kind: str, text: str, value: str) -> None:
    assert found(text)[kind] == value


HARMLESS = [
    "password = os.environ['DB_PASSWORD']",
    "api_key: ${OPENAI_API_KEY}",
    "token = <your-token-here>",
    "password: changeme-please-1",
    "The secret of good writing is rewriting.",
    "secret: internationalization",
    "call_8fKq2LmN0pXv7RtYbC3d",
    "https://user@example.com/path",
    "token = get_token(session.config)",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_placeholders_variables_and_prose_are_no_secrets(text: str) -> None:
    assert found(text) == {}


def test_a_private_key_that_is_cut_off_is_still_found() -> None:
    assert found("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN") == {
        "SECRET_PRIVATE_KEY": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN"
    }


def test_offsets_are_code_points_after_other_scripts() -> None:
    assert found("密钥😀：AKIAIOSFODNN7EXAMPLE") == {"SECRET_AWS_ACCESS_KEY": "AKIAIOSFODNN7EXAMPLE"}


def test_a_value_is_a_credential_because_of_the_field_it_stands_under() -> None:
    text = "Tr0ub4dor-9xQz"
    for field_name, kinds in (("password", ["SECRET_PASSWORD"]), ("title", []), ("password_hint", [])):
        spans = DETECTOR.detect(Passage.of(text, Shadow(), field_name), BUDGET)
        assert [span.type for span in spans] == kinds


def test_a_token_whose_checksum_fails_is_worth_less() -> None:
    body = MIXED[:30]
    right, wrong = f"ghp_{body}{crc32_base62(body)}", f"ghp_{body}000000"
    (held,) = DETECTOR.detect(Passage.of(right, Shadow()), BUDGET)
    (failed,) = DETECTOR.detect(Passage.of(wrong, Shadow()), BUDGET)
    assert (held.score_milli, failed.score_milli) == (1000, 450)


def test_a_jwt_must_have_a_header() -> None:
    assert found("eyJAAAAAAAAAAAAA.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl") == {}


def test_the_checksums_agree_with_the_issuers_published_examples() -> None:
    assert crc32_base62("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") == "0mLq17"
    assert crc32_hex("glsa_yscW25imSKJIuav8zF37RZmnbiDvB05G") == "fcaaf58a"


PRINTED = [
    ("aws configure: AKIAIOSFODNN7EXAMPLE", {"SECRET_AWS_ACCESS_KEY"}),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", {"SECRET_AWS_SECRET_KEY"}),
    ("secret_access_key: je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY", {"SECRET_AWS_SECRET_KEY"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kinds"), PRINTED)
def test_a_printed_example_weighs_less_and_still_counts(text: str, kinds: set[str]) -> None:
    spans = list(DETECTOR.detect(Passage.of(text, Shadow()), BUDGET))
    assert kinds <= {span.type for span in spans}
    assert {span.score_milli for span in spans} == {450}


ALMOST = ["AKIAIOSFODNN7EXAMPLA", "AKIA2X5PWTQ7EXAMPLEZ", "ASIAIOSFODNN7EXAMPLE"]


@pytest.mark.parametrize("value", ALMOST)
def test_what_only_looks_like_a_printed_example_is_a_credential(value: str) -> None:
    spans = list(DETECTOR.detect(Passage.of(f"key {value}", Shadow()), BUDGET))
    assert {span.score_milli for span in spans} == {950}
