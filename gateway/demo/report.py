"""What the demo prints: the table with its verdict, or the addresses with ready-made commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from gateway.demo import table
from gateway.demo.cases import ANTHROPIC
from gateway.demo.checks import Result
from gateway.demo.reply import JsonObject
from gateway.demo.scenario import ASSISTANT, AUDITOR, REVOKED_MODEL
from gateway.demo.stage import Stage
from gateway.demo.verification import Verification


@dataclass(frozen=True, slots=True)
class Report:
    """One performance of the scenario. `problems` are the promises that did not hold."""

    results: Sequence[Result]
    problems: Sequence[str]
    verification: Verification

    def as_json(self) -> JsonObject:
        """Returns the report for a machine. It holds no value of a request or an answer."""
        return {
            "ok": not self.problems,
            "requests": table.as_json(self.results),
            "problems": list(self.problems),
            "verification": asdict(self.verification),
        }

    def as_text(self, *, colour: bool) -> Iterator[str]:
        """Yields the lines for people, at most 100 columns wide."""
        yield from table.as_text(self.results, colour=colour)
        yield ""
        yield from self._verdict()

    def _verdict(self) -> Iterator[str]:
        checked, secrets = self.verification, len({each for result in self.results for each in result.case.secrets})
        yield "All providers are simulated; in-house is M3-nano, a very small model that runs here."
        yield f"Audit log: {checked.entries} entries, {checked.signed_entries} covered by a signed checkpoint;"
        yield f"  {checked.command} ended with {checked.exit_code}."
        if not self.problems:
            yield f"{len(self.results)} requests with {secrets} secrets in them, none of which reached a provider."
            yield "All promises held."
            return
        yield f"{len(self.problems)} promises did NOT hold:"
        yield from (f"  - {problem}" for problem in self.problems)


def welcome(stage: Stage) -> Iterator[str]:
    """Yields where everything is and how to use it, at most 100 columns wide."""
    url = stage.gateway
    yield f"gateway              {url}"
    yield f"admin page           {stage.admin}"
    for name, address in stage.providers.items():
        yield f"{name:<20} {address}"
    yield ""
    yield "# a key for an app, and one that logs in to the admin page"
    yield f"KEY={stage.workspace.keys[ASSISTANT.name]}"
    yield f"AUDITOR={stage.workspace.keys[AUDITOR.name]}"
    yield ""
    yield f'curl {url}/v1/chat/completions -H "authorization: Bearer $KEY" \\'
    yield """  -H 'content-type: application/json' \\"""
    yield """  -d '{"model": "auto", "messages": [{"role": "user", "content": "Thank dana@example.com."}]}'"""
    yield ""
    yield "# the official SDKs, and every client that reads their variables"
    yield f"export OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY=$KEY"
    yield f"export ANTHROPIC_BASE_URL={url} ANTHROPIC_API_KEY=$KEY"
    yield ""
    yield f"# withdraw {REVOKED_MODEL} as in June 2026"
    yield f"""curl {stage.providers[ANTHROPIC]}/_simulated/revoke -d '{{"model": "{REVOKED_MODEL}"}}'"""
    yield ""
    yield f"Everything is kept in {stage.workspace.directory}. Ctrl-C ends it."
