"""Titles, kin and closings announce somebody: `Frau Brinkmann`, `my late husband, Ferdinand`, `Regards, Tamsin`.

A model reads such a word as one among others; here it outweighs whatever else the words behind it look like. Titles are
no part of a name, so what a model reports with one is cut. A form's label announces a company alike (`Employer: InGen`).
"""

# ruff: noqa: E501  (an expression broken over lines is harder to check than a long one)

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from gateway.classify.names import german
from gateway.classify.names.acronyms import CALENDAR, TERMS
from gateway.classify.names.lexicon import Known
from gateway.classify.names.merging import merged
from gateway.classify.names.model import Name
from gateway.classify.names.whole import whole
from gateway.classify.prefilter import Places

_COURTESY: Final = (
    "Mr|Mrs|Ms|Mx|Mister|Dr|Prof|Herrn?|Frau|Mme|Mlle|Monsieur|Mademoiselle|Ma.tre|Se.ora?|Se.orita|Sra?|Srta|Dra|Do.a"
    "|Sig|Sig\\.ra|Sig\\.na|sig|sig\\.ra|Signora?|signora?|Dott|Dott\\.ssa|dott|dott\\.ssa|Avv|avv|Mevr|mevr|Mevrouw|mevrouw"
    "|Dhr|dhr|de heer|se.ora?|do.a"
)
_OFFICE: Final = (
    "Professor|Professorin|Miss|Sir|Dame|Lady|Reverend|Rev|Captain|Capt|Lt|Sgt|Sergeant|Colonel|Officer|Detective"
    "|Inspector|Constable|Nurse|Pastor|Judge|Justice|Senator|Sheriff|Councillor|Aunt|Auntie|Uncle|Grandma|Grandpa|Familie"
    "|Tante|Onkel|Richter|Richterin|Notar|Notarin|Rechtsanwalt|Rechtsanwältin|Docteur|Professeur|Suor|Padre"
).replace("ä", ".")
_TITLES: Final = rf"\b(?:{_COURTESY}|{_OFFICE})\.?[ \t]"
_KIN: Final = (
    r"\b(?:(?i:my|his|her|our|your|their)(?: late| dear| old| elder| older| younger| little| best| twin| ex| new)? (?:brother|sister|mother"
    r"|father|mum|mom|dad|son|daughter|wife|husband|partner|fianc.e?|boyfriend|girlfriend|uncle|aunt|cousin|nephew|niece|grand(?:mother"
    r"|father|ma|pa|son|daughter)|granny|nana|(?:mother|father|brother|sister|son|daughter)-in-law|step(?:son|daughter|father|mother)"
    r"|friend|classmate|roommate|flatmate|neighbou?r|landlord|landlady|colleague|assistant)"
    r"|(?i:mein|dein|sein|ihr|unser)(?:e[mnrs]?)? (?:Mutter|Vater|Mama|Papa|Schwester|Bruder|Tochter|Sohn|Frau|Mann|Oma|Opa|Tante|Onkel"
    r"|Cousine?|Nichte|Neffe|Freund(?:in)?|Kolleg(?:e|in)|Nachbar(?:in)?|Chef(?:in)?|Partner(?:in)?|Schw.ger(?:in)?)"
    r"|(?i:mon|ma|son|sa|notre) (?:mari|femme|fr.re|s.ur|fils|fille|m.re|p.re|grand-m.re|grand-p.re|tante|oncle|cousine?|amie?|coll.gue"
    r"|voisine?)|(?i:mi|su|la|nuestr[ao]) (?:marido|esposo|esposa|hermano|hermana|hijo|hija|madre|padre|abuelo|abuela|t.o|t.a|primo|prima"
    r"|amigo|amiga|vecino|vecina)|(?i:mio|mia|suo|sua|il mio|la mia) (?:marito|moglie|fratello|sorella|figlio|figlia|madre|padre|nonno"
    r"|nonna|zio|zia|cugino|cugina|amico|amica|collega)|(?i:mijn|zijn|haar|onze) (?:man|vrouw|broer|zus|zoon|dochter|moeder|vader|oma|opa"
    r"|tante|oom|neef|nicht|vriend|vriendin|collega|buurman|buurvrouw)),?[ \t]"
)
_CLOSINGS: Final = (
    r"\b(?:Regards|Sincerely|sincerely|faithfully|truly|Cheers|Hugs|xoxo|regards|wishes|Gr..en|Gr..e|Gru.|Cordialement|cordialement"
    r"|Saludos|Atentamente|Saluti|saluti|Groet|Groetjes|groet|groeten)[,!]?\s{1,4}"
)
_ENDS: Final = re.compile(r"[ \t]*(?:[,.(|]|\n|\Z)")
"""What stands behind a name that closes a letter."""
_EMPLOYERS: Final = (
    r"(?:\b|_)(?i:employer|company|company name|organi[sz]ation|vendor|supplier|firma|unternehmen|arbeitgeber|soci.t.|employeur|empresa"
    r"|empleador|azienda|datore di lavoro|bedrijf|werkgever)[\"']?[ \t]?[:=][ \t]{0,3}[\"']?"
)
_COMPANY: Final = re.compile(
    r"[^\W\d_a-zß-ÿ][\w&.'’-]*(?:,? (?:&|and|of|und|de|der|für|[^\W\d_a-zß-ÿ][\w&.'’-]*)){0,5}"
)
_TITLE: Final = re.compile(rf"(?:{_COURTESY}|{_OFFICE})\.?(?:[ \t]+|$)")
_STOPS: Final = frozenset("president speaker chairman chairwoman chair secretary right universe world or and".split())
"""What a title may address without naming anybody."""
_NOBODY: Final = CALENDAR | TERMS
_INITIAL: Final = re.compile(r"(?:[^\W\d_]\.[ -]?){1,3}")
_PARTICLES: Final = re.compile(
    r"(?:(?:von der|von dem|vom|von|van der|van den|van de|van|zu|zur|de la|de los|de las|del|della|de|di|da|dos|du|des"
    r"|le|la|al|el|bin|binti|ben|ter|ten|af|av|y)[ ]|[dD]['’])*"
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_MOST_WORDS: Final = 3
_NAMED: Final = Known.FIRST | Known.LAST
_USUAL: Final = Known.COMMON | Known.READ
_SCORE: Final = 0.9


class Titles:
    """Finds what titles announce. Immutable and safe to share between threads."""

    __slots__ = ("_closings", "_employers", "_places")

    def __init__(self) -> None:
        """Compiles the expressions."""
        self._places = Places(f"{_TITLES}|{_KIN}")
        self._closings = Places(_CLOSINGS)
        self._employers = Places(_EMPLOYERS)

    def added_to(self, found: Iterable[Name], text: str, shadow: bytes, known: Callable[[str], Known]) -> list[Name]:
        """Returns the names of a model with those announced, in order, and the pieces of one made one."""
        names = with_titled(found, self.names(text, shadow, known), text)
        return whole(with_companies(names, self.companies(text, shadow)), text)

    def names(self, text: str, shadow: bytes, known: Callable[[str], Known]) -> Iterator[Name]:
        """Yields the name behind each title. `shadow` is the text in ASCII, place by place."""
        done = 0
        for start, end in self._places.all(shadow):
            if start < done:
                continue
            begin = done = _behind_titles(text, end)
            stop = end_of_name(text, begin, known)
            if stop > begin:
                yield Name(begin, stop, "PERSON", _SCORE)
        for _, begin in self._closings.all(shadow):
            stop = end_of_name(text, begin, known)
            if stop > begin and _ENDS.match(text, stop):
                yield Name(begin, stop, "PERSON", _SCORE)

    def companies(self, text: str, shadow: bytes) -> Iterator[Name]:
        """Yields what stands behind a label for a company."""
        for _, begin in self._employers.all(shadow):
            company = _COMPANY.match(text, begin)
            if company is not None:
                yield Name(*company.span(), "ORGANIZATION", _SCORE)


def _behind_titles(text: str, end: int) -> int:
    """Where the name begins behind one title or several (`Herr Professor`)."""
    place = end
    while (title := _TITLE.match(text, place)) is not None and title.end() > place:
        place = title.end()
    return place


def end_of_name(text: str, start: int, known: Callable[[str], Known]) -> int:
    """Returns where the name ends that begins at a place; the place itself where none does."""
    place, end = start, start
    initial = _INITIAL.match(text, place)
    place = place if initial is None or not initial[0][0].isupper() else initial.end()
    for number in range(_MOST_WORDS):
        particles = _PARTICLES.match(text, place)
        word = _WORD.match(text, place if particles is None else particles.end())
        if word is None or not word[0][0].isupper():
            break
        if not _is_part(word[0], number, known, lambda: german.is_german(text, start)):
            break
        end = word.end()
        if not text.startswith(" ", end):
            break
        place = end + 1
    return end


def _is_part(word: str, number: int, known: Callable[[str], Known], is_german: Callable[[], bool]) -> bool:
    """Whether a word with a capital letter is part of a name: the first almost always, others by their looks."""
    facts = known(word)
    if word.lower() in _STOPS or word in _NOBODY:
        return False
    if facts & _NAMED:
        return True
    if number == 0:
        return len(word) > 1 and not facts & Known.COMMON
    return not facts & _USUAL and not is_german()


def with_companies(found: Iterable[Name], companies: Iterable[Name]) -> list[Name]:
    """Returns the names with those that labels call companies, where a model saw no company."""

    def chosen(each: Name, met: Sequence[Name]) -> Sequence[Name]:
        return met if any(name.type == "ORGANIZATION" for name in met) else (each,)

    return merged(found, companies, chosen)


def with_titled(found: Iterable[Name], titled: Iterable[Name], text: str) -> list[Name]:
    """Returns the names of a model and those behind titles, which take the place of what they overlap."""

    def chosen(each: Name, met: Sequence[Name]) -> Sequence[Name]:
        people = [name for name in met if name.type == "PERSON" and "," not in text[each.end : name.end]]
        end = max((name.end for name in people), default=each.end)
        sure = max((name.probability for name in people), default=each.probability)
        return (Name(each.start, max(each.end, end), "PERSON", max(each.probability, sure)),)

    return merged(found, titled, chosen)
