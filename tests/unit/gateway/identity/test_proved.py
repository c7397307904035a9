"""Whoever has ordered something is looked up again by the id of the key, every time."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from gateway.errors import KeysUnavailable, Unauthenticated
from gateway.identity.proved import ProvedKeys
from gateway.types import AppId, Identity, KeyId, Level, PrincipalClass, Role, TenantId

MINE = Identity(
    KeyId("gk_1"),
    TenantId("acme"),
    AppId("notes"),
    PrincipalClass.SERVICE,
    Level.PUBLIC,
    frozenset(),
    frozenset({Role.CALL}),
)


@dataclass
class Ring:
    keys: dict[str, Identity] = field(default_factory=lambda: {"gk_1": MINE})
    is_fresh: bool = True

    def known(self, key_id: KeyId) -> Identity | None:
        return self.keys.get(key_id)

    def fresh(self) -> bool:
        return self.is_fresh


def test_an_id_is_enough_as_long_as_its_key_is_good() -> None:
    ring = Ring()
    keys = ProvedKeys(ring)
    assert keys.identify("gk_1") == MINE
    ring.keys.clear()
    with pytest.raises(Unauthenticated):
        keys.identify("gk_1")


@pytest.mark.parametrize("credential", [None, "", "gk_2"])
def test_an_unknown_id_is_nobody(credential: str | None) -> None:
    with pytest.raises(Unauthenticated):
        ProvedKeys(Ring()).identify(credential)


def test_while_revocations_are_not_known_nobody_is_anybody() -> None:
    with pytest.raises(KeysUnavailable):
        ProvedKeys(Ring(is_fresh=False)).identify("gk_1")
