"""Where signed downgrades are handed in and taken back. Whatever is in force was verified now, under this policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.errors import MalformedBody
from gateway.standing.downgrades import Downgrade, SignedDowngrade, read_statement, verify
from gateway.standing.store import StandingStore
from gateway.standing.terms import Terms


class Applies(Protocol):
    """What applies the downgrades in force."""

    downgrades: tuple[Downgrade, ...]


class DowngradeDesk:
    """The downgrades of one state directory. Blocking; one call at a time."""

    def __init__(self, store: StandingStore, terms: Terms, stage: Applies) -> None:
        """Puts the stored downgrades into force that still hold.

        Raises:
            StandingUnavailable: they cannot be read.
        """
        self._store = store
        self._terms = terms
        self._stage = stage
        self._signed: tuple[SignedDowngrade, ...] = ()
        self._apply()

    def listed(self) -> Sequence[Downgrade]:
        """Returns those in force, of whatever day."""
        return self._stage.downgrades

    def check(self, statement: str, signature: str) -> SignedDowngrade:
        """Returns the downgrade that a signed statement would put into force.

        Raises:
            MalformedBody: it is no statement, does not hold under the policy in force, or its id was used before.
        """
        downgrade = read_statement(statement)
        objection = verify(downgrade, signature, self._terms)
        if objection is None and self._store.knows_downgrade(downgrade.id):
            objection = "its id was used before"
        if objection is not None:
            raise MalformedBody(f"the downgrade is refused: {objection}")
        return self._with_role(downgrade, signature)

    def grant(self, signed: SignedDowngrade) -> None:
        """Puts a downgrade that was checked into force, durably.

        Raises:
            MalformedBody: its id was used before.
            StandingUnavailable: it could not be kept.
        """
        if not self._store.put_downgrade(signed.downgrade.id, signed.statement, signed.signature):
            raise MalformedBody("the downgrade is refused: its id was used before")
        self._apply()

    def revoke(self, downgrade_id: str, now_ms: int) -> SignedDowngrade | None:
        """Ends a downgrade, durably; returns it, or `None` when none of this id is in force.

        Raises:
            StandingUnavailable: that could not be kept.
        """
        found = next((each for each in self._signed if each.downgrade.id == downgrade_id), None)
        if found is not None:
            self._store.revoke_downgrade(downgrade_id, now_ms)
            self._apply()
        return found

    def _apply(self) -> None:
        kept = []
        for statement, signature in self._store.downgrades():
            downgrade = read_statement(statement)
            if verify(downgrade, signature, self._terms) is None:
                kept.append(self._with_role(downgrade, signature))
        self._signed = tuple(kept)
        self._stage.downgrades = tuple(each.downgrade for each in kept)

    def _with_role(self, downgrade: Downgrade, signature: str) -> SignedDowngrade:
        return SignedDowngrade(downgrade, signature, self._terms.signers[downgrade.signer].role)
