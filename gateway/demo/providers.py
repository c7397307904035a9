"""The demo's view of the simulated providers: what they received, and the switch that withdraws a model."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
import orjson

from gateway.demo.reply import JsonObject


@dataclass(frozen=True, slots=True)
class Received:
    """One request as a provider received it."""

    provider: str
    number: int
    model: str
    status: int
    body: bytes = field(repr=False)


class Providers:
    """The `/_simulated/` endpoints of every provider. Use as a context."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        """`urls` are the providers' addresses by destination id."""
        self._urls = urls
        self._session = aiohttp.ClientSession()

    async def received(self) -> tuple[Received, ...]:
        """Returns every request of every provider, by provider and then in order of arrival."""
        found: list[Received] = []
        for url in self._urls.values():
            async with self._session.get(f"{url}/_simulated/requests") as answer:
                found += [_read(item) for item in orjson.loads(await answer.read())["requests"]]
        return tuple(found)

    async def revoke(self, provider: str, model: str) -> None:
        """From now on the provider does not serve the model."""
        async with self._session.post(f"{self._urls[provider]}/_simulated/revoke", json={"model": model}) as answer:
            answer.raise_for_status()

    async def close(self) -> None:
        """Closes the connections."""
        await self._session.close()


def _read(item: JsonObject) -> Received:
    return Received(
        provider=str(item["provider"]),
        number=int(str(item["number"])),
        model=str(item["model"]),
        status=int(str(item["status"])),
        body=base64.b64decode(str(item["body_base64"])),
    )
