"""Shapes of lines that code has and prose has not, weighed: they confirm what pairs of characters leave doubtful."""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

from dataclasses import dataclass

from gateway.classify.prefilter import Prefilter

_ENOUGH_WEIGHT = 4
_ENOUGH_SHAPES = 2


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
    Shape("sql", r"(?i)^[ \t]*select\s+[\w*.]+(?:,\s*[\w*.() ]+)+[ \t]*$", 2),
    Shape("sql-clause", r"^[ \t]*(?:WHERE|(?:LEFT |RIGHT |INNER |OUTER )*JOIN|GROUP BY|ORDER BY|HAVING|LIMIT|VALUES|FROM|UNION|WITH)\b.*$", 1),
    Shape("sql-clause", r"^[ \t]*(?:where|(?:left |right |inner )*join|group by|order by|having)\b.*(?:=|\(|\w\.\w).*$", 2),
    Shape("shell", r"^#!/.*$", 3),
    Shape("shell", r"^[ \t]*(?:fi|done|esac|then|do|;;)[ \t]*$", 2),
    Shape("shell", r"^[ \t]*[\w-]+ ?\(\)[ \t]*\{?[ \t]*$", 3),
    Shape("shell-case", r"^[ \t]*(?:\*|-{1,2}\w[\w-]*(?:\|-{1,2}\w[\w-]*)*)\)[ \t]*$", 2),
    Shape("shell-test", r"^[ \t]*(?:if|elif|while|until)? ?(?:! )?(?:test|\[\[?) -\w .*$", 2),
    Shape("shell-end", r"^[ \t]*(?:exit|return|shift)(?: [0-9]+| \$\w+| \$\?)?[ \t]*(?:;;)?$", 1),
    Shape("shell-variable", r"^.*(?:\"\$\{?\w+\}?\"|\$\(\w[^)]*\)|\$\{\w+[:#%/-]).*$", 1),
    Shape("shell-echo", r"^[ \t]*(?:echo|printf|cat|eval|exec|unset|readonly|export)\b.*(?:[\"'$>]).*$", 1),
    Shape("shell", r"^[ \t]*(?:if|while|elif) \[\[? .*$", 2),
    Shape("shell", r"^[ \t]*for \w+ in .*;?[ \t]*do[ \t]*$", 2),
    Shape("shell-set", r"^[ \t]*(?:set -[a-z]+|export \w+=|[A-Z_]{2,}=[\"'$\w/]|local \w+=|echo [\"'$]|source \S+$|trap ).*$", 2),
    Shape("shell-run", r"^[ \t]*(?:\$ )?(?:sudo|git|docker|kubectl|curl|npm|pip|grep|awk|sed|rm|mkdir|cp|tar|ssh) -?[\w./-]+.*$", 1),
)  # fmt: skip


class Shapes:
    """Judges a few lines. Immutable and safe to share between threads."""

    def __init__(self) -> None:
        """Compiles the shapes."""
        # Lines are short, so how many automata are asked counts for more than how many states one has.
        self._shapes = Prefilter([f"(?m){shape.pattern}" for shape in SHAPES], together=None)

    def are_code(self, text: bytes) -> bool:
        """Returns whether the lines have shapes of two families at least, of enough weight together."""
        weight, families = 0, set[str]()
        for line in text.splitlines():
            for number in self._shapes.match(line):
                weight += SHAPES[number].weight
                families.add(SHAPES[number].family)
            if weight >= _ENOUGH_WEIGHT and len(families) >= _ENOUGH_SHAPES:
                return True
        return False
