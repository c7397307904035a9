"""The syntax tree of the subset. Plain data; `line` is where a thing begins, 1-based."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Union

Term = Union["Scalar", "Ref", "FunctionCall", "Collection", "Comprehension", "Infix"]
Statement = Union["Expression", "Assign", "SomeIn", "Every"]
Body = tuple[Statement, ...]
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, number, boolean or null. A string's value has no quotes."""

    value: str | float | bool | None
    line: int


@dataclass(frozen=True, slots=True)
class Ref:
    """A name and what is looked up below it: `head.a[b]`. A dotted part is a string scalar."""

    head: str
    path: tuple[Term, ...]
    line: int


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A call of a built-in or of a function of the policy, by its dotted name."""

    name: str
    args: tuple[Term, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Collection:
    """An array, set or object literal. An object's keys and values alternate."""

    kind: str
    items: tuple[Term, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Comprehension:
    """An array, set or object comprehension; `heads` is one term, or key and value."""

    kind: str
    heads: tuple[Term, ...]
    body: Body
    line: int


@dataclass(frozen=True, slots=True)
class Infix:
    """An operator between two terms."""

    operator: str
    left: Term
    right: Term
    line: int


@dataclass(frozen=True, slots=True)
class With:
    """A replacement of a part of `input` or `data` while one statement is evaluated."""

    target: Ref
    value: Term


@dataclass(frozen=True, slots=True)
class Expression:
    """A term that must be true, or with `negated` must not be."""

    term: Term
    negated: bool
    withs: tuple[With, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Assign:
    """`name := term`."""

    name: str
    term: Term
    withs: tuple[With, ...]
    line: int


@dataclass(frozen=True, slots=True)
class SomeIn:
    """`some a, b in source`: one solution for each element."""

    names: tuple[str, ...]
    source: Term
    line: int


@dataclass(frozen=True, slots=True)
class Every:
    """`every a, b in source { body }`."""

    names: tuple[str, ...]
    source: Term
    body: Body
    line: int


class Form(StrEnum):
    """What a rule defines."""

    DEFAULT = "default"
    COMPLETE = "complete"
    SET = "set"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class Branch:
    """One way to a value: `value` is `None` where Rego means `true`."""

    value: Term | None
    body: Body


@dataclass(frozen=True, slots=True)
class Rule:
    """One definition. Branches after the first are its `else`s."""

    name: str
    form: Form
    args: tuple[str, ...]
    branches: tuple[Branch, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Module:
    """One file. `imports` are alias to path below the root, `data` or `input` first."""

    path: str
    package: Path
    imports: Mapping[str, Path]
    rules: tuple[Rule, ...]

    @property
    def is_test(self) -> bool:
        """Whether the file holds tests, never evaluated in production."""
        return self.path.endswith("_test.rego")


def parts(term: Term) -> tuple[Term, ...]:
    """Returns the terms directly inside a term, without those of a comprehension."""
    match term:
        case Scalar() | Comprehension():
            return ()
        case Ref():
            return term.path
        case FunctionCall():
            return term.args
        case Collection():
            return term.items
        case Infix():
            return (term.left, term.right)


def terms_of(statement: Statement) -> Iterator[Term]:
    """Yields the terms of a statement, without the body of an `every`."""
    match statement:
        case Expression() | Assign():
            yield statement.term
            for modifier in statement.withs:
                yield modifier.value
                yield from modifier.target.path
        case SomeIn() | Every():
            yield statement.source


def names_bound(statement: Statement) -> tuple[str, ...]:
    """Returns the variables a statement binds for the rest of its body."""
    match statement:
        case Assign():
            return (statement.name,)
        case SomeIn():
            return tuple(name for name in statement.names if name != "_")
        case _:
            return ()


def everything_in(body: Body) -> Iterator[Term]:
    """Yields every term of a body at any depth, bodies of `every` and comprehensions included."""
    for statement in body:
        for term in terms_of(statement):
            yield from everything_below(term)
        if isinstance(statement, Every):
            yield from everything_in(statement.body)


def everything_below(term: Term) -> Iterator[Term]:
    """Yields the term and every term inside it at any depth."""
    yield term
    for part in parts(term):
        yield from everything_below(part)
    if isinstance(term, Comprehension):
        for head in term.heads:
            yield from everything_below(head)
        yield from everything_in(term.body)
