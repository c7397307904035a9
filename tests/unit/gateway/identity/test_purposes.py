"""A stated purpose chooses among the key's purposes and never adds one."""

from __future__ import annotations

import pytest

from gateway.errors import Forbidden
from gateway.identity.purposes import purpose_of, require_role
from gateway.types import AppId, Call, Identity, KeyId, Level, PrincipalClass, RequestId, Role, TenantId
from routers.types import Dialect


def identity(*purposes: str, roles: frozenset[Role] = frozenset({Role.CALL})) -> Identity:
    return Identity(
        KeyId("gk_1"),
        TenantId("acme"),
        AppId("notes"),
        PrincipalClass.EMPLOYEE,
        Level.INTERNAL,
        frozenset(purposes),
        roles,
    )


def call(purpose: str | None) -> Call:
    return Call(
        request_id=RequestId("r"),
        received_ms=0,
        dialect=Dialect.OPENAI_CHAT,
        model="m",
        stream=False,
        body=b"{}",
        leaves=(),
        headers=(),
        features=frozenset(),
        purpose=purpose,
    )


@pytest.mark.parametrize(
    ("purposes", "stated", "expected"),
    [
        (("support",), None, "support"),
        (("support",), "support", "support"),
        (("support", "billing"), "billing", "billing"),
        (("support", "billing"), None, None),
        (("support",), "billing", None),
        ((), None, None),
        ((), "support", None),
        (("support",), "", None),
    ],
)
def test_purpose_is_one_of_the_keys_own(purposes: tuple[str, ...], stated: str | None, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(Forbidden):
            purpose_of(identity(*purposes), call(stated))
    else:
        assert purpose_of(identity(*purposes), call(stated)) == expected


def test_refusal_does_not_repeat_what_was_stated() -> None:
    with pytest.raises(Forbidden) as caught:
        purpose_of(identity("support"), call("zq-private-words"))
    assert "zq-private-words" not in str(caught.value)


@pytest.mark.parametrize("role", Role)
def test_role_must_be_the_keys_own(role: Role) -> None:
    require_role(identity(roles=frozenset({role})), role)
    for other in set(Role) - {role}:
        with pytest.raises(Forbidden):
            require_role(identity(roles=frozenset({other})), role)
