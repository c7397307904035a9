"""Shapes of lines that code has and prose has not, weighed: they confirm what pairs of characters leave doubtful."""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

from dataclasses import dataclass

from gateway.classify.prefilter import Prefilter, compiled

_ENOUGH_WEIGHT = 4
_ENOUGH_SHAPES = 2
_TELLING_WEIGHT, _TELLING_LINES = 3, 2


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
    Shape("preprocessor", r"^[ \t]*#[ \t]*(?:define [A-Za-z_]\w*|if(?:n?def)? [\w!(].*|if defined.*|elif\b.*|else|endif\b.*|pragma \w.*|undef \w+)(?:[ (\t].*)?$", 2),
    Shape("perl", r"^[ \t]*(?:sub \w+[ \t]*(?:\{.*)?|(?:my|our|local) [$@%(].*)$", 3),
    Shape("perl", r"^[ \t]*(?:use|package|require) [A-Z]\w*(?:::\w+)+.*;[ \t]*$", 3),
    Shape("perl-variable", r"^.*(?:[$@%]\{|\$\w+->|\$self\b|@_\b|=~ ?[ms/]|\$\w+[\[{]).*$", 2),
    Shape("perl-end", r"^.*[\w)}\"'] (?:if|unless|or|and) [$@!(\w].*;[ \t]*$", 2),
    Shape("ruby", r"^[ \t]*(?:def (?:self\.)?\w+[?!=]?|def [<=>+*/\[\]-]+\(.*|class [A-Z][\w:]*(?: < [A-Z][\w:]*)?|module [A-Z][\w:]*)(?:\(.*\))?[ \t]*$", 3),
    Shape("ruby", r"^.*(?:\bdo|\{) \|[\w, *&]+\|[ \t]*$", 3),
    Shape("ruby", r"^[ \t]*(?:require|require_relative|include|extend|attr_(?:reader|writer|accessor)|autoload) [:'\"A-Z].*$", 2),
    Shape("end", r"^[ \t]*end[ \t]*[,)]*$", 1),
    Shape("instance", r"^[ \t]*@\w+ (?:\|\|)?= .*$", 2),
    Shape("lua", r"^[ \t]*local (?:function )?\w[\w, ]*(?:[=(].*)?$", 2),
    Shape("lua", r"^[ \t]*(?:if|elseif|while|for)\b.*\b(?:then|do)[ \t]*$", 3),
    Shape("style", r"^[ \t]*(?:-{0,2}[a-z][a-z-]*|--#\{.*\}[\w-]*|[$@][\w-]+):[ \t]*[^;{}]*;[ \t]*$", 1),
    Shape("style-block", r"^[ \t]*(?:[.#&>@*:]|[a-z][\w-]*[ ,.:>#\[{])[^;=]*\{[ \t]*$", 1),
    Shape("objective-c", r"^[ \t]*[-+] ?\([\w ]+[ *]*\)\w+.*$", 3),
    Shape("objective-c", r"^.*(?:\[\w+ \w+[\]:]|@\"|\bnil\b).*;[ \t]*$", 2),
    Shape("swift", r"^[ \t]*(?:guard|if) (?:let|var) .*$", 3),
    Shape("typed-name", r"^[ \t]*(?:_ )?\w+\??: [\w<>\[\]|. ]+[;?][ \t]*$", 1),
    Shape("typed-name", r"^[ \t]*(?:override |private |public |static |final |readonly |export |internal |suspend |open )+\w.*$", 1),
    Shape("rust", r"^[ \t]*(?:#!?\[\w.*\]|let mut .*|(?:pub(?:\(\w+\))? )?(?:use|mod) [\w:{}, *]+;|.*[\w>]\)?\?;|impl(?:<.*>)? \w.*)[ \t]*$", 3),
    Shape("go", r"^[ \t]*(?:\w+(?:, \w+)* := .*|for .*:= range .*\{|if err != nil \{|func\b.*\{|defer .*\))[ \t]*$", 3),
    Shape("php", r"^.*\$\w+(?:->|::|\[| =|\)).*(?:[;{,(]|\))[ \t]*$", 2),
    Shape("php", r"^[ \t]*(?:use|namespace) \w+(?:\\\w+)+;[ \t]*$", 3),
    Shape("member-function", r"^[ \t]*(?:public|private|protected)? ?(?:static )?(?:function \w+\(|fun \w+|override fun|suspend fun|fun <).*$", 3),
    Shape("sql-function", r"^[ \t]*(?:RETURNS|LANGUAGE|AS) [\w'$\"].*$", 1),
    Shape("sql-function", r"^[ \t]*(?:LANGUAGE \w+\b.*|AS 'MODULE_PATHNAME'.*|AS \$\w*\$.*|BEGIN(?: ATOMIC)?|\$\w*\$;?)[ \t]*$", 2),
    Shape("shell-case", r"^[ \t]*[^\s()]+(?: ?\| ?[^\s()]+)*\).*;;[ \t]*$", 3),
    Shape("shell-case", r"^[ \t]*(?:case .* in|[\w.,*=?\[\]|-]+\)|.*;;)[ \t]*$", 2),
    Shape("shell-test", r"^.*(?:\[ (?:! )?(?:-\w|\"?\$\w).*\]|\|\| (?:exit|return|true|:|die|\{)|> ?/dev/null|2>&1).*$", 2),
    Shape("shell-if", r"^[ \t]*(?:if|elif|while|until) .*;[ \t]*(?:then|do)[ \t]*$", 3),
    Shape("shell-assign", r"^[ \t]*[A-Za-z_]\w*=(?:\"[^\"]*\"?|'[^']*'?|\$.*|`.*|[\w./-]*)[ \t]*$", 1),
    Shape("shell-variable", r"^.*(?:[ =\"(]\$\w+|\$\{\w+\}|\$[@#*?]|`\w+ .*`).*$", 1),
    Shape("shell-set", r"^[ \t]*(?:\.[ \t]+[/\"$][\w/\"$.{}-]+|.*<<-?[ \t]*['\"\\]?[A-Z]+['\"]?.*)$", 3),
    Shape("continued", r"^.*(?:\S[ \t]+\\|[ \t](?:&&|\|\|))[ \t]*$", 2),
    Shape("keyword", r"^[ \t]*\w+=[\w.\[\]\"'(){}]+,[ \t]*$", 2),
    Shape("entry", r"^[ \t]*[\"'][\w$.-]+[\"']: (?:[A-Za-z_]\w*[.(\[].*|[a-z]\w*_\w+|f\".*),[ \t]*$", 1),
    Shape("literal", r"^[ \t]*(?:[frb]?\"[^\"]*\"|f?'[^']*')[ \t]*[)+,]*[ \t]*$", 1),
)  # fmt: skip


_JSON = r"""(?:[\s\[\]{}:,]|"(?:[^"\\\n]|\\.)*"|-?\d[\d.]*(?:[eE][-+]?\d+)?|true|false|null)+"""
_SETTING = r"[ \t]*(?:- )?[\w./-]+[ \t]*(?::|=|: .*|= .*)|[ \t]*(?:- [^;{(]*|[#;].*|\[.*\]|- \{.*\}|)"
"""A line of YAML, TOML, INI: a key and its value, an item, a remark, a section."""


class Shapes:
    """Judges a few lines. Immutable and safe to share between threads."""

    def __init__(self) -> None:
        """Compiles the shapes."""
        # Lines are short, so how many automata are asked counts for more than how many states one has.
        self._shapes = Prefilter([f"(?m){shape.pattern}" for shape in SHAPES], together=None)
        self._json, self._settings = compiled(_JSON), compiled(f"(?:(?:{_SETTING})\n)+")

    def are_json(self, text: bytes) -> bool:
        """Returns whether the lines are a part of a JSON text, which is data whatever its table says."""
        return self._json.fullmatch(text) is not None

    def are_settings(self, text: bytes) -> bool:
        """Returns whether every line could be one of a settings file, as a few lines of many languages could be too."""
        return self._settings.fullmatch(text + b"\n") is not None

    def are_code(self, text: bytes) -> bool:
        """Returns whether the lines have enough shapes: of two families at least, or a telling one in two lines."""
        weight, telling, families = 0, 0, set[str]()
        for line in text.splitlines():
            found = [SHAPES[number] for number in self._shapes.match(line)]
            weight += sum(shape.weight for shape in found)
            telling += any(shape.weight >= _TELLING_WEIGHT for shape in found)
            families.update(shape.family for shape in found)
            if weight >= _ENOUGH_WEIGHT and (len(families) >= _ENOUGH_SHAPES or telling >= _TELLING_LINES):
                return True
        return False
