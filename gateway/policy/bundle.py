"""What is in force: the Rego files, their data and the catalogue, read once and never changed.

The revision is a digest over every file that can change a decision, tests included, and over the catalogue: two
gateways with one revision decide alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType

import orjson

import gateway
from gateway.errors import StartupError
from gateway.settings import PolicySettings
from gateway.types import HexDigest
from routers.catalog import Catalog
from routers.types import Destination, Fact

_MANIFEST = "manifest.json"
_MANIFEST_KEYS = frozenset({"rego_version", "roots", "entrypoint", "data", "test_data", "input_schema"})
_CATALOG_FOLDER = "catalog"
STAMP = "tested.json"
"""Written by `gateway policy check --stamp`; see `PolicyBundle.tested`."""
_REGO_VERSION = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the directory says of itself. `entrypoint` is a path such as `gateway/route/decision`."""

    roots: tuple[str, ...]
    entrypoint: str
    data: tuple[str, ...]
    test_data: str
    input_schema: str


@dataclass(frozen=True, slots=True)
class PolicyBundle:
    """Everything an engine needs, by file path relative to the policy directory. Immutable.

    `modules` are evaluated in production; `tests` are the `*_test.rego` files. `data` is one JSON document: the data
    files plus `catalog`; `test_data` stands in its place while tests run. `schema` is the JSON Schema of a question.
    `tested` says that `tested.json` names this `tests_digest`: the embedded tests passed on exactly these bytes.
    Whoever could forge that could as well rewrite the tests, so it is trusted as much as they are.
    """

    manifest: Manifest
    modules: Mapping[str, str]
    tests: Mapping[str, str]
    data: str = field(repr=False)
    test_data: str = field(repr=False)
    schema: str = field(repr=False)
    revision: HexDigest
    tests_digest: HexDigest
    tested: bool


def policy_directory(settings: PolicySettings) -> Path:
    """Returns the configured policy directory, or the packaged one."""
    return settings.directory or Path(gateway.__file__).resolve().parent.parent / "policies"


def catalog_path(settings: PolicySettings) -> Path:
    """Returns where the catalogue file lies."""
    return policy_directory(settings) / settings.catalog


def load_bundle(directory: Path, catalog: Catalog) -> PolicyBundle:
    """Returns the bundle of a policy directory.

    Raises:
        StartupError: a file is missing, unreadable, not UTF-8 or not what the manifest says.
    """
    contents = _contents(directory)
    manifest = _manifest(contents.get(_MANIFEST))
    rego = {path: text for path, text in contents.items() if path.endswith(".rego")}
    tests_digest = _tests_digest(rego, _content(contents, manifest.test_data), _content(contents, _MANIFEST))
    return PolicyBundle(
        manifest=manifest,
        modules=MappingProxyType({path: text for path, text in rego.items() if not path.endswith("_test.rego")}),
        tests=MappingProxyType({path: text for path, text in rego.items() if path.endswith("_test.rego")}),
        data=_data(contents, manifest.data, catalog),
        test_data=json.dumps(_object(_content(contents, manifest.test_data), manifest.test_data), sort_keys=True),
        schema=json.dumps(_object(_content(contents, manifest.input_schema), manifest.input_schema), sort_keys=True),
        revision=_revision(contents, catalog),
        tests_digest=tests_digest,
        tested=_stamp(directory) == tests_digest,
    )


def _contents(directory: Path) -> dict[str, str]:
    if not directory.is_dir():
        raise StartupError("policy: the policy directory does not exist")
    found: dict[str, str] = {}
    for path in sorted((*directory.rglob("*.rego"), *directory.rglob("*.json"))):
        name = path.relative_to(directory).as_posix()
        if name.split("/", 1)[0] == _CATALOG_FOLDER or name == STAMP:
            continue
        try:
            found[name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise StartupError(f"policy: {name} cannot be read as UTF-8") from None
    return found


def _revision(contents: Mapping[str, str], catalog: Catalog) -> HexDigest:
    files = {name: sha256(text.encode()).hexdigest() for name, text in contents.items()}
    listing = orjson.dumps({"catalog": catalog.digest, "files": files}, option=orjson.OPT_SORT_KEYS)
    return HexDigest(sha256(listing).hexdigest())


def _tests_digest(rego: Mapping[str, str], test_data: str, manifest: str) -> HexDigest:
    """Names everything the outcome of the embedded tests depends on, the engine included."""
    parts = {"engine": version("regopy"), "rego": dict(rego), "test_data": test_data, "manifest": manifest}
    return HexDigest(sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest())


def _stamp(directory: Path) -> str | None:
    try:
        found = _object((directory / STAMP).read_text(encoding="utf-8"), STAMP)
    except (OSError, UnicodeDecodeError, StartupError):
        return None
    return str(found.get("tests_digest"))


def _manifest(text: str | None) -> Manifest:
    if text is None:
        raise StartupError(f"policy: {_MANIFEST} is missing")
    fields = _object(text, _MANIFEST)
    if set(fields) != _MANIFEST_KEYS or fields["rego_version"] != _REGO_VERSION:
        raise StartupError(f"policy: {_MANIFEST} needs rego_version 1 and exactly {', '.join(sorted(_MANIFEST_KEYS))}")
    return Manifest(
        roots=_texts(fields["roots"], "roots"),
        entrypoint=_text(fields["entrypoint"], "entrypoint"),
        data=_texts(fields["data"], "data"),
        test_data=_text(fields["test_data"], "test_data"),
        input_schema=_text(fields["input_schema"], "input_schema"),
    )


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise StartupError(f"policy: {_MANIFEST}: {name} must be a text")
    return value


def _texts(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise StartupError(f"policy: {_MANIFEST}: {name} must be an array of texts")
    return tuple(value)


def _object(text: str, name: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise StartupError(f"policy: {name} is not valid JSON") from None
    if not isinstance(value, dict):
        raise StartupError(f"policy: {name} is not a JSON object")
    return value


def _data(contents: Mapping[str, str], names: Sequence[str], catalog: Catalog) -> str:
    """Merges the data files. As in OPA, what `limits/data.json` holds is found under `data.limits`."""
    merged: dict[str, object] = {"catalog": catalog_document(catalog)}
    for name in names:
        key, _, file = name.partition("/")
        if file != "data.json" or key in merged:
            raise StartupError(f"policy: {name}: a data file is `<name>/data.json`, each name once")
        merged[key] = _object(_content(contents, name), name)
    return json.dumps(merged, sort_keys=True)


def _content(contents: Mapping[str, str], name: str) -> str:
    if name not in contents:
        raise StartupError(f"policy: the manifest names {name}, which does not exist")
    return contents[name]


def catalog_document(catalog: Catalog) -> dict[str, object]:
    """Returns what policy may know of the catalogue: its kind, licence, capabilities and dated facts."""
    return {"destinations": {key: _destination(value) for key, value in catalog.destinations.items()}}


def _destination(destination: Destination) -> dict[str, object]:
    facts = destination.facts
    return {
        **({"weights": destination.weights} if destination.weights else {}),
        "kind": destination.kind.value,
        "simulated": destination.simulated,
        "capabilities": sorted(destination.capabilities),
        "facts": {
            "operator": _fact(facts.operator),
            "host_country": _fact(facts.host_country),
            "control": _fact(facts.control),
            "retention_days": _fact(facts.retention_days),
            "trains_on_inputs": _fact(facts.trains_on_inputs),
        },
    }


def _fact(fact: Fact[str] | Fact[int] | Fact[bool]) -> dict[str, object]:
    return {
        "value": fact.value,
        "confidence": fact.confidence.value,
        "retrieved": fact.retrieved.isoformat(),
        "review_by": fact.review_by.isoformat(),
    }
