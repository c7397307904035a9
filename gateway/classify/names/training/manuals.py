"""German prose about programs: translated manual pages as installed (`man*/*.gz`), and the nouns that it uses."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_FONT: Final = re.compile(r"\\f(?:\[[^]]*\]|\(..|.)|\\\[[^]]*\]|\\\(..|\\&")
_MACRO: Final = re.compile(r"^[.'][A-Za-z\\]+ ?\"?", re.MULTILINE)
_HEADING: Final = re.compile(r'^\.S[HS] "?(.*?)"?$', re.MULTILINE)
_ABOUT_PEOPLE: Final = re.compile(
    r"(?i)autor|copyright|melden|fehler$|bugs|siehe auch|geschichte|danks|übersetzung|lizenz|author|credits|see also"
)
_NAMED: Final = re.compile(r"(?i)©|\(c\)|@|geschrieben von|entwickelt von|stamm[te]n? von|beigesteuert|debian\.org")
_NOUN: Final = re.compile(
    r"\b(?:der|die|das|den|dem|des|eine?[mnrs]?|keine?[mnrs]?|diese[mnrs]?|jede[mnrs]?|alle|im|am|zum|zur|vom|beim)"
    r" (?:[a-zäöüß-]+ )?([A-ZÄÖÜ][a-zäöüß]{2,})\b(?! [A-ZÄÖÜ])"
)
_SHORTEST, _LONGEST = 60, 900
_OFTEN: Final = 3


def manual_paragraphs(folders: Iterable[Path]) -> list[str]:
    """Returns the paragraphs of the German manual pages of some folders, each once, but for those about people."""
    found: dict[str, None] = {}
    for folder in folders:
        for path in sorted(folder.rglob("de/man*/*.gz")):
            with gzip.open(path, "rt", encoding="utf-8", errors="replace") as stream:
                found.update(dict.fromkeys(_paragraphs(stream.read())))
    return list(found)


def nouns(texts: Iterable[str]) -> set[str]:
    """Returns the words, in small letters, that stand behind an article in German texts, often enough."""
    counts = Counter(word.lower() for text in texts for word in _NOUN.findall(text))
    return {word for word, count in counts.items() if count >= _OFTEN}


def _paragraphs(page: str) -> Iterator[str]:
    headings = list(_HEADING.finditer(page))
    ends = [*(each.start() for each in headings[1:]), len(page)][: len(headings)]
    for heading, end in zip(headings, ends, strict=True):
        if not _ABOUT_PEOPLE.search(heading[1]):
            for part in re.split(r"\n\.(?:[PLI]?P|TP|sp|br|RE|RS).*\n|\n\n", page[heading.end() : end]):
                text = _plain(part)
                if _SHORTEST <= len(text) <= _LONGEST and not _NAMED.search(text):
                    yield text


def _plain(part: str) -> str:
    return _MACRO.sub("", _FONT.sub("", part)).replace("\\-", "-").replace("\\", "").replace('"', "").strip()
