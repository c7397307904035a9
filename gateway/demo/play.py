"""Plays the scenario against a running gateway: one request after the other, each checked as it comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from gateway.audit.reader import Reader
from gateway.demo.account import NOTHING, account_of
from gateway.demo.cases import Ask, Case, Revocation, Sdk
from gateway.demo.checks import Result, check, check_aside, check_leaks
from gateway.demo.providers import Providers, Received
from gateway.demo.reply import Reply, Sender
from gateway.demo.send_anthropic import AnthropicSender
from gateway.demo.send_openai import OpenAISender

Step = Case | Revocation
Progress = Callable[[int, int], None]
"""Told how many of how many steps are done."""


class Play:
    """One performance. `results` and `problems` grow as it proceeds."""

    def __init__(self, url: str, keys: Mapping[str, str], providers: Providers, reader: Reader) -> None:
        self._url = url
        self._keys = keys
        self._providers = providers
        self._reader = reader
        self._received: tuple[Received, ...] = ()
        self.results: dict[str, Result] = {}
        self.problems: list[str] = []

    async def run(self, steps: Sequence[Step], progress: Progress) -> None:
        """Takes every step and then looks for leaks in everything the providers received.

        Raises:
            LogUnreadable: the audit log cannot be read.
            openai.APIConnectionError, anthropic.APIConnectionError: the gateway cannot be reached.
        """
        for done, step in enumerate(steps):
            progress(done, len(steps))
            if isinstance(step, Revocation):
                await self._providers.revoke(step.provider, step.model)
            else:
                await self._case(step)
        progress(len(steps), len(steps))
        self.problems += check_leaks((step for step in steps if isinstance(step, Case)), self._received)
        for step in steps:
            if isinstance(step, Revocation):
                self.problems += check_aside(self._received, step.provider, step.model)

    async def _case(self, case: Case) -> None:
        followed = self.results.get(case.ask.follows or "")
        borrowed = self._borrowed(case.ask)
        ask = replace(case.ask, text=case.ask.text.replace("{borrowed}", borrowed))
        reply = await self._send(ask, followed.reply if followed else None)
        request_id = reply.trace.request_id
        account = await asyncio.to_thread(account_of, self._reader, request_id) if request_id else NOTHING
        result = Result(len(self.results) + 1, case, reply, account, await self._newly_received(), borrowed)
        self.results[case.name] = result
        self.problems += check(result, followed)

    async def _send(self, ask: Ask, before: Reply | None) -> Reply:
        made: Callable[[str, str], Sender] = OpenAISender if ask.sdk is Sdk.OPENAI else AnthropicSender
        sender = await asyncio.to_thread(made, self._url, self._keys[ask.who.name])  # reads the machine's certificates
        try:
            return await sender.send(ask, before.history if before else (), before.call_id if before else "")
        finally:
            await sender.close()

    def _borrowed(self, ask: Ask) -> str:
        """A placeholder that an earlier case was seen to use."""
        lender = self.results.get(ask.borrows or "")
        return min(lender.placeholders, default="") if lender else ""

    async def _newly_received(self) -> tuple[Received, ...]:
        before = {(each.provider, each.number) for each in self._received}
        self._received = await self._providers.received()
        return tuple(each for each in self._received if (each.provider, each.number) not in before)
