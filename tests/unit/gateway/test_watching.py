"""What changes beside the requests is recorded, in order, and stops nothing when it cannot be."""

from __future__ import annotations

import asyncio

from gateway.audit.record import AccessChange, KeyChange, Record
from gateway.errors import AuditUnavailable
from gateway.watching import AccessWatch, Recorder, access_change
from routers.revocation import AccessState, Transition
from routers.types import Access, DestinationId, ModelName, Scope

STATE = AccessState(
    DestinationId("d"), ModelName("m"), Access.REVOKED, Scope.MODEL, "ANT-404", "req_1.1", "gateway", since_ms=7
)


def key_change(number: int) -> KeyChange:
    return KeyChange(f"gk_{number}", "acme", "app", "created", "gateway keys")


class SlowLog:
    """An audit port that takes longer for the first records than for the later ones, and refuses some."""

    def __init__(self, refused: frozenset[int] = frozenset()) -> None:
        self.written: list[Record] = []
        self.asked = 0
        self._refused = refused

    async def append(self, record: Record) -> int:
        self.asked += 1
        number = self.asked
        await asyncio.sleep(0.03 / number)
        if number in self._refused:
            raise AuditUnavailable("no")
        self.written.append(record)
        return number


async def test_records_are_written_in_the_order_they_were_asked_for() -> None:
    log = SlowLog()
    recorder = Recorder(log)
    wanted = [key_change(number) for number in range(5)]
    for record in wanted:
        recorder.record(record)
    await recorder.close()
    assert log.written == wanted


async def test_record_that_cannot_be_written_stops_neither_the_next_nor_the_end() -> None:
    log = SlowLog(refused=frozenset({2}))
    recorder = Recorder(log)
    wanted = [key_change(number) for number in range(3)]
    for record in wanted:
        recorder.record(record)
    await recorder.close()
    assert log.written == [wanted[0], wanted[2]]


async def test_nothing_asked_for_is_nothing_to_wait_for() -> None:
    await Recorder(SlowLog()).close()


async def test_change_of_access_is_recorded_also_without_a_keeper() -> None:
    log = SlowLog()
    recorder = Recorder(log)
    AccessWatch(recorder).changed(Transition(Access.ACTIVE, STATE))
    await recorder.close()
    assert log.written == [access_change(Transition(Access.ACTIVE, STATE))]


def test_change_of_access_names_both_states_and_the_evidence() -> None:
    assert access_change(Transition(Access.SUSPECT, STATE)) == AccessChange(
        destination="d",
        model="m",
        scope="model",
        before="suspect",
        after="revoked",
        cause="ANT-404",
        evidence="req_1.1",
        actor="gateway",
    )
