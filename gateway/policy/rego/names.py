"""Every name resolves, every variable is bound: what OPA checks when it compiles and regopy does not."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from gateway.policy.rego.syntax import (
    Assign,
    Body,
    Comprehension,
    Every,
    Expression,
    FunctionCall,
    Module,
    Ref,
    Rule,
    Statement,
    Term,
    With,
    names_bound,
    parts,
    terms_of,
)
from gateway.policy.rego.world import BUILTINS, World, arity, literal_prefix

Scope = Set[str]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a bundle is refused: where, a stable code, and what to change. Line 0 means the whole file."""

    path: str
    line: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.code}: {self.message}"


def name_problems(module: Module, world: World) -> Iterator[Problem]:
    """Yields what does not resolve in a module."""
    reader = _Names(module, world)
    for alias, target in module.imports.items():
        why = world.why_not_data(target[1:]) if target[0] == "data" else world.why_not_input(target[1:])
        if why:
            yield Problem(module.path, 0, "unresolved-name", f"import {alias}: {why}")
    for rule in module.rules:
        yield from reader.rule(rule)


class _Names:
    """Checks one module."""

    def __init__(self, module: Module, world: World) -> None:
        self._module = module
        self._world = world
        self._rules = world.rules[module.package]

    def _problem(self, line: int, code: str, message: str) -> Problem:
        return Problem(self._module.path, line, code, message)

    def rule(self, rule: Rule) -> Iterator[Problem]:
        for branch in rule.branches:
            yield from self._body(branch.body, frozenset(rule.args))
            if branch.value is not None:
                yield from self._term(branch.value, frozenset(rule.args) | _bound(branch.body))

    def _body(self, body: Body, outer: Scope) -> Iterator[Problem]:
        names = [name for statement in body for name in names_bound(statement)]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield self._problem(body[0].line, "assigned-twice", f"{name} is bound more than once in one body")
        yield from self._order(body)
        scope = outer | set(names)
        for statement in body:
            yield from self._statement(statement, scope)

    def _order(self, body: Body) -> Iterator[Problem]:
        """Some order of the statements must bind each variable before it is used."""
        unbound = set(_bound(body))
        waiting = list(body)
        while ready := [s for s in waiting if not _free_in(s) & unbound]:
            waiting = [s for s in waiting if s not in ready]
            unbound.difference_update(name for s in ready for name in names_bound(s))
        for statement in waiting:
            yield self._problem(statement.line, "unsafe-variable", "a variable depends on itself")

    def _statement(self, statement: Statement, scope: Scope) -> Iterator[Problem]:
        for term in terms_of(statement):
            yield from self._term(term, scope)
        if isinstance(statement, Every):
            yield from self._body(statement.body, scope | set(statement.names))
        if isinstance(statement, (Expression, Assign)):
            for modifier in statement.withs:
                yield from self._with(modifier, scope)

    def _with(self, modifier: With, scope: Scope) -> Iterator[Problem]:
        target, value = modifier.target, modifier.value
        if isinstance(value, Ref) and value.head not in scope:
            yield self._problem(
                target.line, "with-rule-value", "the engine loses this value: assign it to a name first"
            )
        if not self._module.is_test:
            yield self._problem(target.line, "with-outside-tests", "`with` belongs in tests")
        if target.head not in ("input", "data") or not target.path:
            yield self._problem(
                target.line, "with-whole-document", "the engine aborts on `with input as`: replace input.question"
            )
            return
        yield from self._reference(target, frozenset())

    def _term(self, term: Term, scope: Scope) -> Iterator[Problem]:
        if isinstance(term, Comprehension):
            yield from self._body(term.body, scope)
            for head in term.heads:
                yield from self._term(head, scope | _bound(term.body))
            return
        if isinstance(term, Ref):
            yield from self._reference(term, scope)
        if isinstance(term, FunctionCall):
            yield from self._call(term)
        for part in parts(term):
            yield from self._term(part, scope)

    def _reference(self, ref: Ref, scope: Scope) -> Iterator[Problem]:
        why: str | None = None
        if ref.head == "input":
            why = self._world.why_not_input(literal_prefix(ref))
        elif ref.head == "data":
            why = self._world.why_not_data(literal_prefix(ref))
        elif ref.head in scope:
            return
        elif ref.head in self._module.imports:
            root, *below = (*self._module.imports[ref.head], *literal_prefix(ref))
            why = (self._world.why_not_data if root == "data" else self._world.why_not_input)(tuple(below))
        elif ref.head not in self._rules:
            why = f"{ref.head} is neither a rule, an import nor a bound variable"
        if why:
            yield self._problem(ref.line, "unresolved-name", why)

    def _call(self, call: FunctionCall) -> Iterator[Problem]:
        expected = BUILTINS.get(call.name)
        if call.name in self._rules:
            expected = arity(self._rules[call.name])
        elif "." in call.name and call.name.split(".")[0] in self._module.imports:
            head, *below = call.name.split(".")
            package, name = (*self._module.imports[head][1:], *below[:-1]), below[-1]
            expected = arity(self._world.rules.get(package, {}).get(name, ()))
        if expected is None:
            yield self._problem(call.line, "unknown-function", f"{call.name} is not a function that policies may use")
        elif expected != len(call.args):
            yield self._problem(call.line, "wrong-arguments", f"{call.name} takes {expected} arguments")


def _bound(body: Body) -> frozenset[str]:
    return frozenset(name for statement in body for name in names_bound(statement))


def _free_in(statement: Statement) -> set[str]:
    """The names a statement needs from outside itself."""
    found = {name for term in terms_of(statement) for name in _free(term)}
    if isinstance(statement, Every):
        inside = {name for inner in statement.body for name in _free_in(inner)}
        found |= inside - _bound(statement.body) - set(statement.names)
    return found


def _free(term: Term) -> set[str]:
    if isinstance(term, Comprehension):
        inside = {name for head in term.heads for name in _free(head)}
        inside |= {name for statement in term.body for name in _free_in(statement)}
        return inside - _bound(term.body)
    found = {name for part in parts(term) for name in _free(part)}
    return found | {term.head} if isinstance(term, Ref) else found
