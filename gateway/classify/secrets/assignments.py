"""Credentials by the words before them: `DB_PASSWORD=…`, `"client_secret": "…"`, "the password is …", 密码：….

The words say what stands there; `gateway.classify.secrets.values` decides whether it is a real one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.classify.detector import Span
from gateway.classify.prefilter import compiled
from gateway.classify.secrets import words
from gateway.classify.secrets.match import Match
from gateway.classify.secrets.values import Setting, is_key, is_password, is_strong

PASSWORD_TYPE = "SECRET_PASSWORD"  # noqa: S105  (a type of finding, not a password)
KEY_TYPE = "SECRET_GENERIC"
_LABEL_CHARACTERS = 40
_FIELD_CHARACTERS = 80

_CUT = re.compile(r"[\u3000-\u303f\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\u2013-\u2027\u00ab\u00bb]")
_SCRIPT = re.compile(r"[\u0370-\u04ff\u0590-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_NEXT_FIELD = re.compile(r"[&,;](?=[A-Za-z_][\w.\-]{0,40}[=:])|</")
_PLAIN = re.compile(r"[!-~]")
_CALLS = re.compile(r"[(,]")
_CLOSERS = ".,;:)]}>\"'`|\u201d\u2019"
_ABOUT = re.compile(words.TALKS_ABOUT, re.IGNORECASE)
_BEFORE = re.compile(words.TALKS_BEFORE, re.IGNORECASE)
_SCORES = {Setting.QUOTED: 800, Setting.BARE: 700, Setting.PROSE: 650}


@dataclass(frozen=True, slots=True)
class _Value:
    """A value beside its words: the whole name it stands under, what the name says after the word, the place.

    `is_code` says that an unquoted argument follows: a variable.
    """

    name: str
    tail: str
    start: int
    end: int
    setting: Setting
    is_code: bool


class LabelledValues:
    """Finds values by the words before them. Immutable and safe to share between threads."""

    def __init__(self) -> None:
        """Compiles the expressions."""
        self._passwords = (compiled(words.LABELLED_PASSWORD), compiled(words.OPTION_PASSWORD))
        self._keys = (compiled(words.LABELLED_KEY), compiled(words.OPTION_KEY))
        self._spoken = compiled(words.SPOKEN_PASSWORD)
        self._spoken_key = compiled(words.SPOKEN_KEY)
        self._alone = compiled(words.BARE_PASSWORD)
        self._after = compiled(f"^{words.AFTER_SCRIPT_WORD}")
        self._script_passwords = re.compile(words.SCRIPT_PASSWORD_WORDS)
        self._script_keys = re.compile(words.SCRIPT_KEY_WORDS)
        self._field = re.compile(rf"(.*?)(?:({words.PASSWORD_WORDS})|{words.KEY_WORDS}|_?key)s?", re.IGNORECASE)

    def has_script_words(self, text: str) -> bool:
        """Returns whether a word of another script for password or key stands in the text."""
        if text.isascii() or _SCRIPT.search(text) is None:
            return False
        return self._script_passwords.search(text) is not None or self._script_keys.search(text) is not None

    def find_passwords(self, text: str, shadow: bytes) -> Iterator[Span]:
        """Yields what stands beside a word for password in Latin script."""
        for expression in self._passwords:
            for match in expression.finditer(shadow):
                value = _value(text, match)
                if value.is_code or _ABOUT.search(value.tail):
                    continue
                if is_password(text[value.start : value.end], value.name, value.setting):
                    yield Span(value.start, value.end, PASSWORD_TYPE, _SCORES[value.setting])
        for match in self._spoken.finditer(shadow):
            start, end = _trimmed(text, *match.span(1))
            if is_password(text[start:end], "password", Setting.PROSE):
                yield Span(start, end, PASSWORD_TYPE, _SCORES[Setting.PROSE])
        for match in self._alone.finditer(shadow):
            start, end = _trimmed(text, *match.span(1))
            if is_strong(text[start:end]) and is_password(text[start:end], "password", Setting.PROSE):
                yield Span(start, end, PASSWORD_TYPE, _SCORES[Setting.PROSE])

    def find_keys(self, text: str, shadow: bytes) -> Iterator[Span]:
        """Yields what stands beside a word for key, token or secret in Latin script."""
        for expression in self._keys:
            for match in expression.finditer(shadow):
                value = _value(text, match)
                if _describes(value) or not is_key(text[value.start : value.end], value.name, value.setting):
                    continue
                yield Span(value.start, value.end, KEY_TYPE, _SCORES[value.setting] - 100)
        for match in self._spoken_key.finditer(shadow):
            start, end = _trimmed(text, *match.span(1))
            if is_key(text[start:end], "secret", Setting.BARE):
                yield Span(start, end, KEY_TYPE, _SCORES[Setting.PROSE] - 100)

    def find_beside_script_words(self, text: str, shadow: bytes) -> Iterator[Span]:
        """Yields what stands beside words in other scripts."""
        if not self.has_script_words(text):
            return
        for match in self._script_passwords.finditer(text):
            start, end = self._value_after(text, shadow, match.end())
            if is_password(text[start:end], match.group(), Setting.PROSE):
                yield Span(start, end, PASSWORD_TYPE, _SCORES[Setting.BARE])
        for match in self._script_keys.finditer(text):
            start, end = self._value_after(text, shadow, match.end())
            if is_key(text[start:end], match.group(), Setting.QUOTED):
                yield Span(start, end, KEY_TYPE, _SCORES[Setting.BARE])

    def find_field(self, text: str, field_name: str) -> Iterable[Span]:
        """Returns the whole text when the field it stands under says that it is a credential."""
        match = self._field.fullmatch(field_name) if 0 < len(field_name) <= _FIELD_CHARACTERS else None
        value = text.strip()
        if match is None or not value or len(value) > words.LONGEST or " " in value:
            return ()
        start = text.index(value)
        if match.group(2):
            found = is_password(value, field_name, Setting.QUOTED)
        else:
            found = not _BEFORE.search(match.group(1)) and is_key(value, field_name, Setting.QUOTED)
        return (Span(start, start + len(value), PASSWORD_TYPE if match.group(2) else KEY_TYPE, 800),) if found else ()

    def _value_after(self, text: str, shadow: bytes, place: int) -> tuple[int, int]:
        """The value after a word of another script; an empty place when there is none."""
        match = (
            self._after.search(shadow[place : place + words.LONGEST]) if _PLAIN.search(text, place, place + 8) else None
        )
        if match is None:
            return place, place
        group = next(group for group in (1, 2, 3, 4) if match.span(group)[0] >= 0)
        start, end = (place + each for each in match.span(group))
        while start < end and _SCRIPT.match(text[start]):
            start += 1
        return _trimmed(text, start, end)


def _value(text: str, match: Match) -> _Value:
    group = next(group for group in (3, 4, 5, 6) if match.span(group)[0] >= 0)
    start, end = match.span(group)
    setting = Setting.BARE if group == 6 else Setting.QUOTED
    if setting is Setting.BARE:
        start, end = _trimmed(text, start, end)
    label_start, label_end = match.span(1)
    begin = label_start
    while begin > max(0, label_start - _LABEL_CHARACTERS) and (text[begin - 1].isalnum() or text[begin - 1] in "_-."):
        begin -= 1
    is_code = setting is Setting.BARE and _CALLS.search(text, match.span(2)[1], start) is not None
    return _Value(text[begin:label_end], text[slice(*match.span(2))], start, end, setting, is_code)


def _describes(value: _Value) -> bool:
    """Whether the name says that the value belongs to something that is no credential."""
    if value.is_code:
        return True
    return (
        _ABOUT.search(value.tail) is not None or _BEFORE.search(re.sub(r"(?i)key$|token$", "", value.name)) is not None
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A bare value without what follows it: the next field, closing punctuation, text in another script."""
    for pattern in (_NEXT_FIELD, _CUT, _SCRIPT):
        cut = pattern.search(text, start, end)
        if cut is not None and cut.start() > start:
            end = cut.start()
    while end > start and text[end - 1] in _CLOSERS:
        end -= 1
    if text.startswith("**", start) and text.endswith("**", start, end):  # Markdown
        return start + 2, max(start + 2, end - 2)
    return start, end
