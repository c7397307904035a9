"""How sure a model must be before a name is reported: a false person makes a prompt confidential and masks a word.

The models see a few words; this sees what they cannot weigh well: that nothing in the "name" is on any list, that it is
an everyday word at the start of a sentence, that the line is a line of code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from gateway.classify.names import chinese, eastern, english_words, german
from gateway.classify.names.acronyms import ACRONYMS, CALENDAR, CHINESE_LABELS, TERMS
from gateway.classify.names.assistants import is_assistant
from gateway.classify.names.everyday import ORDINARY, is_called
from gateway.classify.names.hints import LEAST, NEVER, SMALL, known_as
from gateway.classify.names.lexicon import Known
from gateway.classify.names.merging import replaced
from gateway.classify.names.model import Name
from gateway.classify.names.program_text import is_program_text

_WORD: Final = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_JOINED: Final = re.compile(r"[a-zß-ÿ][A-Z]|[A-Z]{3}[a-z]")
_PREFIXED: Final = re.compile(r"(?:Mc|Mac|De|Di|La|Le|Van|Von|Fitz|Du|Da|El|Al|Ó|O[’'])[A-Z]")
_CODE: Final = re.compile(
    r"\s*(?:import |from \S+ import|def |class |return |const |let |var |public |private |static |async |await "
    r"|func |fn |#include|@\w|if |for |while |elif |else\b|except |raise |assert |with |\}|\)|package |using |try\b)"
    r"|.*(?:[;{]|\):|\) ->.*|=> .*)$"
)
_LISTED: Final = {
    "PERSON": Known.FIRST | Known.LAST,
    "LOCATION": Known.PLACE | Known.REGION | Known.STREET,
    "ORGANIZATION": Known.ORGANISATION,
}
_LABELS: Final = frozenset((*ACRONYMS, "HMAC", "RFC", "OPA", "NIST", "ISO", "ASCII", "UTF", "NER", "CRF"))
_NOBODY: Final = TERMS | CALENDAR
_DATED: Final = frozenset(
    "feb apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat st nd rd th january february "
    "march july september october november december monday tuesday wednesday thursday friday saturday sunday".split()
)
"""Words of dates that are no first names: what holds no other words is a date."""
_DATED_BY_NUMBER: Final = _DATED.union("jan mar sun april may june august".split(), map(str.lower, CALENDAR))
"""The same beside a number or another (`Tue Mar`)."""
_ARTICLES: Final = frozenset("A An The Der Die Das Ein Eine Le La".split())
_TERMS: Final = english_words.WORDS | ORDINARY
_PARTICLES: Final = frozenset("van der den de la le del di da dos du von zu bin ibn al el y e".split())
_ORDINARY, _UNLISTED, _SMALL, _FIRST_WORD, _EVERYDAY, _IN_CODE, _TERM = LEAST, 0.75, SMALL, 0.9, 0.97, 0.93, 0.98
_MOST_ALIKE: Final = 2
"""A word more often than that is a filling, not somebody (`QUJD QUJD QUJD`)."""
_NO_SURNAME: Final = 0.9
_IN_PROGRAM: Final = 0.98
_LINE: Final = 400
_ARTICLE, _BEFORE = 8, 12
_TYPE_BEHIND: Final = re.compile(r"[<(]|::")
"""`Promise<void>`, `Waker::new`; what stands in angle brackets on no list is a word to be filled in, or a type."""
_BEGINNING: Final = re.compile(r"(?:^|(?<!\w)[\"'`«»“”„‘‹])[\W\d_]*\Z")
"""Nothing but signs and numbers since a line or a quotation began: there labels stand, and what they are called."""
_DETERMINED: Final = re.compile(
    r"(?i)\b(?:every|each|ein|eine[mnrs]?|keine?[mnrs]?|jede[mnrs]?|diese[mnrs]?|une?|una) \Z"
)
_DETERMINED_GERMAN: Final = re.compile(r"(?i)\b(?:im|ins|vom) \Z")
"""What stands before a thing and hardly before somebody's name alone (`mit einem Schuss Sahne`)."""
_NO_NAME: Final = re.compile("[a-z]{4,}ly|[a-z]{3,}(?:ing|tion|ness|ment|ever|teen)")
"""Endings of English words that names on no list hardly have."""
_SENTENCE: Final = re.compile(r"(?:^|\n|[.!?:] )[\s#>*|-]*\Z")
_GOES_ON: Final = re.compile(r",?\s[a-z]")
_CONTRACTED: Final = re.compile(r"(?i)[a-z]+['’](?:d|ll|m|ve|re|t)")
_COLUMN: Final = re.compile(r"[A-Z]{2,5}, [A-Z]{2,5}")


def is_sure(name: Name, text: str, known: Callable[[str], Known]) -> bool:
    """Returns whether the model is sure enough of a name, given what is known of its words and its line."""
    words = _WORD.findall(text[name.start : name.end])
    if not words:
        return False
    facts = [known_as(word, known) for word in words]
    if len(words) > _MOST_ALIKE and len(set(words)) == 1:
        return False
    if chinese.is_mixed(text[name.start : name.end]) or _is_date(name.type, words, text[name.start : name.end]):
        return False
    needed = _needed(name.type, words, facts)
    if name.type == "PERSON" and (_is_sign(name, text) or is_assistant(text[name.start : name.end], text, name.start)):
        return False
    if name.type == "PERSON" and _is_nobody(name, words, facts, text):
        return False
    if needed == _UNLISTED and _begins_a_sentence(name, text):
        needed = _FIRST_WORD
    if needed < _IN_CODE < NEVER and _CODE.match(_line(text, name.start)):
        needed = _IN_CODE
    return name.probability >= needed and not _is_of_a_program(name, words, facts, text)


def _begins_a_sentence(name: Name, text: str) -> bool:
    """Whether a capital letter says nothing, for a sentence begins there."""
    begins = _SENTENCE.search(text, max(0, name.start - _BEFORE), name.start)
    return begins is not None and _GOES_ON.match(text, name.end) is not None


def _is_date(kind: str, words: Sequence[str], written: str) -> bool:
    """Whether it holds words of dates only; of a place with a number those in small letters apart (`vom 3. März`)."""
    has_number = any(map(str.isdecimal, written))
    dated = _DATED_BY_NUMBER if len(words) > 1 or has_number else _DATED
    large = [word for word in words if not word.islower()] if has_number and kind == "LOCATION" else words
    return dated.issuperset(word.lower() for word in large or words)


def _is_sign(name: Name, text: str) -> bool:
    """Whether it is a row of abbreviations (`VIES, DE`), a contraction (`I'd`) or a unit (`200 °C. Rub it in`)."""
    if text[max(0, name.start - 1) : name.start] == "°":
        return True
    return any(each.fullmatch(text, name.start, name.end) is not None for each in (_COLUMN, _CONTRACTED))


def _is_of_a_program(name: Name, words: Sequence[str], known: Sequence[Known], text: str) -> bool:
    """Whether a person stands among format strings and labels of menus, which name nobody.

    Whoever is announced there, or has two names on the lists, is somebody all the same, and so is one of two names
    of whom the model is sure; but not where a message or a quotation begins with words that are all on no list.
    """
    if name.type != "PERSON":
        return False
    listed = [
        bool(_LISTED["PERSON"] & each) and word.lower() not in ORDINARY
        for word, each in zip(words, known, strict=True)
        if not word.islower()
    ]
    may_be_sure = any(listed) or not _BEGINNING.search(_before(text, name.start))
    if len(listed) > 1 and (all(listed) or (may_be_sure and name.probability >= _IN_PROGRAM)):
        return False
    return is_program_text(text, name.start) and not is_called(text, name.start)


def _is_nobody(name: Name, words: list[str], known: Sequence[Known], text: str) -> bool:
    """Whether words on no list of names are nouns, types of a program, or words of program messages."""
    small = [word.lower() for word in words]
    if chinese.is_abbreviation(words, text, name.start, name.end) or _is_thing(known[0], text, name.start):
        return True
    if any(_LISTED["PERSON"] & each for word, each in zip(small, known, strict=True) if word not in ORDINARY):
        return False
    if (len(words) == 1 and _TYPE_BEHIND.match(text, name.end)) or text[max(0, name.start - 1) : name.start] == "<":
        return True
    if (
        _TERMS.issuperset(small)
        or (len(words) == 1 and _NO_NAME.fullmatch(small[0]))
        or (len(words) > 1 and _holds_everyday(small, known))
    ):
        return not is_called(text, name.start)
    if german.is_german(text, name.start):
        return german.is_noun(words, text, name.start)
    return german.are_ordinary(words)


def _is_thing(known: Known, text: str, place: int) -> bool:
    """Whether an article or its like stands before what no first name says is somebody."""
    if Known.FIRST in known:
        return False
    before = text[max(0, place - _ARTICLE) : place]
    if _DETERMINED.search(before):
        return True
    return _DETERMINED_GERMAN.search(before) is not None and german.is_german(text, place)


def _holds_everyday(small: Sequence[str], known: Sequence[Known]) -> bool:
    """Whether one of several words is an everyday one (`Salida Synfig`), particles of names apart."""
    return any(Known.COMMON in each for word, each in zip(small, known, strict=True) if word not in _PARTICLES)


def sure_in_chinese(names: Iterable[Name], text: str, known: Callable[[str], Known]) -> list[Name]:
    """Returns the names that a model of Chinese is sure of, organisations cut to themselves, and Japanese ones."""
    bodies = (eastern.body_of(name, text) if name.type == "ORGANIZATION" else name for name in names)
    found = [name for name in bodies if name is not None and is_sure_in_chinese(name, text, known)]
    return replaced(found, (name for name in eastern.japanese(text) if not is_program_text(text, name.start)))


def is_sure_in_chinese(name: Name, text: str, known: Callable[[str], Known]) -> bool:
    """The same for a name in Chinese characters: a person begins with a surname, and is no word on a form."""
    if name.type != "PERSON":
        return True
    written = text[name.start : name.end]
    if any(label in written for label in CHINESE_LABELS) or chinese.is_no_person(written):
        return False
    if chinese.is_word(text, name.start, name.end, known):
        return False
    is_announced = chinese.is_announced(text, name.start, name.end)
    if not is_announced and name.probability < _IN_PROGRAM and is_program_text(text, name.start):
        return False
    if Known.LAST in known(written[0]) or Known.LAST in known(written[:2]):
        return True
    return name.probability >= _NO_SURNAME and is_announced


def _needed(kind: str, words: Sequence[str], known: Sequence[Known]) -> float:
    if _LABELS.issuperset(words) or (kind != "ORGANIZATION" and any(_is_joined(word) for word in words)):
        return NEVER
    listed = [bool(_LISTED[kind] & each) for each in known]
    everyday = [Known.COMMON in each for each in known]
    if kind == "PERSON" and _NOBODY.issuperset(words[1:] if words[0] in _ARTICLES and len(words) > 1 else words):
        return _TERM if all(listed) else NEVER
    if all(word.islower() for word in words):
        # `ruby-rack` is a package.
        return NEVER if not any(listed) or all(everyday) or (len(words) == 1 and "-" in words[0]) else _SMALL
    small = {word for word in words if word.islower()} - _PARTICLES
    if kind == "PERSON" and small:
        doubtful = any(
            word in small and (usual or not on) for word, usual, on in zip(words, everyday, listed, strict=True)
        )
        return _EVERYDAY if doubtful else _SMALL
    return _needed_by_lists(kind, len(words), any(listed), all(everyday))


def _needed_by_lists(kind: str, words: int, listed: bool, everyday: bool) -> float:  # noqa: FBT001  (two facts, no switches)
    if everyday and not (kind == "ORGANIZATION" and words > 1):
        return _UNLISTED if listed else _EVERYDAY
    return _ORDINARY if listed or words > 1 else _UNLISTED


def _is_joined(word: str) -> bool:
    """`StateVault` and `RMSNorm` are identifiers; `McDonald` and `DeWitt` are names."""
    return _JOINED.search(_PREFIXED.sub("", word)) is not None


def _before(text: str, place: int) -> str:
    return text[text.rfind("\n", max(0, place - _LINE), place) + 1 : place]


def _line(text: str, place: int) -> str:
    start = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    return text[start : min(end if end >= 0 else len(text), start + _LINE)]
