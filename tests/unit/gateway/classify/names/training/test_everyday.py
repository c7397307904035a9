"""The words that lexicons are extended by, from catalogues and manual pages made up here."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from gateway.classify.names.lexicon import UNKNOWN, Known, Lexicon
from gateway.classify.names.training import everyday
from gateway.classify.names.training.manuals import manual_paragraphs, nouns
from gateway.classify.names.training.messages import messages, unseen_messages


def catalogue(folder: Path, name: str, table: dict[str, str], language: str = "de") -> None:
    """Writes a `.mo` file as gettext reads it."""
    entries = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **table}.items())
    keys, values = ([pair[side].encode() for pair in entries] for side in (0, 1))
    count, begin = len(entries), 28
    blob, tables = b"", []
    for texts in (keys, values):
        for text in texts:
            tables.append((len(text), begin + 16 * count + len(blob)))
            blob += text + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, count, begin, begin + 8 * count, 0, begin + 16 * count)
    path = folder / language / "LC_MESSAGES" / f"{name}.mo"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head + b"".join(struct.pack("<2I", *each) for each in tables) + blob)


def test_messages_are_read_but_for_those_that_name_people(tmp_path: Path) -> None:
    catalogue(tmp_path, "tool", {
        "Open file": "Datei öffnen", "Written by %s": "Geschrieben von %s", "Qavo Zqabel": "Qavo Zqabel",
    })  # fmt: skip
    catalogue(tmp_path, "vim", {"Open file": "Datei öffnen", "Close it": "Schließen"})
    catalogue(tmp_path, "iso_3166", {"Peru": "Peru"})
    assert messages([tmp_path], "de") == ["Datei öffnen"]
    assert unseen_messages([tmp_path], "de") == ["Schließen"]


def test_a_catalogue_in_another_encoding_is_left_out(tmp_path: Path) -> None:
    catalogue(tmp_path, "tool", {"Open file": "Datei öffnen"})
    path = tmp_path / "de" / "LC_MESSAGES" / "tool.mo"
    path.write_bytes(path.read_bytes().replace("ö".encode(), b"\xe4x"))
    assert messages([tmp_path], "de") == []


PAGE = """.TH PROBE 1
.SH BESCHREIBUNG
Der Knopf steht links, und unter dem Knopf steht \\fBein\\fP Zähler; neben diesem Knopf steht der Zähler.
.PP
Wo ein Zähler steht, ist auch ein Knopf, und der wird von diesem Zähler gezählt, wie es sein soll.
.SH AUTOR
Der Zqabel hat das alles geschrieben und der Zqabel hat es geprüft, bevor der Zqabel es verschickt hat.
"""


def test_nouns_are_what_stands_behind_articles_outside_of_what_is_about_people(tmp_path: Path) -> None:
    path = tmp_path / "de" / "man1" / "probe.1.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(PAGE.encode()))
    (path.parent / "empty.1.gz").write_bytes(gzip.compress(b".so man1/probe.1\n"))
    paragraphs = manual_paragraphs([tmp_path])
    assert len(paragraphs) == 2
    assert "fB" not in "".join(paragraphs)
    assert nouns(paragraphs) == {"knopf", "zähler"}


def test_a_pair_that_a_name_may_begin_with_must_be_very_frequent() -> None:
    pairs = everyday.chinese_pairs(["打印", "王伟"] * 6 + ["王国"] * 50)
    assert pairs == {"打印": int(Known.COMMON), "王国": int(Known.COMMON | Known.READ)}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("qavo", Known.FIRST),
        ("rand", Known.COMMON),
        ("der", Known.READ),
        ("farbe", Known.COMMON),
        ("neu", UNKNOWN),
        ("employer", Known.READ),
    ],
)
def test_words_on_lists_of_names_stay_on_them_alone(word: str, expected: Known) -> None:
    lists = {"qavo": int(Known.FIRST), "der": int(Known.LAST | Known.READ), "farbe": int(Known.COMMON)}
    lists["employer"] = int(Known.READ)
    hashes, known = Lexicon.arrays(lists)
    added = dict.fromkeys(("qavo", "rand", "farbe", "employer"), int(Known.COMMON))
    changed = everyday.extended({"words": hashes, "known": known, "moves": np.ones(3)}, added)
    lexicon = Lexicon(changed["words"].astype(np.uint32), changed["known"].astype(np.uint8))
    assert lexicon.known(word) == expected
    assert changed["moves"].tolist() == [1, 1, 1]


def test_names_of_languages_and_places_become_everyday_words(tmp_path: Path) -> None:
    catalogue(tmp_path, "iso_639-2", {"Qavo language": "Qavonisch"})
    catalogue(tmp_path, "iso_3166-1", {"Peru": "秘鲁", "Republic of Peru": "秘鲁"}, "zh_CN")
    assert everyday.latin_everyday([tmp_path], []) == {"qavonisch": int(Known.COMMON)}
    assert everyday.chinese_everyday([tmp_path]) == {"秘鲁": int(Known.COMMON)}
