"""Texts that hold no credential: made ones, and lines of real files that were once taken for some."""

from __future__ import annotations

import pytest

from gateway.classify.detector import Budget, Passage
from gateway.classify.secrets import SecretDetector
from gateway.classify.shadow import Shadow
from tests.load.secrets.made import made_texts

DETECTOR = SecretDetector()
SHADOW = Shadow()
BUDGET = Budget(1.0, lambda: 0.0)


def reported(text: str) -> list[str]:
    return [text[span.start : span.end] for span in DETECTOR.detect(Passage.of(text, SHADOW), BUDGET)]


def test_lock_files_programs_settings_and_instructions_hold_none() -> None:
    assert [(kind, value) for kind, text in made_texts(0.2, 3) for value in reported(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "DB_PASSWORD=<PASTE YOUR KEY>",
        "password: [your password here]",
        '["guide.html#the-secret-number","ch02-00-tutorial.html#allowing-multiple-guesses"]',
        'bindKey:"Shift-PageDown"',
        "S=v||s.allowStaleOnFetchRejection,y=E||s.noDeleteOnFetchRejections",
        "token: assets/tokens-2024.json",
    ],
)
def test_lines_of_real_files_are_no_credentials(text: str) -> None:
    assert reported(text) == []


def test_a_placeholder_beside_a_password_is_no_user_name() -> None:
    assert reported("username:password\npassword: 'Tr0ub4dor-9xQz'") == ["Tr0ub4dor-9xQz"]
