"""Which door a prompt takes: straight through where the caller's dialect is spoken, translated elsewhere."""

from __future__ import annotations

from routers.types import EgressPermit, Prompt, Reply, Target, Upstream


class Doors:
    """Satisfies `routers.types.Upstream` over two others."""

    def __init__(self, straight: Upstream, translating: Upstream) -> None:
        self._straight = straight
        self._translating = translating

    async def send(self, target: Target, prompt: Prompt, permit: EgressPermit) -> Reply:
        """Sends through the door that fits. Every door spends the permit before anything else."""
        straight = prompt.dialect in target.destination.dialects
        return await (self._straight if straight else self._translating).send(target, prompt, permit)

    async def close(self) -> None:
        """Closes both."""
        await self._translating.close()
        await self._straight.close()
