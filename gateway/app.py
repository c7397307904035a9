"""The composition root: settings in, ASGI app out. No logic.

`prepare` does everything that blocks, before the event loop serves anybody; `running` adds what needs a loop, and takes
it all down again in reverse order.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from starlette.types import ASGIApp

from gateway.api.batch_parts import Lines, build_batches
from gateway.api.models import ModelEntry
from gateway.api.routes import Parts, build_api
from gateway.audit.key_history import recorded_key_changes
from gateway.audit.log import AuditLog, open_log
from gateway.batch.traffic import Traffic
from gateway.classify.build import build_classifier
from gateway.classify.classifier import CallClassifier
from gateway.classify.combine import label_types
from gateway.classify.fingerprints.detector import IndexWatch, open_watch
from gateway.classify.taxonomy.table import rule_of
from gateway.clock import SystemClock, new_request_id
from gateway.conversation import CacheSalts
from gateway.entries import downgrade_change
from gateway.identity.keys import KEY_PEPPER, Keyring, open_keys
from gateway.identity.proved import ProvedKeys
from gateway.pipeline import Pipeline
from gateway.policy.bundle import catalog_path
from gateway.policy.decide import RegoPolicy, StartingPolicy, build_policy
from gateway.ports import Stages
from gateway.redact.answer_scan import TextReader
from gateway.redact.redactor import PlaceholderRedactor, build_redactor
from gateway.settings import FailoverSettings, Settings, derive_key
from gateway.standing.build import Labelling, StandingParts, build_standing
from gateway.standing.downgrades import SignedDowngrade
from gateway.vault.aws_keys import aws_keys
from gateway.vault.keys import LocalKeys, WrappingKeys
from gateway.vault.vault import StateVault, build_vault
from gateway.watching import AccessWatch, AttestationWatch, Recorder, access_path, watch_keys
from routers.access_file import AccessKeeper, AccessLost, load_access
from routers.attestation import Proof, load_key, load_proof
from routers.catalog import Catalog, load_catalog
from routers.failover import Limits
from routers.health import Circuits
from routers.live_proof import HttpPages, LiveProof, LiveProofs
from routers.permit import PermitBook
from routers.plan_runner import PlanRunner
from routers.retries import RetryBudget
from routers.revocation import AccessRegistry, AccessState
from routers.router import CatalogRouter
from routers.sending import Sender
from routers.signatures import Signatures, load_signatures
from routers.types import Destination, DestinationId
from routers.upstreams.doors import open_doors
from routers.upstreams.endpoint import Endpoint
from routers.upstreams.passthrough import Patience, open_session
from routers.wire import WIRES

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that could be made without an event loop. `access` is `None` when an earlier run's states are lost."""

    settings: Settings
    clock: SystemClock
    catalog: Catalog
    endpoints: Mapping[DestinationId, Endpoint] = field(repr=False)
    signatures: Signatures
    policy: StartingPolicy
    standing: StandingParts
    vault: StateVault
    classifier: CallClassifier
    fingerprints: IndexWatch | None
    redactor: PlaceholderRedactor
    keys: Keyring
    permits: PermitBook
    log: AuditLog
    recorded_keys: frozenset[tuple[str, str]]
    access: tuple[AccessState, ...] | None


def prepare(settings: Settings) -> Prepared:
    """Loads every stage and opens the embedded stores. Blocks.

    Raises:
        StartupError, CatalogError: this configuration must not serve.
    """
    clock, permits, directory = SystemClock(), PermitBook(), settings.state.directory
    catalog = load_catalog(catalog_path(settings.policy))
    policy = build_policy(settings.policy, catalog)
    fingerprints = open_watch(settings.classify.fingerprints, settings.secrets.derive)
    classifier = build_classifier(
        settings.classify,
        fingerprints=fingerprints.detector if fingerprints else None,
        cache_secret=settings.secrets.derive("classify-cache"),
    )
    standing = standing_of(settings, policy.limits, clock)
    vault = vault_of(settings, clock)
    if settings.vault.retired_masters or settings.vault.kms_key:
        vault.rewrap()
    keys = open_keys(directory, settings.secrets.derive(KEY_PEPPER), clock)
    log = open_log(settings.audit, directory, settings.secrets.derive("audit-commitment"), permits, clock)
    return Prepared(
        settings=settings,
        clock=clock,
        catalog=catalog,
        endpoints=endpoints_of(settings),
        signatures=load_signatures(),
        policy=policy,
        standing=standing,
        vault=vault,
        classifier=classifier,
        fingerprints=fingerprints,
        redactor=redactor_of(settings, classifier),
        keys=keys,
        permits=permits,
        log=log,
        recorded_keys=recorded_key_changes(directory),
        access=_access(settings, first_start=log.size == 0),
    )


@asynccontextmanager
async def running(prepared: Prepared) -> AsyncIterator[ASGIApp]:
    """Yields the proxy. On leaving, everything asked for is written and every connection closed.

    Raises:
        CatalogError: an endpoint does not fit the catalogue.
        StartupError: the policy does not pass its preflight.
    """
    clock, settings, endpoints = prepared.clock, prepared.settings, prepared.endpoints
    async with AsyncExitStack() as stack:
        stack.callback(prepared.keys.close)
        stack.push_async_callback(prepared.vault.close)
        stack.callback(prepared.standing.store.close)
        stack.push_async_callback(prepared.log.close)
        policy = await stack.enter_async_context(prepared.policy.in_force())
        recorder = Recorder(prepared.log)
        stack.push_async_callback(recorder.close)
        watch = AccessWatch(recorder)
        registry = AccessRegistry(
            watch.changed, now_ms=clock.now_ms, now_s=clock.monotonic_s, states=prepared.access or ()
        )
        watch.keeper = AccessKeeper(access_path(settings.state.directory), registry.states, _log_unsaved)
        stack.push_async_callback(watch.keeper.close)
        if prepared.access is None:
            registry.doubt(endpoints, cause="state-lost")
        watch.keeper.changed()
        proofs, live_proofs = await asyncio.to_thread(lambda: (proofs_of(settings), live_proofs_of(settings)))
        session = await stack.enter_async_context(open_session(Patience()))
        live = LiveProofs(live_proofs, HttpPages(session))
        watch.attestations = AttestationWatch(proofs, registry, clock, live)
        await watch.attestations.check()
        router = CatalogRouter(prepared.catalog, endpoints, registry, Circuits(clock.monotonic_s))
        doors = open_doors(endpoints, prepared.permits, Patience(idle_s=settings.failover.idle_s))
        stack.push_async_callback(doors.close)
        limits = limits_of(settings.failover)
        sender = Sender(doors, WIRES, prepared.signatures, router, limits, clock.monotonic_s)
        failover = PlanRunner(sender, limits, RetryBudget(), now_s=clock.monotonic_s, jitter=random.random)
        if prepared.fingerprints is not None:
            stack.callback(asyncio.create_task(prepared.fingerprints.watch()).cancel)
        for work in (
            prepared.vault.purge_forever(),
            prepared.keys.watch(),
            watch_keys(prepared.keys, recorder, prepared.recorded_keys),
            watch.attestations.run(),
        ):
            stack.callback(asyncio.create_task(work).cancel)
        parts = _parts(prepared, policy, router, registry, failover)
        stack.push_async_callback(parts.batch.close)
        stack.callback(asyncio.create_task(parts.batch.runner.run()).cancel)
        yield build_api(parts)


def _parts(
    prepared: Prepared, policy: RegoPolicy, router: CatalogRouter, registry: AccessRegistry, failover: PlanRunner
) -> Parts:
    stages = Stages(
        keys=prepared.keys,
        vault=prepared.vault,
        classifier=prepared.classifier,
        standing=prepared.standing.stage,
        policy=policy,
        router=router,
        redactor=prepared.redactor,
        audit=prepared.log,
        failover=failover,
        clock=prepared.clock,
        salts=CacheSalts(prepared.settings.secrets.derive("cache-salt")),
    )
    models, settings = _models(prepared), prepared.settings
    traffic = Traffic(Pipeline(stages), most=settings.batch.live, wait_s=settings.batch.live_wait_s)
    lines = Lines(Pipeline(replace(stages, keys=ProvedKeys(prepared.keys))), traffic)
    return Parts(
        pipeline=traffic,
        keys=prepared.keys,
        desk=registry,
        downgrades=prepared.standing.desk,
        record_downgrade=partial(_record_downgrade, prepared.log),
        destinations=frozenset(prepared.endpoints),
        models=lambda: models,
        checks={
            "audit": lambda: prepared.log.available,
            "keys": prepared.keys.fresh,
            "policy": lambda: policy.available,
        },
        limits=settings.limits,
        clock=prepared.clock,
        new_request_id=new_request_id,
        wires=WIRES,
        batch=build_batches(settings, prepared.vault, prepared.keys, lines, prepared.log, prepared.clock),
    )


async def _record_downgrade(log: AuditLog, signed: SignedDowngrade, action: str, actor: str) -> None:
    await log.append(downgrade_change(signed, action, actor))


def _models(prepared: Prepared) -> tuple[ModelEntry, ...]:
    """The models with at least one configured candidate; the first of them says who answers for it."""
    return tuple(
        ModelEntry(id=name, title=name, owner=_owner(offered[0].destination))
        for name, targets in prepared.catalog.models.items()
        if (offered := [target for target in targets if target.destination.id in prepared.endpoints])
    )


def _owner(destination: Destination) -> str:
    operator = destination.facts.operator.value
    return f"{operator} (simulated)" if destination.simulated else operator


def standing_of(settings: Settings, limits: Mapping[str, object], clock: SystemClock) -> StandingParts:
    """Returns the stage that says what labels count, on the state directory. Blocks. `limits` are the policy's.

    Raises:
        StartupError: see `gateway.standing.build`.
    """
    return build_standing(
        limits=limits,
        lowest_milli=settings.classify.score_milli,
        mark_days=settings.labels.mark_days,
        directory=settings.state.directory,
        labelling=Labelling(label_types, lambda kind: rule_of(kind).category),
        key=settings.secrets.derive("standing"),
        clock=clock,
    )


def vault_of(settings: Settings, clock: SystemClock) -> StateVault:
    """Returns the vault of a state directory or of a fleet. Blocks.

    Raises `StartupError`, `VaultUnavailable` or `StateUnreadable`.
    """
    return build_vault(
        settings.state.directory,
        _wrapping_keys(settings),
        settings.secrets.derive("vault-index"),
        redis_url=settings.vault.redis_url.get_secret_value(),
        ttl_ms=settings.vault.ttl_days * DAY_MS,
        clock=clock,
    )


def _wrapping_keys(settings: Settings) -> WrappingKeys:
    """Those of a key management service, where there is one; it goes on opening what the master wrapped before."""
    retired = [derive_key(master, "vault-wrapping") for master in settings.vault.retired_masters]
    local = LocalKeys(settings.secrets.derive("vault-wrapping"), retired, secrets.token_bytes)
    kept = settings.vault
    return aws_keys(kept.kms_key, kept.kms_endpoint, local) if kept.kms_key else local


def redactor_of(settings: Settings, reader: TextReader) -> PlaceholderRedactor:
    """Returns the redactor. `reader` reads answers."""
    secret = settings.secrets.derive("redaction")
    return build_redactor(secret, reader, further=lambda kind: rule_of(kind).also, note=settings.redact.note)


def endpoints_of(settings: Settings) -> dict[DestinationId, Endpoint]:
    """Returns where each configured destination is reached."""
    return {
        DestinationId(name): Endpoint(upstream.base_url, upstream.credential.get_secret_value())
        for name, upstream in settings.upstreams.items()
    }


def proofs_of(settings: Settings) -> dict[DestinationId, Proof]:
    """Returns the report that each destination must show, for those that must. Raises `CatalogError`."""
    return {
        DestinationId(name): load_proof(
            upstream.attestation, upstream.attestation_key, round(upstream.attestation_hours * HOUR_MS)
        )
        for name, upstream in settings.upstreams.items()
        if upstream.attestation is not None and upstream.attestation_key is not None
    }


def live_proofs_of(settings: Settings) -> dict[DestinationId, LiveProof]:
    """Returns what each destination must show of itself live, for those that must. Raises `CatalogError`."""
    endpoints = endpoints_of(settings)
    return {
        place: LiveProof(endpoints[place], load_key(upstream.weights_key), round(upstream.attestation_hours * HOUR_MS))
        for name, upstream in settings.upstreams.items()
        if upstream.weights_key is not None
        for place in (DestinationId(name),)
    }


def limits_of(settings: FailoverSettings) -> Limits:
    """Returns the bounds of one request's attempts."""
    return Limits(
        attempts=settings.attempts,
        first_byte_s=settings.first_byte_s,
        idle_s=settings.idle_s,
        total_s=settings.total_s,
        answer_bytes=settings.answer_bytes,
    )


def _access(settings: Settings, *, first_start: bool) -> tuple[AccessState, ...] | None:
    try:
        return load_access(access_path(settings.state.directory), first_start=first_start)
    except AccessLost as lost:
        _logger.warning("%s: every destination starts under suspicion", lost)
        return None


def _log_unsaved(error: OSError) -> None:
    _logger.error("the access states could not be saved: %s", error.strerror)
