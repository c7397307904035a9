"""Session cookies: signed, expiring, and nothing a browser sends can break them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_ui.session import LIFETIME_MS, Sessions
from gateway.types import KeyId

NOW_MS = 1_795_000_000_000
SESSIONS = Sessions(b"k" * 32)
KEY = KeyId("gk_0123456789abcdef")


def test_a_cookie_names_the_key_it_was_issued_for() -> None:
    assert SESSIONS.read(SESSIONS.issue(KEY, NOW_MS), NOW_MS + LIFETIME_MS - 1) == KEY


def test_a_cookie_expires() -> None:
    assert SESSIONS.read(SESSIONS.issue(KEY, NOW_MS), NOW_MS + LIFETIME_MS) is None


def test_a_cookie_of_another_process_is_refused() -> None:
    assert Sessions(b"o" * 32).read(SESSIONS.issue(KEY, NOW_MS), NOW_MS) is None


@pytest.mark.parametrize("position", [0, 5, 20, -2])
def test_a_changed_cookie_is_refused(position: int) -> None:
    cookie = bytearray(SESSIONS.issue(KEY, NOW_MS).encode())
    cookie[position] = ord("A") if cookie[position] != ord("A") else ord("B")
    assert SESSIONS.read(cookie.decode(), NOW_MS) is None


@given(st.none() | st.text(max_size=200))
def test_garbage_is_no_session(cookie: str | None) -> None:
    assert SESSIONS.read(cookie, NOW_MS) is None


def test_the_signing_key_is_in_no_repr() -> None:
    assert "kkkk" not in repr(SESSIONS)
