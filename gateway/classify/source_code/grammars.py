"""Grammars: does a stretch parse, and as which language? Tree-sitter's parsers, all from installed packages."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from tree_sitter import Language as Grammar
from tree_sitter import Parser

_MOST_BYTES = 600
_LEAST_NODES = 8
CLEAN = 0.1
"""Share of bytes inside errors up to which a stretch counts as parsed."""


class Language(StrEnum):
    """A programming language with a grammar."""

    BASH = "bash"
    CPP = "cpp"
    CSHARP = "c_sharp"
    GO = "go"
    JAVA = "java"
    JAVASCRIPT = "javascript"
    KOTLIN = "kotlin"
    PHP = "php"
    PYTHON = "python"
    RUBY = "ruby"
    RUST = "rust"
    SQL = "sql"
    SWIFT = "swift"
    TYPESCRIPT = "typescript"


_FACTORIES = {Language.PHP: "language_php_only", Language.TYPESCRIPT: "language_typescript"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a stretch reads in one language: the share of its bytes inside errors, and how many nodes it has."""

    language: Language
    error_share: float
    nodes: int


STRICT = frozenset((Language.GO, Language.JAVA, Language.PYTHON, Language.RUST))
"""Languages in which prose, data and settings do not parse. To a shell every word is a command."""


class Grammars:
    """Parses. A parser is made for each call, so this is safe to share between threads."""

    def __init__(self) -> None:
        """Loads the grammars: about 10 ms, from installed packages only."""
        self._grammars = {language: _grammar(language) for language in Language}

    def best(self, text: bytes, among: Collection[Language] = tuple(Language)) -> Reading | None:
        """Returns the language in which the beginning of a text reads best; nothing when it is too short to tell."""
        readings = [self._read(language, text[:_MOST_BYTES]) for language in among]
        long_enough = [each for each in readings if each.nodes >= _LEAST_NODES]
        return min(long_enough, key=lambda each: (each.error_share, -each.nodes), default=None)

    def _read(self, language: Language, text: bytes) -> Reading:
        root = Parser(self._grammars[language]).parse(text).root_node
        errors, nodes, pending = 0, 0, [root]
        while pending:
            node = pending.pop()
            nodes += 1
            if node.is_error or node.is_missing:
                errors += max(1, node.end_byte - node.start_byte)
            elif node.has_error:
                pending += node.children
            else:
                nodes += node.descendant_count - 1
        return Reading(language, errors / max(1, len(text)), nodes)


def _grammar(language: Language) -> Grammar:
    module = importlib.import_module(f"tree_sitter_{language}")
    factory = cast("Callable[[], object]", getattr(module, _FACTORIES.get(language, "language")))
    return Grammar(factory())
