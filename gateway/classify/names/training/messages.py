"""Messages of programs: catalogues of translations as installed (`*.mo`)."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

NEVER_LEARNT: Final = frozenset(
    "Linux-PAM avahi findutils gstreamer-1.0 gtk30 gtk30-properties libc libidn2 man-db man-db-gnulib mit-krb5 "
    "polkit-1 psmisc python-apt quilt sed shadow systemd vim xdg-user-dirs xz".split()
)
"""Catalogues that no list of words was made from: to report on."""
_NO_MESSAGES: Final = re.compile(r"iso_|xkeyboard|shared-mime")
"""Names of countries, languages and keyboards."""
_LANGUAGES: Final = ("iso_639-2",)
_PLACES: Final = ("iso_639-2", "iso_639-3", "iso_3166-1", "iso_3166-2")
"""Catalogues of the package iso-codes."""
_NAMED: Final = re.compile(
    r"(?i)author|copyright|©|\(c\)|maintain|written by|thanks|translat|team|america/|europe/|@\w|\bby [A-Z]"
)
_PERSON: Final = re.compile(r"[A-Z][\w.'-]*(?: [A-Z][\w.'-]*)+")
_LONGEST: Final = 600


def messages(folders: Iterable[Path], language: str) -> list[str]:
    """Returns the translated messages of all catalogues of a language but `NEVER_LEARNT`, each once, in a fixed order.

    Without those that name people: what is said of authors, and words with capital letters left as they were.
    """
    return list(_read(folders, language, is_learnt=True))


def unseen_messages(folders: Sequence[Path], language: str) -> list[str]:
    """Returns the messages of the catalogues `NEVER_LEARNT`, but for those that stand in others as well."""
    seen = _read(folders, language, is_learnt=True)
    return [message for message in _read(folders, language, is_learnt=False) if message not in seen]


def names_of_languages(folders: Iterable[Path], language: str) -> list[str]:
    """Returns what a language calls languages."""
    return _named(folders, language, _LANGUAGES)


def names_of_places(folders: Iterable[Path], language: str) -> list[str]:
    """Returns what a language calls languages, countries and their parts."""
    return _named(folders, language, _PLACES)


def _named(folders: Iterable[Path], language: str, stems: Sequence[str]) -> list[str]:
    paths = [folder / language / "LC_MESSAGES" / f"{stem}.mo" for folder in folders for stem in stems]
    return [name for path in paths if path.exists() for name in catalogue(path)]


def _read(folders: Iterable[Path], language: str, *, is_learnt: bool) -> dict[str, None]:
    found: dict[str, None] = {}
    for folder in folders:
        for path in sorted(folder.rglob(f"{language}/LC_MESSAGES/*.mo")):
            if (path.stem not in NEVER_LEARNT) is is_learnt and not _NO_MESSAGES.match(path.stem):
                found.update(dict.fromkeys(catalogue(path)))
    return found


def catalogue(path: Path) -> Iterator[str]:
    """Yields the translated messages of a file, without those that name people; none of an encoding not as stated."""
    try:
        with path.open("rb") as stream:
            table: dict[object, str] = vars(gettext.GNUTranslations(stream))["_catalog"]
    except UnicodeDecodeError:
        return  # a few old catalogues are not in the encoding that they state
    for key, message in sorted(table.items(), key=str):
        original = str(key[0] if isinstance(key, tuple) else key)
        if original and message and len(message) < _LONGEST and not names_somebody(original, message):
            yield message


def names_somebody(original: str, message: str) -> bool:
    """Returns whether a message speaks of authors or holds words with capital letters as they were in the original."""
    if _NAMED.search(original) or _NAMED.search(message):
        return True
    return any(each in message for each in _PERSON.findall(original))
