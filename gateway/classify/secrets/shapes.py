"""Shapes of values that are no credentials: stand-ins, references, digests, words, measures.

All are RE2 and so linear: a value comes from whoever wrote the text.
"""

# ruff: noqa: E501  (a pattern broken over lines is harder to check than a long one)

from __future__ import annotations

from gateway.classify.prefilter import compiled


class Shape:
    """A shape that a value has from its first character on; the expression says whether to its last."""

    __slots__ = ("_expression",)

    def __init__(self, expression: str) -> None:
        """Compiles the expression; letters of either case are the same."""
        self._expression = compiled(f"(?i){expression}")

    def fits(self, value: str) -> bool:
        """Returns whether the value has the shape. Characters beyond ASCII count as `?`."""
        return self._expression.match(value.encode("ascii", "replace")) is not None

    def is_in(self, value: str) -> bool:
        """Returns whether a part of the value has the shape."""
        return self._expression.search(value.encode("ascii", "replace")) is not None


STAND_IN = Shape(
    r"x{4,}|\*{3,}|\.{3,}|-{5,}|_{5,}|#{4,}|0{8,}|1234567890.?1234567890|\$\{|\$\(|\{\{|\}\}|<%|%\(|^\{.*\}$|^<.*>$|^\[.*\]$|^%\w+%$|^__\w+__$"
    r"|^\$[a-z_{(]|^@[a-z_]+$|^[<\[{(][a-z_-]+$|placeholder|redacted|change[-_]?(?:me|it)|replace[-_]?(?:me|with|this)|example|sample|dummy|(?:^|[-_])(?:your|my|insert|enter|put|todo|fixme|fake|mock|some|here)[-_]"
    r"|[-_](?:here|goes)$|^your|^lorem|^tbd$|^n/?a$|deadbeef|^(?:foo|bar|baz)+\d*$|verysecret|not[-_]?(?:a[-_])?(?:real|secret)"
)
DULL = Shape(r"x{5,}|\*{3,}|\.{4,}|0{10,}|your[-_]|<|\{|placeholder|redacted|change[-_]?me|1234567890.?1234567890")
"""The part of `STAND_IN` that also counts against a value with a documented form."""
UUID = Shape(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$")
DIGEST = Shape(
    r"(?:sha(?:1|256|384|512)[-:])?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$"
)
SUBRESOURCE = Shape(r"(?:md5|sha(?:1|256|384|512))[-:=]")
REFERENCE = Shape(
    r"[A-Z_$][\w$]*(?:(?:\.|::|->|\?\.)[A-Z_$][\w$]*)+[;,)]*$|[A-Z_$][\w$.]*[(\[].*|[&*!~][A-Z_]\w*$|.*\)\.|\$\w+$|%\w+%?$"
    r"|(?:os|env|process|self|this|cls|config|settings|vault|secrets|ssm|arn)[.:]"
)
CODE = Shape(r"[(){}\[\]]|->|=>|\|\||&&|^![01]|^[!=|]==?|;[a-z]|::")
"""Stands in unquoted expressions; in a password only when it is quoted."""
PATH = Shape(r"(?:[A-Z]:[\\/]|\.{0,2}/|~/|[\w.\-]+/[\w.\-]+/[\w./\-]*$)")
FILE = Shape(
    r"[\w./~-]+\.(?:html?|md|rst|txt|php|jsx?|tsx?|mjs|css|json|ya?ml|toml|xml|png|svg|py|go|rs|java)(?:[#?].*)?$"
)
"""A page or a file, perhaps a place in it."""
ADDRESS = Shape(r"[a-z][a-z0-9+]{1,9}://|[A-Z]:[\\/]|~/|\.{1,2}/")
IDENTIFIER = Shape(r"[A-Z_]+\d?$")
WORDS = Shape(r"[A-Z]{2,}(?:[-'?/.][A-Z]{2,})+$|[A-Z]+[.!?:]?$")
MEASURE = Shape(
    r"\d+[-a-z]*$|\d{1,4}(?:[-./:]\d{1,4}){1,3}(?:[T ].*)?$|v?\d+(?:\.\d+)+\w*$|\d{1,2}:\d{2}.*$|[+\-]?[\d.,]+%?$"
)
TECHNIQUE = Shape(
    r"(?:sha|md5|aes|rsa|hmac|pbkdf|bcrypt|scrypt|argon|utf|base|oauth|x509|x\.509|tls|ssl|ntlm|ed25519|es256|hs256|rs256)[-_]?\d*(?:[-_ ]?[a-z]+\d*)?$"
)
PATTERN = Shape(r"\{\d+(?:,\d*)?\}|\[[a-z0-9]-[a-z0-9]")
"""A part of a regular expression."""
SECRET_NAME = Shape(
    r"secret|api[-_ ]?key|auth|access[-_ ]?(?:key|token)|private|encryption|signing|master|credential|geheim|\?\?"
)
LABEL = Shape(r".*(?:password|passwd|passwort|kennwort|token|secret|api_?key)$")

NOT_VALUES = frozenset(
    "none null nil true false undefined string str bytes text hidden required optional invalid incorrect wrong missing empty "
    "password passwd passwort kennwort secret token credential credentials username user email value input object number "
    "integer boolean default unknown anonymous basic bearer apikey private public protected static const final let var self "
    "this return function class type any void char varchar nvarchar textbox changeme lambda async await "
    "encrypted hashed masked removed blank expired disabled enabled field param parameter argument variable".split()
)
"""Words that stand where a value would stand."""
