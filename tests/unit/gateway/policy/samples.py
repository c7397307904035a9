"""Questions and bundles that the policy tests share."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from gateway.policy.bundle import PolicyBundle, load_bundle
from gateway.policy.engine_process import EngineProcess, Program, deciding
from gateway.policy.preflight import Report, preflight
from gateway.types import Question
from routers.catalog import Catalog, load_catalog
from routers.types import DestinationId

POLICIES = Path(__file__).resolve().parents[4] / "policies"

HARMLESS = Question(
    principal_class="employee",
    clearance=4,
    level=0,
    categories=(),
    features=("stream",),
    purpose="general",
    destination=DestinationId("anthropic-us"),
    access="active",
    day="2026-11-21",
    persons="none",
    bulk=tuple(f"{kind}.0" for kind in ("biometric", "financial", "geo", "health", "identifier", "omic")),
)


def catalog(name: str = "destinations") -> Catalog:
    """A shipped catalogue."""
    return load_catalog(POLICIES / "catalog" / f"{name}.json")


def shipped_bundle() -> PolicyBundle:
    """The shipped policy with the real catalogue."""
    return load_bundle(POLICIES, catalog())


def with_module(bundle: PolicyBundle, path: str, text: str) -> PolicyBundle:
    """The bundle with one file added or replaced."""
    if path.endswith("_test.rego"):
        return replace(bundle, tests=MappingProxyType({**bundle.tests, path: text}), tested=False)
    return replace(bundle, modules=MappingProxyType({**bundle.modules, path: text}), tested=False)


def without_module(bundle: PolicyBundle, path: str) -> PolicyBundle:
    """The bundle with one file removed."""
    modules = {name: text for name, text in bundle.modules.items() if name != path}
    tests = {name: text for name, text in bundle.tests.items() if name != path}
    return replace(bundle, modules=MappingProxyType(modules), tests=MappingProxyType(tests), tested=False)


def full_report(bundle: PolicyBundle) -> Report:
    """The preflight with every test."""
    return asyncio.run(preflight(bundle, all_tests=True))


def quick_report(bundle: PolicyBundle) -> Report:
    """The preflight as starting does it."""
    return asyncio.run(preflight(bundle, all_tests=False))


def program(text: str, *names: str) -> Program:
    """A program of one module in package `p`, with these rules as entrypoints."""
    return Program({"p.rego": f"package p\n\n{text}\n"}, "{}", tuple(f"p/{name}" for name in names))


class AskedEngine:
    """The engine's process for tests that are not coroutines themselves."""

    def __init__(self, bundle: PolicyBundle) -> None:
        self._engine = EngineProcess(deciding(bundle))
        self._runner = asyncio.Runner()

    def evaluate(self, document: dict[str, object]) -> object:
        """The value of the entrypoint."""
        return self._runner.run(self._engine.evaluate(document))

    def __enter__(self) -> Self:
        self._runner.run(self._engine.ready())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._engine.close()
        self._runner.close()
