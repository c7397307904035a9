"""Source code, fenced or not.

Lines are weighed by shapes that code has and prose has not; a place is code when neighbouring lines gather enough
weight of at least two different shapes. RE2 decides in one pass which shapes occur at all, so prose costs one pass. Figures
are in docs/explanation/classification.md.
"""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.classify.detector import Budget, Passage, Span
from gateway.classify.prefilter import Prefilter, compiled

TYPE = "SOURCE_CODE"
_ENOUGH_WEIGHT = 4
_ENOUGH_SHAPES = 2
_GAP = 200
"""Code points between two lines of one place, at most."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape of line, and how much it says for code. Shapes of one family count once for variety."""

    family: str
    pattern: str
    weight: int


SHAPES = (
    Shape("diff", r"^(?:diff --git |@@ -\d+(?:,\d+)? \+\d+|index [0-9a-f]{7,40}\.\.[0-9a-f]{7,40}).*$", 3),
    Shape("diff-file", r"^(?:\+\+\+|---) [ab]/.*$", 2),
    Shape("python", r"^[ \t]*(?:async )?def \w+\(.*$", 3),
    Shape("python", r"^[ \t]*class \w+(?:\([\w., =\[\]]*\))?:[ \t]*$", 3),
    Shape("python-block", r"^[ \t]*(?:if|elif|for|while|with|try|except|else|finally|match|case)\b[^.!?]*:[ \t]*$", 1),
    Shape("python-self", r"^[ \t]*(?:self|cls)\.\w+.*$", 2),
    Shape("python-import", r"^[ \t]*from [\w.]+ import [\w*(].*$", 3),
    Shape("import", r"^[ \t]*import (?:static )?[\w.*]+(?: as \w+)?;?[ \t]*$", 2),
    Shape("import", r"^[ \t]*import .+ from ['\"].+['\"];?[ \t]*$", 3),
    Shape("import", r"^[ \t]*#include[ \t]*[<\"].*$", 3),
    Shape("import", r"^[ \t]*(?:use|using|package|namespace|module) [\w:.]+(?:::\{.*\})?;?[ \t]*$", 1),
    Shape("decorator", r"^[ \t]*@\w+(?:\.\w+)*(?:\(.*\))?[ \t]*$", 1),
    Shape("return", r"^[ \t]*(?:(?:return|raise|throw|yield|await)\b.*[^.!?\s]|break;?|continue;?)[ \t]*$", 1),
    Shape("function", r"^[ \t]*(?:export |default |async )*function\b\s*\*?\s*\w*\(.*$", 3),
    Shape("function", r"^[ \t]*func (?:\(.*?\) )?\w+(?:\[.*?\])?\(.*$", 3),
    Shape("function", r"^[ \t]*(?:pub(?:\(\w+\))? )?(?:async |unsafe |const )*fn \w+.*$", 3),
    Shape("arrow", r"^.*\)[ \t]*(?::[ \t]*[\w<>\[\]|]+[ \t]*)?=>.*$", 2),
    Shape("declaration", r"^[ \t]*(?:export )?(?:const|let|var|final|static|auto|mut|val)\b[^.!?;]*[\w\])}]\s*(?::[^=]+)?(?:=|:=).*$", 2),
    Shape("member", r"^[ \t]*(?:public|private|protected|internal|static|abstract|override|virtual)\b.*[{;(,)][ \t]*$", 2),
    Shape("type", r"^[ \t]*(?:export |pub |typedef |public |final |abstract )*(?:class|struct|enum|interface|trait|impl|union|type)\b.*\{[ \t]*$", 3),
    Shape("typed", r"^[ \t]*(?:void|int|char|float|double|bool|long|size_t|unsigned|u?int\d+_t|string|String|std::\w+)[ \t*&<].*[;{,(][ \t]*$", 2),
    Shape("control", r"^[ \t]*(?:\}[ \t]*)?(?:if|for|while|switch|else if|catch)[ \t]*\(.*\)[ \t]*\{?[ \t]*$", 2),
    Shape("control", r"^[ \t]*(?:if|for|match|switch|loop|while|else|unsafe|\} else)\b[^.]*\{[ \t]*$", 2),
    Shape("assign", r"^[ \t]*[A-Za-z_][\w.]*(?:\[[^\]]*\])*(?:->\w+)*[ \t]*(?:[-+*/|&^%]?=|:=)[ \t]*[^=\s].*$", 1),
    Shape("call", r"^[ \t]*(?:[A-Za-z_]\w*(?:\.|::|->))*[A-Za-z_]\w*!?\(.*\)[;,]?[ \t]*$", 1),
    Shape("semicolon", r"^.*[\w)\]\"'];[ \t]*(?://.*)?$", 1),
    Shape("brace", r"^.*\{[ \t]*$", 1),
    Shape("brace", r"^[ \t]*[})\]]+[;,]?[ \t]*$", 1),
    Shape("comment", r"^[ \t]*(?://|/\*|\*/).*$", 1),
    Shape("sql", r"^.*\b(?:SELECT\b.+\bFROM|INSERT INTO|UPDATE\b.+\bSET|CREATE (?:OR REPLACE )?(?:TABLE|INDEX|VIEW|FUNCTION)|DELETE FROM|ALTER TABLE)\b.*$", 3),
    Shape("sql", r"(?i)^[ \t]*(?:select [\w*., ()]+|select)\s+from \w+.*$", 2),
    Shape("sql-clause", r"^[ \t]*(?:WHERE|(?:LEFT |RIGHT |INNER |OUTER )*JOIN|GROUP BY|ORDER BY|HAVING|LIMIT|VALUES|FROM|UNION|WITH)\b.*$", 1),
    Shape("sql-clause", r"^[ \t]*(?:where|(?:left |right |inner )*join|group by|order by|having)\b.*(?:=|\(|\w\.\w).*$", 2),
    Shape("shell", r"^#!/.*$", 3),
    Shape("shell", r"^[ \t]*(?:fi|done|esac|then|do)[ \t]*$", 2),
    Shape("shell", r"^[ \t]*(?:if|while|elif) \[\[? .*$", 2),
    Shape("shell", r"^[ \t]*for \w+ in .*;?[ \t]*do[ \t]*$", 2),
    Shape("shell-set", r"^[ \t]*(?:set -[a-z]+|export \w+=|[A-Z_]{2,}=[\"'$\w/]|local \w+=|echo [\"'$]|source \S+$|trap ).*$", 2),
    Shape("shell-run", r"^[ \t]*(?:\$ )?(?:sudo|git|docker|kubectl|curl|npm|pip|grep|awk|sed|rm|mkdir|cp|tar|ssh) -?[\w./-]+.*$", 1),
)  # fmt: skip

_FENCE = r"^[ \t>]*(?:```|~~~)[ \t]*([\w+#.-]*)[^\n`]*\n((?s:.*?))(?:^[ \t>]*(?:```|~~~)|\z)"
_PLAIN_FENCES = frozenset(
    b"text txt plain plaintext md markdown json jsonl yaml yml toml csv tsv log logs output console none xml".split()
)


class SourceCodeDetector:
    """Finds places of source code."""

    name = "source_code"

    def __init__(self) -> None:
        """Compiles the shapes."""
        patterns = [f"(?m){shape.pattern}" for shape in SHAPES]
        self._prefilter = Prefilter([*patterns, f"(?m){_FENCE}"])
        self._finders = tuple(compiled(pattern) for pattern in patterns)
        self._fence = compiled(f"(?m){_FENCE}")

    def may_find(self, passage: Passage) -> bool:
        """Whether a fence or two families of shapes occur."""
        return self._may(self._prefilter.match(passage.shadow))

    def detect(self, passage: Passage, budget: Budget) -> Iterable[Span]:
        """Returns fenced and other places, which may overlap."""
        fired = self._prefilter.match(passage.shadow)
        if not self._may(fired):
            return []
        spans = [Span(start, end, TYPE, 900) for start, end in self._fenced(passage.shadow)]
        budget.check()
        spans += [Span(start, end, TYPE, 800) for start, end in self._places(passage.shadow, fired)]
        return spans

    def _may(self, fired: frozenset[int]) -> bool:
        return len(SHAPES) in fired or len({SHAPES[shape].family for shape in fired}) >= _ENOUGH_SHAPES

    def _fenced(self, text: bytes) -> Iterator[tuple[int, int]]:
        """Fences whose language is a programming language."""
        for match in self._fence.finditer(text):
            language = match.group(1).lower()
            if language and language not in _PLAIN_FENCES:
                yield match.span(2)

    def _places(self, text: bytes, fired: frozenset[int]) -> Iterator[tuple[int, int]]:
        """Runs of neighbouring lines that weigh enough."""
        lines = sorted(
            (*match.span(), shape)
            for shape in fired
            if shape < len(SHAPES)
            for match in self._finders[shape].finditer(text)
        )
        gathered: list[_Place] = []
        for start, end, shape in lines:
            if not gathered or start - gathered[-1].end > _GAP:
                gathered.append(_Place(start))
            gathered[-1].add(end, SHAPES[shape])
        return ((place.start, place.end) for place in gathered if place.is_code())


class _Place:
    """A run of lines being gathered."""

    __slots__ = ("end", "families", "start", "weight")

    def __init__(self, start: int) -> None:
        self.start = start
        self.end = start
        self.weight = 0
        self.families: set[str] = set()

    def add(self, end: int, shape: Shape) -> None:
        self.end = max(self.end, end)
        self.weight += shape.weight
        self.families.add(shape.family)

    def is_code(self) -> bool:
        return self.weight >= _ENOUGH_WEIGHT and len(self.families) >= _ENOUGH_SHAPES
