"""No durable record, no egress: the permit that ties an attempt to its record.

The book is created once in the composition root. The audit writer gets `issue`, every upstream gets `redeem`;
nobody gets both. A permit is good for one attempt, one destination and one body, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol
from weakref import WeakSet

from routers.errors import EgressForbidden
from routers.types import AttemptId, DestinationId, EgressPermit


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class _Permit:
    """Compared by identity: a copy or a look-alike is not the permit."""

    attempt_id: AttemptId
    destination_id: DestinationId
    body_sha256: bytes


class PermitIssuer(Protocol):
    """The half that the audit writer holds."""

    def issue(self, attempt_id: AttemptId, destination_id: DestinationId, body: bytes) -> EgressPermit:
        """Returns a permit. To be called only after the attempt's intent is durable."""
        ...


class PermitDesk(Protocol):
    """The half that an upstream holds."""

    def redeem(self, permit: EgressPermit, destination_id: DestinationId, body: bytes) -> None:
        """Spends the permit.

        Raises:
            EgressForbidden: the permit was not issued here, is spent, or names another destination or body.
        """
        ...


class PermitBook:
    """Permits issued and not yet spent. Single event loop. A permit that nobody holds any more is void."""

    def __init__(self) -> None:
        self._open: WeakSet[_Permit] = WeakSet()

    def issue(self, attempt_id: AttemptId, destination_id: DestinationId, body: bytes) -> EgressPermit:
        """Returns a permit for this attempt, destination and body."""
        permit = _Permit(attempt_id, destination_id, sha256(body).digest())
        self._open.add(permit)
        return permit

    def redeem(self, permit: EgressPermit, destination_id: DestinationId, body: bytes) -> None:
        """Spends the permit or raises `EgressForbidden`. A refused permit is spent as well."""
        if not isinstance(permit, _Permit) or permit not in self._open:
            raise EgressForbidden("no open permit for this attempt")
        self._open.discard(permit)
        if permit.destination_id != destination_id:
            raise EgressForbidden("the permit names another destination")
        if permit.body_sha256 != sha256(body).digest():
            raise EgressForbidden("the permit names another body")
