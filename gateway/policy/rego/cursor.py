"""A place in a list of tokens."""

from __future__ import annotations

from gateway.policy.rego.tokens import RegoSyntaxError, Token, TokenKind, tokenize

KEYWORDS = frozenset(
    {
        "as", "contains", "default", "else", "every", "false", "if", "import", "in", "not", "null", "package", "some",
        "true", "with",
    }
)  # fmt: skip


class Cursor:
    """Reads tokens one after the other. Not shared."""

    def __init__(self, text: str) -> None:
        """Raises `RegoSyntaxError` for a text without tokens of the subset."""
        self._tokens = tokenize(text)
        self._next = 0

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._next]

    @property
    def before(self) -> Token:
        """The token read last; the first one if none was."""
        return self._tokens[max(0, self._next - 1)]

    def advance(self) -> Token:
        """Returns the next token and moves past it."""
        token = self.token
        if token.kind is not TokenKind.END:
            self._next += 1
        return token

    def at(self, *texts: str) -> bool:
        """Whether the next token is one of these symbols or keywords."""
        return self.token.text in texts and self.token.kind in (TokenKind.SYMBOL, TokenKind.NAME)

    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.token.kind is TokenKind.END

    def adjacent(self, text: str) -> bool:
        """Whether the next token is this symbol, with no space before it."""
        return self.at(text) and self.token.start == self.before.end

    def same_line(self) -> bool:
        """Whether the next token stands on the line of the last one read."""
        return self.token.line == self.before.line

    def accept(self, text: str) -> bool:
        """Moves past the next token if it is this one."""
        if not self.at(text):
            return False
        self.advance()
        return True

    def expect(self, text: str) -> Token:
        """Moves past this token. Raises `RegoSyntaxError` if another comes next."""
        if not self.at(text):
            raise self.error(f"expected {text!r}")
        return self.advance()

    def name(self) -> str:
        """Returns the next name. Raises `RegoSyntaxError` for anything else, a keyword included."""
        if self.token.kind is not TokenKind.NAME or self.token.text in KEYWORDS:
            raise self.error("expected a name")
        return self.advance().text

    def error(self, reason: str) -> RegoSyntaxError:
        """Returns the error for the place of the next token."""
        found = "the end" if self.at_end() else repr(self.token.text)
        return RegoSyntaxError(self.token.line, f"{reason}, found {found}")
