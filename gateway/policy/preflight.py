"""What a bundle must pass before it decides anything. Refused is refused: there is no "mostly fine".

1. every module reads as the portable subset of Rego v1; 2. every name resolves, every variable is bound; 3. only pure
built-ins; 4. no recursion, no rule with two values, no literal operand that cannot work; 5. every rule file names its
id, title, legal basis and owner, and has tests beside it; 6. the engine compiles it, and the entrypoint gives a
decision for every destination, and a denial for one that is not in the catalogue; 7. every embedded test is true.
Built-in errors are strict throughout. Nothing reaches the engine that did not pass 1 to 5: some texts make it abort.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.errors import PolicyUnavailable, StartupError
from gateway.policy.bundle import PolicyBundle
from gateway.policy.embedded import EmbeddedRego, UndefinedResult
from gateway.policy.question import digest, document
from gateway.policy.rego.metadata import Metadata, read_metadata
from gateway.policy.rego.names import Problem, name_problems
from gateway.policy.rego.parse import parse_module
from gateway.policy.rego.structure import structure_problems
from gateway.policy.rego.syntax import Collection, Form, Module, Scalar, Term
from gateway.policy.rego.tokens import RegoSyntaxError
from gateway.policy.rego.traps import trap_problems
from gateway.policy.rego.world import world_of
from gateway.policy.verdict import DEFAULT_DENY, read_decision
from gateway.types import Question, RuleId
from routers.types import DestinationId

_ENGINE = "(engine)"
_RULE_FOLDER = "rules/"
_NOWHERE = DestinationId("not-in-the-catalogue")


@dataclass(frozen=True, slots=True)
class RuleTest:
    """One embedded test. Undefined counts as failed."""

    path: str
    name: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What the preflight found. `tests` is empty when none were run."""

    revision: str
    problems: tuple[Problem, ...]
    tests: tuple[RuleTest, ...]
    rules: Mapping[RuleId, Metadata]

    @property
    def passed(self) -> bool:
        """Whether the bundle may decide."""
        return not self.problems


def preflight(bundle: PolicyBundle, *, run_tests: bool) -> Report:
    """Returns the report of a bundle. Never raises for what is wrong with the bundle.

    The embedded tests take about a second; without `run_tests` they run only if the bundle is not `tested`.
    """
    modules, problems = _read(bundle)
    rules: dict[RuleId, Metadata] = {}
    if not problems:
        problems = [*_static_problems(bundle, modules), *_collect_rules(bundle, modules, rules)]
    tests: tuple[RuleTest, ...] = ()
    if not problems:
        problems = list(_canary_problems(bundle))
    if not problems and (run_tests or not bundle.tested):
        tests, problems = _run_tests(bundle, modules)
    return Report(bundle.revision, tuple(problems), tests, rules)


def require_pass(report: Report) -> None:
    """Raises `StartupError` naming the first problems of a report that did not pass."""
    if not report.passed:
        shown = "; ".join(map(str, report.problems[:3]))
        raise StartupError(f"policy: the bundle is refused ({len(report.problems)} problems): {shown}")


def _read(bundle: PolicyBundle) -> tuple[list[Module], list[Problem]]:
    modules: list[Module] = []
    problems: list[Problem] = []
    for path, text in {**bundle.modules, **bundle.tests}.items():
        try:
            modules.append(parse_module(path, text))
        except RegoSyntaxError as error:
            problems.append(Problem(path, error.line, "syntax", error.reason))
    return modules, problems


def _static_problems(bundle: PolicyBundle, modules: list[Module]) -> Iterator[Problem]:
    production = [module for module in modules if not module.is_test]
    deciding = world_of(production, bundle.data, bundle.schema)
    tested = world_of(modules, bundle.test_data, bundle.schema)
    for module in modules:
        if module.package[0] not in bundle.manifest.roots:
            yield Problem(module.path, 0, "outside-roots", f"package {'.'.join(module.package)} is in no root")
        world = tested if module.is_test else deciding
        yield from name_problems(module, world)
        yield from trap_problems(module)
    yield from structure_problems(modules, tested)
    *package, name = bundle.manifest.entrypoint.split("/")
    if not any(m.package == tuple(package) and any(r.name == name for r in m.rules) for m in production):
        yield Problem("manifest.json", 0, "no-entrypoint", f"{bundle.manifest.entrypoint} is not defined")


def _collect_rules(bundle: PolicyBundle, modules: list[Module], found: dict[RuleId, Metadata]) -> Iterator[Problem]:
    for module in modules:
        if module.is_test:
            continue
        named = _ids(module)
        if module.path.startswith(_RULE_FOLDER):
            yield from _rule_problems(bundle, module.path, named, found)
        elif named:
            yield Problem(module.path, 0, "rule-id", f"only files under {_RULE_FOLDER} deny or oblige")


def _rule_problems(
    bundle: PolicyBundle, path: str, named: set[str], found: dict[RuleId, Metadata]
) -> Iterator[Problem]:
    metadata = read_metadata(bundle.modules[path])
    if metadata is None or metadata.missing():
        missing = "everything" if metadata is None else ", ".join(metadata.missing())
        yield Problem(path, 0, "missing-metadata", f"a rule needs METADATA; missing: {missing}")
        return
    if not named <= {metadata.id} or metadata.id in found:
        yield Problem(path, 0, "rule-id", f"a file holds one rule, under an id of its own: {metadata.id}")
    if f"{path.removesuffix('.rego')}_test.rego" not in bundle.tests:
        yield Problem(path, 0, "missing-test", "a rule has a test file beside it")
    found[RuleId(metadata.id)] = metadata


def _ids(module: Module) -> set[str]:
    """The rule ids a module adds to `deny` or to `duties`, as they stand in the text."""
    rules = (rule for rule in module.rules if rule.form is Form.SET and rule.name in ("deny", "duties"))
    return {_id_in(rule.branches[0].value) for rule in rules}


def _id_in(term: Term | None) -> str:
    if isinstance(term, Collection) and term.kind == "object":
        pairs = zip(term.items[::2], term.items[1::2], strict=True)
        term = next((value for key, value in pairs if isinstance(key, Scalar) and key.value == "rule"), None)
    return term.value if isinstance(term, Scalar) and isinstance(term.value, str) else "(not a literal)"


def _canary_problems(bundle: PolicyBundle) -> Iterator[Problem]:
    try:
        engine = EmbeddedRego(bundle)
    except StartupError as error:
        yield Problem(_ENGINE, 0, "does-not-compile", str(error))
        return
    known = json.loads(bundle.data)["catalog"]["destinations"]
    for destination in (*known, _NOWHERE):
        question = _canary(DestinationId(destination))
        try:
            answer = engine.evaluate(document(question))
        except (UndefinedResult, PolicyUnavailable):
            yield Problem(_ENGINE, 0, "canary", f"no decision for {destination}")
            continue
        verdict = read_decision(answer, question, revision=bundle.revision, question_digest=digest(question))
        if verdict.rules == (DEFAULT_DENY,):
            yield Problem(_ENGINE, 0, "canary", f"the answer for {destination} is not a decision")
        if verdict.allowed and destination == _NOWHERE:
            yield Problem(_ENGINE, 0, "canary", "a destination outside the catalogue is allowed")


def _canary(destination: DestinationId) -> Question:
    return Question("employee", 0, 0, (), ("stream",), "general", destination, "active", "2026-01-01")


def _run_tests(bundle: PolicyBundle, modules: list[Module]) -> tuple[tuple[RuleTest, ...], list[Problem]]:
    named = [
        (module.path, "/".join((*module.package, rule.name)))
        for module in modules
        if module.is_test
        for rule in module.rules
        if rule.name.startswith("test_")
    ]
    if not named:
        return (), [Problem(_ENGINE, 0, "no-tests", "the bundle has no embedded test")]
    try:
        engine = EmbeddedRego(bundle, entrypoints=[name for _, name in named], with_tests=True)
    except StartupError as error:
        return (), [Problem(_ENGINE, 0, "does-not-compile", f"with its tests: {error}")]
    results = tuple(RuleTest(path, name, _is_true(engine, name)) for path, name in named)
    failed = [Problem(r.path, 0, "test-failed", r.name) for r in results if not r.passed]
    return results, failed


def _is_true(engine: EmbeddedRego, entrypoint: str) -> bool:
    try:
        return engine.evaluate({}, entrypoint) is True
    except (UndefinedResult, PolicyUnavailable):
        return False
