"""What a bundle must pass before it decides anything. Refused is refused: there is no "mostly fine".

1. every module reads as the portable subset of Rego v1; 2. every name resolves, every variable is bound; 3. only pure
built-ins; 4. no recursion, no rule with two values, no literal operand that cannot work; 5. every rule file names its
id, title, legal basis and owner, and has tests beside it; 6. the engine compiles it, and the entrypoint gives a
decision for every destination, and a denial for one that is not in the catalogue; 7. every embedded test is true.
Built-in errors are strict throughout. Nothing reaches the engine that did not pass 1 to 5: some texts make it abort.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace

from gateway.errors import StartupError
from gateway.policy.bundle import PolicyBundle
from gateway.policy.engine_process import EngineProcess, deciding
from gateway.policy.rego.metadata import Metadata, read_metadata
from gateway.policy.rego.names import Problem, name_problems
from gateway.policy.rego.parse import parse_module
from gateway.policy.rego.structure import structure_problems
from gateway.policy.rego.syntax import Collection, Form, Module, Scalar, Term
from gateway.policy.rego.tokens import RegoSyntaxError
from gateway.policy.rego.traps import trap_problems
from gateway.policy.rego.world import world_of
from gateway.policy.trial import Engine, RuleTest, canary_problems, run_tests
from gateway.types import RuleId

_RULE_FOLDER = "rules/"


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


def inspect(bundle: PolicyBundle) -> Report:
    """Returns the report of 1 to 5: what can be known by reading. Never raises for what is wrong with the bundle."""
    modules, problems = _read(bundle)
    rules: dict[RuleId, Metadata] = {}
    if not problems:
        problems = [*_static_problems(bundle, modules), *_collect_rules(bundle, modules, rules)]
    return Report(bundle.revision, tuple(problems), (), rules)


async def complete(report: Report, bundle: PolicyBundle, engine: Engine, *, all_tests: bool) -> Report:
    """Returns the report with 6 and 7 added, on an engine for what the bundle decides. A failed one stays as it is.

    The embedded tests take about a second; without `all_tests` they run only if the bundle is not `tested`.
    """
    if not report.passed:
        return report
    problems = await canary_problems(bundle, engine)
    tests: tuple[RuleTest, ...] = ()
    if not problems and (all_tests or not bundle.tested):
        tests, problems = await run_tests(bundle)
    return replace(report, problems=tuple(problems), tests=tests)


async def preflight(bundle: PolicyBundle, *, all_tests: bool) -> Report:
    """Returns the whole report, on an engine of its own. Never raises for what is wrong with the bundle."""
    with closing(EngineProcess(deciding(bundle))) as engine:
        return await complete(inspect(bundle), bundle, engine, all_tests=all_tests)


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
