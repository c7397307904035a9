"""Whoever is greeted, thanked or talked to is somebody: `Dear Nigel,`, `Thanks, Bob`, `I spoke to Clive`, `Mark wrote:`.

A model doubts a first name that is an everyday word too (`Bob`, `Mark`, `Grant`); here what stands beside it
outweighs that. Only first names on the lists count.
"""

# ruff: noqa: E501  (an expression broken over lines is harder to check than a long one)

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from gateway.classify.names.assistants import ASSISTANTS
from gateway.classify.names.lexicon import UNKNOWN, Known
from gateway.classify.names.merging import merged
from gateway.classify.names.model import Name
from gateway.classify.names.program_text import is_program_text
from gateway.classify.names.titles import end_of_name
from gateway.classify.prefilter import Places

_GREETINGS: Final = (
    r"\b(?:Dear(?:est)?|Hi|Hello|Hey|Good (?:morning|afternoon|evening)|Hallo|Liebe[rs]?|Guten (?:Tag|Morgen|Abend)|Moin|Servus|Cher|Ch.re"
    r"|Bonjour|Bonsoir|Salut|Car[oa]|Ciao|Buongiorno|Buonasera|Querid[oa]|Estimad[oa]|Hola|Prezad[oa]|Ol[^a-z ]|Beste|Lieve|Hoi|Dag"
    r"|(?:Thanks|Thank you|Many thanks|Thx|Danke|Vielen Dank|Merci|Gracias|Grazie|Bedankt|Dank je)(?: again| so much| very much)?)"
    r"(?:,?[ \t]|,\n)"
)
_CLOSINGS: Final = r"\b(?:Thanks|Thank you|Many thanks|Best|All the best|Love|Yours|Take care|Danke|Merci|Gracias|Grazie|Bedankt)[,!]\s{1,3}"
_ENDS: Final = re.compile(r"[ \t]*(?:[,!.:;?)\"]|\n|\Z|[-–—]\s)|(?: and| und| et| y| e| en| &) (?=[^\W\d_a-zß-ÿ])")
"""What stands behind a name that is greeted."""
_TALK: Final = (
    r"\b(?i:talk(?:ed|ing|s)? (?:to|with)|sp(?:eak|oke|oken|eaking) (?:to|with)|met(?: with)?|meeting with|hear[d]? from|sen[dt] (?:it|this|that|them) to"
    r"|g(?:ive|ave) (?:it|this|that|them) to|forward(?:ed)? (?:it|this|that|them) to|told|asked|married|divorced|emailed|texted|phoned|invited|thanked"
    r"|(?:breakfast|lunch|dinner|coffee|drinks) with|on behalf of|my regards to|my love to)[ \t]"
)
_ASK: Final = r"\b(?i:bring|brought|give|gave|send|sent|show|showed|tell|ask|hand|handed|lend|lent|owe|pay|paid|buy|bought|remind|let|call|text|email|phone)[ \t]"
_FOR_SOMETHING: Final = re.compile(
    r" (?:the|an?|my|your|his|her|our|their|that|this|these|to|about|if|whether|when|why|how|know|back|again|later|today|tonight|tomorrow|now)\b"
)
"""What stands behind somebody who is asked or given something (`Bring Sue the keys`, `let Bob know`)."""
_SPEAKS: Final = (
    r"\b[A-Z][a-z]{1,14}(?: and I| wrote| said| says| replied| texted| emailed| phoned|(?: told| asked| called| paid| owes| sent| gave) (?:me|us|him|her|them)"
    r"| asked (?:if|whether)| will (?:call|phone|email|text|join|attend|let you know|send you)| is (?:my|our|his|her) (?:old |new |best |former |late )?(?:neighbou?r"
    r"|colleague|boss|manager|brother|sister|mother|father|mum|mom|dad|son|daughter|husband|wife|partner|girlfriend|boyfriend|friend|cousin|uncle|aunt"
    r"|nephew|niece|flatmate|roommate|landlord|landlady|doctor|dentist|lawyer|teacher|tutor|coach|assistant))\b"
)
_SPELLED: Final = re.compile(r"[ \t]?[(\[{<=_/\\@#]|::|\.\w| [^\W\d_a-zß-ÿ]")
"""What stands behind a word that is no first name alone: `asked Grant(…)`, `met Max Planck Society`."""
_NOBODY: Final = frozenset(
    "friend santa boss captain doctor sister love darling baby kitty angel prince princess lord king queen major page "
    "god guy mama papa sweetheart honey universe everybody sra srta dra frau miss".split()
)
"""Words that are addressed without being anybody's name, some of them first names on the lists."""
_SCORE: Final = 0.9


class Addressed:
    """Finds whom a text addresses or lets speak. Immutable and safe to share between threads."""

    __slots__ = ("_asked", "_greeted", "_speaks", "_talk")

    def __init__(self) -> None:
        """Compiles the expressions."""
        self._greeted = Places(f"{_GREETINGS}|{_CLOSINGS}")
        self._talk = Places(_TALK)
        self._asked = Places(_ASK)
        self._speaks = Places(_SPEAKS)

    def added_to(self, found: Iterable[Name], text: str, shadow: bytes, known: Callable[[str], Known]) -> list[Name]:
        """Returns the names of a model and those addressed, in order; what both say of one person is one name."""

        def one_person(each: Name, met: Sequence[Name]) -> Sequence[Name]:
            people = [each, *(name for name in met if name.type == "PERSON" and text[name.start].isalpha())]
            start, end = min(name.start for name in people), max(name.end for name in people)
            return (Name(start, end, "PERSON", max(name.probability for name in people)),)

        return merged(found, self.names(text, shadow, known), one_person)

    def names(self, text: str, shadow: bytes, known: Callable[[str], Known]) -> Iterator[Name]:
        """Yields the names. `shadow` is the text in ASCII, place by place."""
        for start, begin in self._greeted.all(shadow):
            end = _end_of_first(text, begin, known, is_letter=text.startswith("Dear ", start))
            if end > begin and _ENDS.match(text, end):
                yield Name(begin, end, "PERSON", _SCORE)
        for _, begin in self._talk.all(shadow):
            end = _end_of_first(text, begin, known)
            if end > begin and not _SPELLED.match(text, end) and not is_program_text(text, begin):
                yield Name(begin, end, "PERSON", _SCORE)
        for _, begin in self._asked.all(shadow):
            end = _end_of_first(text, begin, known)
            if end > begin and _FOR_SOMETHING.match(text, end) and not is_program_text(text, begin):
                yield Name(begin, end, "PERSON", _SCORE)
        for begin, _ in self._speaks.all(shadow):
            end = _end_of_first(text, begin, known)
            if end > begin and not is_program_text(text, begin):
                yield Name(begin, end, "PERSON", _SCORE)


def _end_of_first(text: str, begin: int, known: Callable[[str], Known], *, is_letter: bool = False) -> int:
    """Where the name ends that begins at a place with a first name on the lists; the place itself where none does.

    At the head of a letter a word on no list at all is one too (`Dear Chidi,`), but for a plural (`Dear Residents,`).
    """
    end = end_of_name(text, begin, known)
    first = text[begin:end].partition(" ")[0]
    if not first.istitle() or first in ASSISTANTS:
        return begin
    is_new = is_letter and known(first) == UNKNOWN and not first.endswith(("s", "men")) and text.startswith(",", end)
    return end if (Known.FIRST in known(first) or is_new) and first.lower() not in _NOBODY else begin
