"""The route table. It alone decides which paths ask for a key: all of them, unless a row says `public`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from starlette.routing import BaseRoute, Route, Router

from gateway.api.batch_parts import BatchParts
from gateway.api.boundary import Endpoint, Handler, Surroundings, Visit
from gateway.api.calls import calls, probe
from gateway.api.downgrades import Desk as DowngradeDesk
from gateway.api.downgrades import Recorded, grant_downgrade, list_downgrades, revoke_downgrade
from gateway.api.health import Checks, alive, ready
from gateway.api.models import Models, get_model, list_models
from gateway.api.providers import AccessDesk, change_access, list_access
from gateway.api.stored import kept
from gateway.clock import Clock
from gateway.errors import RouteNotFound
from gateway.exchange import Pipeline
from gateway.ports import Keys
from gateway.settings import LimitSettings
from gateway.types import RequestId, Role
from routers.types import DestinationId, Dialect
from routers.wire.dialect import Wire
from routers.wire.state_request import StateAction

Lifespan = Callable[[object], AbstractAsyncContextManager[None]]
"""What starts before the first request and ends after the last: background tasks, pools, files."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the HTTP side is built from."""

    pipeline: Pipeline
    keys: Keys
    desk: AccessDesk
    downgrades: DowngradeDesk
    record_downgrade: Recorded
    destinations: frozenset[DestinationId]
    models: Models
    checks: Checks
    limits: LimitSettings
    clock: Clock
    new_request_id: Callable[[], RequestId]
    wires: Mapping[Dialect, Wire] = field(repr=False)
    batch: BatchParts


@dataclass(frozen=True, slots=True)
class Row:
    """One path. A row that says nothing else asks for a key with the role `call`; `None` opens it to everybody."""

    path: str
    handlers: Mapping[str, Handler]
    dialect: Dialect | None = None
    role: Role | None = Role.CALL


def build_api(parts: Parts, *, more: Sequence[BaseRoute] = (), lifespan: Lifespan | None = None) -> Router:
    """Returns the ASGI app. `more` are routes of other apps, such as the admin page, which guard themselves."""
    surroundings = Surroundings(parts.keys, parts.clock, parts.new_request_id, parts.wires)
    nowhere = Endpoint(surroundings, None, None, dict.fromkeys(_ALL_METHODS, _not_found))
    return Router(
        [*routes(table(parts), surroundings), *more], redirect_slashes=False, default=nowhere, lifespan=lifespan
    )


def table(parts: Parts) -> tuple[Row, ...]:
    """Returns every path there is."""
    prompts = {"POST": calls(parts.pipeline, parts.limits), "HEAD": probe}
    stored = {action: kept(parts.pipeline, action) for action in StateAction}
    model_list, model = list_models(parts.models), get_model(parts.models)
    readiness = ready(parts.checks)
    operate = change_access(parts.desk, parts.keys, parts.destinations)
    grant = grant_downgrade(parts.downgrades, parts.keys, parts.record_downgrade)
    revoke = revoke_downgrade(parts.downgrades, parts.keys, parts.record_downgrade, parts.clock.now_ms)
    return (
        Row("/v1/chat/completions", prompts, Dialect.OPENAI_CHAT),
        Row("/v1/completions", prompts, Dialect.OPENAI_COMPLETIONS),
        Row("/v1/embeddings", prompts, Dialect.OPENAI_EMBEDDINGS),
        Row("/v1/responses", prompts, Dialect.OPENAI_RESPONSES),
        Row("/v1/responses/input_tokens", prompts, Dialect.OPENAI_INPUT_TOKENS),
        Row("/v1/responses/compact", prompts, Dialect.OPENAI_COMPACT),
        Row(
            "/v1/responses/{response_id}",
            {"GET": stored[StateAction.RETRIEVE], "DELETE": stored[StateAction.DELETE]},
            Dialect.OPENAI_STORED,
        ),
        Row("/v1/responses/{response_id}/cancel", {"POST": stored[StateAction.CANCEL]}, Dialect.OPENAI_STORED),
        Row("/v1/responses/{response_id}/input_items", {"GET": stored[StateAction.INPUT_ITEMS]}, Dialect.OPENAI_STORED),
        Row("/v1/messages", prompts, Dialect.ANTHROPIC_MESSAGES),
        Row("/v1/messages/count_tokens", prompts, Dialect.ANTHROPIC_COUNT_TOKENS),
        *batch_rows(parts.batch),
        Row("/v1/models", {"GET": model_list, "HEAD": model_list}),
        Row("/v1/models/{model:path}", {"GET": model, "HEAD": model}),
        Row("/operator/providers", {"GET": list_access(parts.desk)}, role=Role.OPERATOR),
        Row("/operator/providers/{destination}", {"POST": operate}, role=Role.OPERATOR),
        Row("/operator/downgrades", {"GET": list_downgrades(parts.downgrades), "POST": grant}, role=Role.OPERATOR),
        Row("/operator/downgrades/{downgrade}/revoke", {"POST": revoke}, role=Role.OPERATOR),
        Row("/healthz", {"GET": alive, "HEAD": alive}, role=None),
        Row("/readyz", {"GET": readiness, "HEAD": readiness}, role=None),
        # Claude Code probes its base URL with HEAD before it does anything else.
        Row("/", {"GET": alive, "HEAD": alive}, role=None),
    )


def batch_rows(parts: BatchParts) -> tuple[Row, ...]:
    """Returns the paths about files and batches."""
    files, batches, messages = parts.files, parts.batches, parts.messages
    openai, anthropic = Dialect.OPENAI_CHAT, Dialect.ANTHROPIC_MESSAGES
    return (
        Row("/v1/files", files.several, openai),
        Row("/v1/files/{file_id}", files.one, openai),
        Row("/v1/files/{file_id}/content", {"GET": files.content}, openai),
        Row("/v1/batches", batches.several, openai),
        Row("/v1/batches/{batch_id}", {"GET": batches.show}, openai),
        Row("/v1/batches/{batch_id}/cancel", {"POST": batches.cancel}, openai),
        Row("/v1/messages/batches", messages.several, anthropic),
        Row("/v1/messages/batches/{batch_id}", messages.one, anthropic),
        Row("/v1/messages/batches/{batch_id}/cancel", {"POST": messages.cancel}, anthropic),
        Row("/v1/messages/batches/{batch_id}/results", {"GET": messages.results}, anthropic),
    )


def routes(rows: Sequence[Row], surroundings: Surroundings) -> list[Route]:
    """Returns Starlette routes. Methods are told apart by the endpoint, so that a wrong one gets a typed error."""
    return [Route(row.path, Endpoint(surroundings, row.role, row.dialect, row.handlers)) for row in rows]


_ALL_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


async def _not_found(visit: Visit) -> None:
    del visit
    raise RouteNotFound("no such path")
