"""What changes beside the requests, and the record of it: keys by another process, access by what upstreams answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from gateway.audit.record import AccessChange, KeyChange, Record
from gateway.clock import Clock
from gateway.errors import AuditUnavailable
from gateway.identity.keys import Keyring
from gateway.identity.store import StoredKey
from routers.access_file import AccessKeeper
from routers.attestation import CANARIES, Doubt, Look, Proof, look_at
from routers.live_proof import LiveProofs
from routers.revocation import EVERY_MODEL, AccessRegistry, Transition
from routers.types import Access, DestinationId

_logger = logging.getLogger(__name__)
ATTESTATION = "attestation"
"""The cause of holding a destination that has not proved itself."""
ATTESTATION_CHECK_S = 5.0
"""Seconds between two looks at the reports."""
KEY_COMMAND = "gateway keys"
"""The actor of key changes: whoever may run the command on the gateway's machine."""


class Log(Protocol):
    """The part of the audit log that a background record needs."""

    async def append(self, record: Record) -> int:
        """Returns the sequence number once the record is durable. Raises `AuditUnavailable`."""
        ...


class Recorder:
    """Appends records in the background, in order. A record that cannot be made durable stops nothing that runs."""

    def __init__(self, audit: Log) -> None:
        self._audit = audit
        self._last: asyncio.Task[None] | None = None

    def record(self, record: Record) -> None:
        """Asks for a record. Never blocks."""
        self._last = asyncio.get_running_loop().create_task(self._after(self._last, self._append(record)))

    async def close(self) -> None:
        """Returns when everything asked for was tried."""
        if self._last is not None:
            await self._last

    async def _append(self, record: Record) -> None:
        try:
            await self._audit.append(record)
        except AuditUnavailable:
            _logger.error("a change of kind %s could not be recorded", record.kind)  # noqa: TRY400  (no trace needed)

    @staticmethod
    async def _after(earlier: asyncio.Task[None] | None, work: Coroutine[object, object, None]) -> None:
        if earlier is not None:
            await earlier
        await work


class AccessWatch:
    """Hears of every change of access: has it saved and recorded."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.keeper: AccessKeeper | None = None
        self.attestations: AttestationWatch | None = None

    def changed(self, transition: Transition) -> None:
        """Never blocks."""
        if self.keeper is not None:
            self.keeper.changed()
        self._recorder.record(access_change(transition))
        if self.attestations is not None:
            self.attestations.changed(transition)


class AttestationWatch:
    """Holds the destinations that must prove themselves and have not; each hold and release is an access change."""

    def __init__(
        self,
        proofs: Mapping[DestinationId, Proof],
        registry: AccessRegistry,
        clock: Clock,
        live: LiveProofs | None = None,
    ) -> None:
        """`proofs` are read from files, `live` ones asked for; a destination in both must satisfy both."""
        self._proofs = proofs
        self._registry = registry
        self._clock = clock
        self._live = live
        asked = live.destinations if live else ()
        self._doubts: Mapping[DestinationId, Doubt | None] = dict.fromkeys((*proofs, *asked), Doubt.MISSING)
        self._told: dict[DestinationId, str] = {}

    async def check(self) -> None:
        """Looks at every proof once and holds or releases accordingly."""
        found = await self._live.looks(self._clock.now_ms()) if self._live else {}
        for destination, look in (await asyncio.to_thread(self._read)).items():
            live = found.get(destination, Look(None))
            told = ", ".join(part for part in (look.told, live.told) if part)
            found[destination] = Look(live.doubt or look.doubt, told)
        self._doubts = {destination: look.doubt for destination, look in found.items()}
        for destination, look in found.items():
            if look.doubt is None:
                self._prove(destination, look.told)
            else:
                self._told.pop(destination, None)
                self._hold(destination, look.doubt)

    def _prove(self, destination: DestinationId, told: str) -> None:
        """Opens it again, or says on what grounds it is open: at the start, and whenever they change."""
        if self._told.get(destination) == told:
            return
        held = self._registry.release(destination, cause=ATTESTATION, evidence=told)
        if held or self._registry.confirm(destination, cause=ATTESTATION, evidence=told):
            self._told[destination] = told

    def _hold(self, destination: DestinationId, doubt: Doubt) -> None:
        cause = CANARIES if doubt is Doubt.DRIFTED else ATTESTATION
        self._registry.hold(destination, cause=cause, evidence=doubt.value)

    async def run(self) -> None:
        """Checks every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(ATTESTATION_CHECK_S)
            await self.check()

    def changed(self, transition: Transition) -> None:
        """Nobody opens a destination that has not proved itself, not even an operator."""
        state = transition.state
        doubt = self._doubts.get(state.destination) if state.model == EVERY_MODEL else None
        if doubt is not None and state.access is Access.ACTIVE:
            self._hold(state.destination, doubt)

    def _read(self) -> dict[DestinationId, Look]:
        now_ms = self._clock.now_ms()
        return {destination: look_at(proof, destination, now_ms) for destination, proof in self._proofs.items()}


def access_change(transition: Transition) -> AccessChange:
    """Returns the record of a transition."""
    state = transition.state
    return AccessChange(
        destination=state.destination,
        model=state.model,
        scope=state.scope.value,
        before=transition.before.value,
        after=state.access.value,
        cause=state.cause,
        evidence=state.evidence,
        actor=state.actor,
    )


async def watch_keys(keys: Keyring, recorder: Recorder, recorded: Iterable[tuple[str, str]]) -> None:
    """Records every creation and revocation that is not on record yet, until cancelled.

    `recorded` are the (key id, action) pairs of the log, so that what happened while nothing ran is recorded as well.
    """
    known = set(recorded)
    while True:
        for key in keys.stored():
            for action in _actions(key):
                if (key.identity.key_id, action) not in known:
                    known.add((key.identity.key_id, action))
                    recorder.record(_key_change(key, action))
        await keys.next_change()


def _actions(key: StoredKey) -> tuple[str, ...]:
    return ("created",) if key.revoked_ms is None else ("created", "revoked")


def _key_change(key: StoredKey, action: str) -> KeyChange:
    who = key.identity
    return KeyChange(who.key_id, who.tenant, who.app, action, KEY_COMMAND)


def access_path(directory: Path) -> Path:
    """Returns where the access states of a state directory are kept."""
    return directory / "access.json"
