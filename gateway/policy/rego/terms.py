"""Reads terms and bodies. See `gateway.policy.rego` for what the subset leaves out."""

from __future__ import annotations

import json

from gateway.policy.rego.cursor import KEYWORDS, Cursor
from gateway.policy.rego.syntax import (
    Assign,
    Body,
    Collection,
    Comprehension,
    Every,
    Expression,
    FunctionCall,
    Infix,
    Ref,
    Scalar,
    SomeIn,
    Statement,
    Term,
    With,
)
from gateway.policy.rego.tokens import RegoSyntaxError, Token, TokenKind

_PRECEDENCE = (("in", "==", "!=", "<", "<=", ">", ">="), ("|",), ("&",), ("+", "-"), ("*", "/", "%"))
_ABOVE_UNION = 2
_MOST_DEPTH = 40


class TermReader:
    """Reads terms and statements from a cursor."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._depth = 0

    def body(self) -> Body:
        """Returns what follows `if`: statements in braces, or one statement on its own line."""
        if not self._cursor.at("{"):
            return (self._statement(),)
        self._cursor.advance()
        return self._statements("}")

    def _statements(self, closer: str) -> Body:
        found: list[Statement] = []
        while not self._cursor.accept(closer):
            found.append(self._statement())
            if not self._cursor.accept(";") and not self._cursor.at(closer) and self._cursor.same_line():
                raise self._cursor.error("expected the end of the statement")
        if not found:
            raise self._cursor.error("a body needs at least one statement")
        return tuple(found)

    def _statement(self) -> Statement:
        cursor = self._cursor
        line = cursor.token.line
        if cursor.accept("some"):
            names = self._names()
            if not cursor.accept("in"):
                raise cursor.error("expected 'in': a bare `some` is not in the subset")
            return SomeIn(names, self.term(), line)
        if cursor.accept("every"):
            names = self._names()
            cursor.expect("in")
            source = self.term()
            cursor.expect("{")
            return Every(names, source, self._statements("}"), line)
        return self._expression(line)

    def _expression(self, line: int) -> Statement:
        cursor = self._cursor
        negated = cursor.accept("not")
        term = self.term()
        if cursor.at("="):
            raise cursor.error("write `:=` or `==`")
        if cursor.at(":=") and not negated:
            if not isinstance(term, Ref) or term.path:
                raise cursor.error("only a name can be assigned")
            cursor.advance()
            return Assign(term.head, self.term(), self._withs(), line)
        return Expression(term, negated, self._withs(), line)

    def _withs(self) -> tuple[With, ...]:
        found: list[With] = []
        while self._cursor.accept("with"):
            target = self._reference(self._cursor.advance())
            if not isinstance(target, Ref):
                raise self._cursor.error("`with` replaces a part of input or data")
            self._cursor.expect("as")
            found.append(With(target, self.term()))
        return tuple(found)

    def _names(self) -> tuple[str, ...]:
        first = self._cursor.name()
        return (first, self._cursor.name()) if self._cursor.accept(",") else (first,)

    def term(self, level: int = 0) -> Term:
        """Returns the term that comes next; `level` is the loosest precedence taken."""
        if level == len(_PRECEDENCE):
            return self._operand()
        left = self.term(level + 1)
        while self._cursor.at(*_PRECEDENCE[level]) and self._cursor.same_line():
            operator = self._cursor.advance()
            left = Infix(operator.text, left, self.term(level + 1), operator.line)
        return left

    def _operand(self) -> Term:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise self._cursor.error("nested too deeply")
        try:
            return self._operand_at(self._cursor.advance())
        finally:
            self._depth -= 1

    def _operand_at(self, token: Token) -> Term:
        match token.kind:
            case TokenKind.STRING:
                return Scalar(_unquoted(token, token.text), token.line)
            case TokenKind.NUMBER:
                return Scalar(float(token.text), token.line)
            case TokenKind.NAME:
                return self._reference(token)
            case _:
                return self._bracketed(token)

    def _bracketed(self, token: Token) -> Term:
        match token.text:
            case "(":
                inner = self.term()
                self._cursor.expect(")")
                return inner
            case "-" if self._cursor.token.kind is TokenKind.NUMBER:
                return Scalar(-float(self._cursor.advance().text), token.line)
            case "[":
                return self._collection("array", "]", token.line)
            case "{":
                return self._collection("set", "}", token.line)
            case _:
                raise RegoSyntaxError(token.line, f"expected a term, found {token.text or 'the end'!r}")

    def _reference(self, token: Token) -> Term:
        if token.text in ("true", "false", "null"):
            return Scalar({"true": True, "false": False, "null": None}[token.text], token.line)
        if token.kind is not TokenKind.NAME or token.text in KEYWORDS:
            raise RegoSyntaxError(token.line, f"expected a term, found {token.text!r}")
        path: list[Term] = []
        dotted = [token.text]
        while True:
            if self._cursor.adjacent("."):
                self._cursor.advance()
                part = self._cursor.advance()
                if part.kind is not TokenKind.NAME:
                    raise RegoSyntaxError(part.line, "expected a name after the dot")
                dotted.append(part.text)
                path.append(Scalar(part.text, part.line))
            elif self._cursor.adjacent("["):
                self._cursor.advance()
                path.append(self.term())
                self._cursor.expect("]")
            elif self._cursor.adjacent("(") and len(dotted) == len(path) + 1:
                self._cursor.advance()
                return FunctionCall(".".join(dotted), self._items(")"), token.line)
            else:
                return Ref(token.text, tuple(path), token.line)

    def _items(self, closer: str) -> tuple[Term, ...]:
        found: list[Term] = []
        while not self._cursor.accept(closer):
            found.append(self.term())
            if not self._cursor.accept(",") and not self._cursor.at(closer):
                raise self._cursor.error(f"expected ',' or {closer!r}")
        return tuple(found)

    def _collection(self, kind: str, closer: str, line: int) -> Term:
        if self._cursor.accept(closer):
            return Collection("object" if kind == "set" else kind, (), line)
        first = self.term(_ABOVE_UNION)
        if kind == "set" and self._cursor.accept(":"):
            return self._object(first, line)
        if self._cursor.accept("|"):
            return Comprehension(kind, (first,), self._statements(closer), line)
        if not self._cursor.accept(",") and not self._cursor.at(closer):
            raise self._cursor.error(f"expected ',' or {closer!r}")
        return Collection(kind, (first, *self._items(closer)), line)

    def _object(self, key: Term, line: int) -> Term:
        value = self.term(_ABOVE_UNION)
        if self._cursor.accept("|"):
            return Comprehension("object", (key, value), self._statements("}"), line)
        items = [key, value]
        while not self._cursor.accept("}"):
            self._cursor.expect(",")
            if self._cursor.accept("}"):
                break
            items.append(self.term())
            self._cursor.expect(":")
            items.append(self.term())
        return Collection("object", tuple(items), line)


def _unquoted(token: Token, text: str) -> str:
    if text.startswith("`"):
        return text[1:-1]
    try:
        value: str = json.loads(text)
    except ValueError:
        raise RegoSyntaxError(token.line, "an escape that Rego does not know") from None
    return value
