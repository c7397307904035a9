"""Questions and bundles that the policy tests share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from gateway.policy.bundle import PolicyBundle, load_bundle
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
