"""How rules hang together: no recursion, one value per complete rule, operands that an operator can take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gateway.policy.rego.names import Problem
from gateway.policy.rego.syntax import (
    Body,
    Branch,
    Collection,
    Form,
    FunctionCall,
    Infix,
    Module,
    Path,
    Ref,
    Rule,
    Scalar,
    SomeIn,
    Term,
    everything_below,
    everything_in,
)
from gateway.policy.rego.world import World, literal_prefix

_ARITHMETIC = ("+", "-", "*", "/", "%")
_ON_SETS = ("-", "&", "|")

Node = tuple[Path, str]


def structure_problems(modules: Iterable[Module], world: World) -> Iterator[Problem]:
    """Yields what is wrong between rules, over all modules."""
    known = tuple(modules)
    where = {(module.package, rule.name): (module.path, rule.line) for module in known for rule in module.rules}
    for package, name in _recursive(_graph(known, world)):
        path, line = where[(package, name)]
        yield Problem(path, line, "recursion", f"{name} is part of a recursion, or needs one")
    for package, rules in world.rules.items():
        for name, definitions in rules.items():
            path, line = where[(package, name)]
            yield from (Problem(path, line, code, why) for code, why in _conflicts(name, definitions))
    for module in known:
        yield from _operand_problems(module)


def _graph(modules: Iterable[Module], world: World) -> Mapping[Node, set[Node]]:
    graph: dict[Node, set[Node]] = {}
    for module in modules:
        for rule in module.rules:
            edges = graph.setdefault((module.package, rule.name), set())
            for term in _terms_of_rule(rule):
                edges.update(_targets(term, module, world))
    return graph


def _terms_of_rule(rule: Rule) -> Iterator[Term]:
    for branch in rule.branches:
        yield from everything_in(branch.body)
        if branch.value is not None:
            yield from everything_below(branch.value)


def _targets(term: Term, module: Module, world: World) -> Iterator[Node]:
    if isinstance(term, FunctionCall):
        head, *below = term.name.split(".")
    elif isinstance(term, Ref):
        head, below = term.head, list(literal_prefix(term))
    else:
        return
    if head in world.rules[module.package] and head not in module.imports:
        yield module.package, head
        return
    full = (*module.imports.get(head, (head,)), *below)[1:]
    for package in world.rules:
        if full[: len(package)] == package:
            names = world.rules[package] if len(full) == len(package) else (full[len(package)],)
            yield from ((package, name) for name in names)


def _recursive(graph: Mapping[Node, set[Node]]) -> list[Node]:
    """The rules that can reach themselves, by taking away those that reach nothing left."""
    left = {node: {target for target in targets if target in graph} for node, targets in graph.items()}
    while leaves := {node for node, targets in left.items() if not targets}:
        left = {node: targets - leaves for node, targets in left.items() if node not in leaves}
    return sorted(left)


def _conflicts(name: str, definitions: tuple[Rule, ...]) -> Iterator[tuple[str, str]]:
    forms = {rule.form for rule in definitions}
    defaults = [rule for rule in definitions if rule.form is Form.DEFAULT]
    complete = [rule for rule in definitions if rule.form is Form.COMPLETE]
    if len(forms - {Form.DEFAULT}) > 1 or len(defaults) > 1 or (Form.SET in forms and defaults):
        yield "mixed-rule", f"{name} is defined in ways that do not go together"
    values = {_literal(branch) for rule in complete for branch in rule.branches}
    if len(complete) > 1 and (len(values) > 1 or None in values):
        yield "two-values", f"{name} could have two values: use one rule with `else`, or a set"
    functions = [rule for rule in definitions if rule.form is Form.FUNCTION]
    if len(functions) > 1:
        yield "two-values", f"the function {name} is defined more than once"
    if any(_iterates(branch) for rule in (*complete, *functions) for branch in rule.branches):
        yield "two-values", f"{name} takes its value from an iteration and could have several: use `contains`"


def _literal(branch: Branch) -> tuple[str, object] | None:
    """A value that is the same for every solution, or `None` if it is not a literal."""
    if branch.value is None:
        return "bool", True
    return (type(branch.value.value).__name__, branch.value.value) if isinstance(branch.value, Scalar) else None


def _iterates(branch: Branch) -> bool:
    return branch.value is not None and _literal(branch) is None and _has_iteration(branch.body)


def _has_iteration(body: Body) -> bool:
    return any(isinstance(statement, SomeIn) for statement in body)


def _operand_problems(module: Module) -> Iterator[Problem]:
    for rule in module.rules:
        for term in _terms_of_rule(rule):
            if isinstance(term, Infix) and any(_unfit(term.operator, side) for side in (term.left, term.right)):
                yield Problem(module.path, term.line, "type-error", f"{term.operator} cannot take this literal")


def _unfit(operator: str, operand: Term) -> bool:
    """Whether a literal can never stand beside the operator."""
    if operator not in (*_ARITHMETIC, *_ON_SETS):
        return False
    if isinstance(operand, Scalar):
        return operator not in _ARITHMETIC or isinstance(operand.value, (str, bool)) or operand.value is None
    return isinstance(operand, Collection) and (operator not in _ON_SETS or operand.kind != "set")
