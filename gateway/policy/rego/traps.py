"""Rego that is right and that the embedded engine gets wrong. Found by measuring; refused until it is mended.

Both are about `every`: inside another `every` it is undefined, and so is a lookup of a field that is named like a
variable of its body.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.policy.rego.names import Problem
from gateway.policy.rego.syntax import (
    Body,
    Comprehension,
    Every,
    Module,
    Ref,
    Scalar,
    Statement,
    everything_below,
    everything_in,
    names_bound,
    terms_of,
)


def trap_problems(module: Module) -> Iterator[Problem]:
    """Yields what the engine would misread in a module."""
    for rule in module.rules:
        for branch in rule.branches:
            values = [] if branch.value is None else list(everything_below(branch.value))
            inside = [value.body for value in values if isinstance(value, Comprehension)]
            for body in (branch.body, *inside):
                for statement in _statements(body):
                    if isinstance(statement, Every):
                        yield from _every_problems(module.path, statement)


def _every_problems(path: str, every: Every) -> Iterator[Problem]:
    statements = list(_statements(every.body))
    if any(isinstance(statement, Every) for statement in statements):
        yield Problem(path, every.line, "nested-every", "undefined in the engine: use one `every` over pairs")
    variables = {*every.names, *(name for statement in statements for name in names_bound(statement))}
    for name in sorted(variables & _fields(every.body)):
        message = f"undefined in the engine: rename the variable {name}, the body looks up a field of that name"
        yield Problem(path, every.line, "field-like-variable", message)


def _fields(body: Body) -> set[str]:
    parts = (part for term in everything_in(body) if isinstance(term, Ref) for part in term.path)
    return {part.value for part in parts if isinstance(part, Scalar) and isinstance(part.value, str)}


def _statements(body: Body) -> Iterator[Statement]:
    """Yields the statements of a body at any depth, those of comprehensions included."""
    for statement in body:
        yield statement
        if isinstance(statement, Every):
            yield from _statements(statement.body)
        for term in terms_of(statement):
            for inner in everything_below(term):
                if isinstance(inner, Comprehension):
                    yield from _statements(inner.body)
