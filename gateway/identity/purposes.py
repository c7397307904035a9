"""What a verified key may be used for. Pure."""

from __future__ import annotations

from gateway.errors import Forbidden
from gateway.types import Call, Identity, Role


def require_role(identity: Identity, role: Role) -> None:
    """Raises `Forbidden` unless the key has the role."""
    if role not in identity.roles:
        raise Forbidden(f"this key does not have the role {role.value}")


def purpose_of(identity: Identity, call: Call) -> str:
    """Returns the purpose of the call. Raises `Forbidden`, see `chosen_purpose`."""
    return chosen_purpose(identity, call.purpose)


def chosen_purpose(identity: Identity, stated: str | None) -> str:
    """Returns the purpose that the caller states, or the only one the key has.

    A stated purpose can choose among the key's purposes, never add one.

    Raises:
        Forbidden: the key is not for the stated purpose, or none is stated and the key does not have exactly one.
    """
    if stated is not None:
        if stated not in identity.purposes:
            raise Forbidden("this key is not for the purpose stated in x-gateway-purpose")
        return stated
    if len(identity.purposes) != 1:
        raise Forbidden("this key does not have exactly one purpose: state one in x-gateway-purpose")
    return next(iter(identity.purposes))
