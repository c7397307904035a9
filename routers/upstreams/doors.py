"""Which door a prompt takes: straight through where the caller's dialect is spoken, translated elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from routers.permit import PermitDesk
from routers.types import DestinationId, EgressPermit, Prompt, Reply, Target, Upstream
from routers.upstreams.endpoint import Endpoint
from routers.upstreams.passthrough import Passthrough, Patience, open_session
from routers.upstreams.translating import Translating


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


def open_doors(endpoints: Mapping[DestinationId, Endpoint], desk: PermitDesk, patience: Patience) -> Doors:
    """Returns the doors of a process. To be called inside its running loop; `close` before the loop ends.

    Raises:
        CatalogError: a base URL is malformed.
    """
    straight = Passthrough(open_session(patience), endpoints, desk, patience)
    return Doors(straight, Translating(straight, desk))
