"""What the audit log says of a line decides whether it may be sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.audit.resume import NOT_SENT, RECOVERED
from gateway.batch.ledger import Ledger
from gateway.errors import AuditUnavailable
from gateway.types import RequestId
from tests.unit.gateway.audit.samples import BODY, intent, opened, outcome


@pytest.mark.parametrize(
    ("signature", "left"),
    [(None, True), (NOT_SENT, False), (RECOVERED, True), ("", True)],
    ids=["no outcome", "no permit", "closed at the next start", "answered"],
)
async def test_only_an_intent_that_says_so_was_not_sent(tmp_path: Path, signature: str | None, left: bool) -> None:
    recorded = intent(1)
    async with opened(tmp_path) as log:
        dispatch = await log.admit(recorded, BODY)
        if signature is not None:
            told = outcome(1, dispatch.intent_seq)
            await log.settle(replace(told, request_id=recorded.subject.request_id, signature=signature))
        ledger = Ledger(tmp_path)
        assert await ledger.may_have_left([RequestId("other"), RequestId(recorded.subject.request_id)]) is left
        assert not await ledger.may_have_left([RequestId("other")])
        ledger.close()


async def test_a_log_that_cannot_be_read_lets_nothing_be_sent(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "nowhere")
    with pytest.raises(AuditUnavailable):
        await ledger.may_have_left([RequestId("a")])
    ledger.close()
