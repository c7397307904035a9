"""Where a prompt may go: the catalogue, what is configured, and what is known of access and health."""

from __future__ import annotations

from collections.abc import Mapping

from routers.attestation import CANARIES
from routers.catalog import Catalog
from routers.errors import CatalogError, UnknownModel
from routers.health import Circuits
from routers.revocation import AccessRegistry
from routers.select import order
from routers.speech import spoken
from routers.types import Access, AttemptId, DestinationId, Dialect, Failure, ModelName, Plan, Target
from routers.upstreams.endpoint import Endpoint, require_confidential


class CatalogRouter:
    """Satisfies the gateway's `Router` port and `routers.sending.History`."""

    def __init__(
        self,
        catalog: Catalog,
        endpoints: Mapping[DestinationId, Endpoint],
        registry: AccessRegistry,
        circuits: Circuits,
    ) -> None:
        """Only destinations with an endpoint are ever candidates.

        Raises:
            CatalogError: an endpoint of an unknown destination, a malformed base URL, or plain HTTP to a destination
                outside the house.
        """
        for place, endpoint in endpoints.items():
            destination = catalog.destinations.get(place)
            if destination is None:
                raise CatalogError(f"{place}: an endpoint is configured, but the catalogue does not know it")
            require_confidential(destination, endpoint)
        self._registry = registry
        self._circuits = circuits
        self._models = {
            name: tuple(target for target in targets if target.destination.id in endpoints)
            for name, targets in catalog.models.items()
        }

    def candidates(self, model: str, dialect: Dialect) -> tuple[Target, ...]:
        """Returns the configured targets for the model, as the catalogue prefers them; none if none is configured.

        Only targets that can be addressed in this dialect. For embeddings only those with the model of the first one:
        the vectors of another model mean nothing beside them.

        Raises:
            UnknownModel: the catalogue does not offer the model.
        """
        found = self._models.get(ModelName(model))
        if found is None:
            raise UnknownModel(model)
        able = tuple(target for target in found if spoken(dialect, target.destination.dialects))
        if dialect is Dialect.OPENAI_EMBEDDINGS:
            return tuple(target for target in able if target.model == able[0].model)
        return able

    def access(self, target: Target) -> Access:
        """Returns the access state of the target now."""
        return self._registry.access(target)

    def report(self, target: Target, failure: Failure, attempt: AttemptId) -> None:
        """Tells the registry and the circuits what a failure means for later calls. Never blocks."""
        self._circuits.failed(target, failure)
        self._registry.report(target, failure, attempt)

    def succeeded(self, target: Target) -> None:
        """Notes that the target answered."""
        self._circuits.succeeded(target)
        self._registry.succeeded(target)

    def drifted(self, target: Target) -> None:
        """Holds the whole destination: what its canaries saw may be wrong with every model there."""
        self._registry.hold(target.destination.id, cause=CANARIES, evidence="answer")

    def worked_recently(self, target: Target) -> bool:
        """Whether the target answered within the last day, as far as this process remembers."""
        return self._circuits.worked_recently(target)

    def plan(self, candidates: tuple[Target, ...], allowed: Mapping[tuple[DestinationId, ModelName], bool]) -> Plan:
        """Returns the allowed candidates, best first. See `routers.select.order`."""
        return order(candidates, allowed, access=self.access, is_healthy=self._circuits.is_healthy)
