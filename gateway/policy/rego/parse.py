"""Reads one module of the subset: package, imports, rules."""

from __future__ import annotations

from gateway.policy.rego.cursor import Cursor
from gateway.policy.rego.syntax import Body, Branch, Form, Module, Path, Ref, Rule, Scalar, Term
from gateway.policy.rego.terms import TermReader
from gateway.policy.rego.tokens import RegoSyntaxError


def parse_module(path: str, text: str) -> Module:
    """Returns the module in this text.

    Raises:
        RegoSyntaxError: the text is not Rego v1, or not in the subset.
    """
    cursor = Cursor(text)
    reader = TermReader(cursor)
    cursor.expect("package")
    package = _path(reader.term())
    imports: dict[str, Path] = {}
    while cursor.accept("import"):
        target = _path(reader.term())
        alias = cursor.name() if cursor.accept("as") else target[-1]
        if target == ("rego", "v1"):
            continue
        if target[0] not in ("data", "input") or alias in imports:
            raise RegoSyntaxError(cursor.before.line, "an import is of data or input, under a name of its own")
        imports[alias] = target
    rules: list[Rule] = []
    while not cursor.at_end():
        if rules and cursor.same_line():
            raise cursor.error("expected the end of the rule")
        rules.append(_rule(cursor, reader))
    return Module(path, package, imports, tuple(rules))


def _path(term: Term) -> Path:
    if not isinstance(term, Ref):
        raise RegoSyntaxError(term.line, "expected a path")
    names = [part.value for part in term.path if isinstance(part, Scalar) and isinstance(part.value, str)]
    if len(names) != len(term.path):
        raise RegoSyntaxError(term.line, "expected a path of names")
    return (term.head, *names)


def _rule(cursor: Cursor, reader: TermReader) -> Rule:
    line = cursor.token.line
    if cursor.accept("default"):
        name = cursor.name()
        cursor.expect(":=")
        return Rule(name, Form.DEFAULT, (), (Branch(reader.term(), ()),), line)
    name = cursor.name()
    if cursor.adjacent("["):
        raise cursor.error("a rule with brackets is v0 or a partial object: write `contains`")
    if cursor.adjacent("("):
        return Rule(name, Form.FUNCTION, _arguments(cursor), _branches(cursor, reader), line)
    if cursor.accept("contains"):
        member = reader.term()
        return Rule(name, Form.SET, (), (Branch(member, _if(cursor, reader, required=False)),), line)
    return Rule(name, Form.COMPLETE, (), _branches(cursor, reader), line)


def _arguments(cursor: Cursor) -> tuple[str, ...]:
    cursor.expect("(")
    found = [cursor.name()]
    while cursor.accept(","):
        found.append(cursor.name())
    cursor.expect(")")
    return tuple(found)


def _branches(cursor: Cursor, reader: TermReader) -> tuple[Branch, ...]:
    found = [_branch(cursor, reader)]
    while cursor.accept("else"):
        found.append(_branch(cursor, reader))
    return tuple(found)


def _branch(cursor: Cursor, reader: TermReader) -> Branch:
    if cursor.at("="):
        raise cursor.error("write `:=`")
    value = reader.term() if cursor.accept(":=") else None
    return Branch(value, _if(cursor, reader, required=value is None))


def _if(cursor: Cursor, reader: TermReader, *, required: bool) -> Body:
    if cursor.accept("if"):
        return reader.body()
    if cursor.at("{"):
        raise cursor.error("a body without `if` is v0")
    if required:
        raise cursor.error("expected `if`, `:=` or `contains`")
    return ()
