"""What is a credential only because of the one beside it: the secret of an access key, the user of a password."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gateway.classify.detector import Passage, Span
from gateway.classify.prefilter import compiled
from gateway.classify.secrets import words
from gateway.classify.secrets.assignments import PASSWORD_TYPE
from gateway.classify.secrets.shapes import NOT_VALUES
from gateway.classify.secrets.values import Setting, is_key, is_stand_in

_REACH = 240
"""Code points around a credential in which its other half is looked for."""
_MOST = 200
"""Credentials around which is looked: a longer list is one of credentials anyway."""
_HALVES = {
    "SECRET_AWS_ACCESS_KEY": ("SECRET_AWS_SECRET_KEY", r"[A-Za-z0-9+/]{40}", r"[^A-Za-z0-9+/=]"),
    "SECRET_ALIBABA_ACCESS_KEY": ("SECRET_ALIBABA_SECRET_KEY", r"[A-Za-z0-9]{30}", r"[^A-Za-z0-9]"),
    "SECRET_TENCENT_SECRET_ID": ("SECRET_TENCENT_SECRET_KEY", r"[A-Za-z0-9]{32}", r"[^A-Za-z0-9]"),
    "SECRET_GOOGLE_HMAC_KEY": ("SECRET_GOOGLE_HMAC_SECRET", r"[A-Za-z0-9+/]{40}", r"[^A-Za-z0-9+/=]"),
    "SECRET_TWILIO_KEY": ("SECRET_TWILIO_SECRET", r"[A-Za-z0-9]{32}", r"[^A-Za-z0-9]"),
}
"""By the type of the public half: the type, the form and the surroundings of the secret one."""
USER_TYPE = "SECRET_USER_NAME"


class Neighbours:
    """Finds other halves. Immutable and safe to share between threads."""

    def __init__(self) -> None:
        """Compiles the expressions."""
        self._halves = {
            kind: (half, compiled(rf"(?:^|{around})({form})(?:{around}|$)"))
            for kind, (half, form, around) in _HALVES.items()
        }
        self._user = compiled(words.USER_NAME)

    def find(self, passage: Passage, spans: Sequence[Span]) -> Iterable[Span]:
        """Returns the other halves of the credentials found."""
        found: set[Span] = set()
        for span in spans[:_MOST]:
            found.update(self._secret_half(passage, span))
            found.update(self._user_name(passage, span))
        return sorted(found, key=lambda span: (span.start, span.end))

    def _secret_half(self, passage: Passage, span: Span) -> Iterator[Span]:
        if span.type not in self._halves:
            return
        kind, expression = self._halves[span.type]
        begin = max(0, span.start - _REACH)
        for match in expression.finditer(passage.shadow[begin : span.end + _REACH]):
            start, end = (begin + place for place in match.span(1))
            if (end <= span.start or start >= span.end) and is_key(passage.text[start:end], "secret", Setting.BARE):
                yield Span(start, end, kind, 850)

    def _user_name(self, passage: Passage, span: Span) -> Iterator[Span]:
        if span.type != PASSWORD_TYPE:
            return
        begin = max(0, span.start - _REACH)
        for match in self._user.finditer(passage.shadow[begin : span.end + _REACH]):
            group = next(group for group in (1, 2, 3, 4) if match.span(group)[0] >= 0)
            start, end = (begin + place for place in match.span(group))
            value = passage.text[start:end].rstrip(".,;:)]}>\"'`")
            if (end <= span.start or start >= span.end) and _is_user_name(value):
                yield Span(start, start + len(value), USER_TYPE, 600)


def _is_user_name(value: str) -> bool:
    if not 2 <= len(value) <= 64 or value.lower() in NOT_VALUES:
        return False
    return " " not in value and "(" not in value and not is_stand_in(value)
