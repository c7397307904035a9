"""Rows of registered tables are found by two of their cells, in any order and writing; common values tell nothing."""

from __future__ import annotations

import random
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.classify.detector import Budget, Passage
from gateway.classify.fingerprints.detector import FingerprintDetector
from gateway.classify.fingerprints.documents import Kind, Registered
from gateway.classify.fingerprints.index import Index, digest_of
from gateway.classify.fingerprints.keying import FingerprintKey
from gateway.classify.fingerprints.records import table_values
from gateway.classify.fingerprints.registry import Addition, empty_index, with_documents
from gateway.classify.fingerprints.sources import UnreadableSource, columns_named, table_of
from gateway.classify.fingerprints.streams import Fingerprinter
from gateway.classify.shadow import Shadow
from tests.unit.gateway.classify.fingerprints.conftest import prose, secret

FINGERPRINTER = Fingerprinter(FingerprintKey.of(secret(7)))
AMPLE = Budget(1.0, lambda: 0.0)
FIRST = "Anna Bert Carla Dirk Elif Femi Greta Hugo Ines Jonas".split()
LAST = "Schmidt Okafor Lindqvist Moreau Castellano Petrov Yilmaz Haddad Novak Brandt".split()


def customers(count: int = 400) -> list[list[str]]:
    rng = random.Random(4)
    return [
        [
            rng.choice(FIRST),
            f"{rng.choice(LAST)}{'abcdefgh'[n % 8]}",
            f"DE{rng.randrange(10**19, 10**20)}",
            f"c{n}.{rng.randrange(10**6)}@example.com",
            rng.choice(("Berlin", "Hamburg")),
            "active",
            "张" + chr(0x4E00 + rng.randrange(5000)) + chr(0x4E00 + rng.randrange(5000)),
        ]
        for n in range(count)
    ]


ROWS = customers()


def index_of(rows: list[list[str]], alone: tuple[int, ...] = ()) -> Index:
    values, _ = table_values(rows, alone, FINGERPRINTER)
    document = Registered("sales", "customers.csv", Kind.TABLE, 1, "", digest_of(values), int(values.size))
    return with_documents(empty_index("default", np.zeros(0, np.uint64)), [Addition(document, values)])


DETECTOR = FingerprintDetector(index_of(ROWS), FINGERPRINTER)


def found(text: str, detector: FingerprintDetector = DETECTOR) -> list[str]:
    spans = detector.detect(Passage.of(text, Shadow()), AMPLE)
    assert all(span.type == "REGISTERED_RECORD" for span in spans)
    return [text[span.start : span.end] for span in spans]


FIRST_NAME, LAST_NAME, IBAN, EMAIL, TOWN, STATE, CHINESE = ROWS[17]
SPACED = " ".join(IBAN[at : at + 4] for at in range(0, 22, 4))
TOLD = {
    "two cells": f"Refund {EMAIL} to {IBAN} today.",
    "in the other order": f"Account {IBAN} belongs to {EMAIL}.",
    "spaced": f"Account {SPACED}, mail {EMAIL}.",
    "in capitals": f"{EMAIL.upper()} / {IBAN.lower()}",
    "with words between": f"{IBAN}: the customer, who has been with us for years, writes from {EMAIL}",
    "over lines": f"- {LAST_NAME}\n- {IBAN}\n",
    "as JSON": f'{{"iban": "{IBAN}", "name": "{LAST_NAME}"}}',
    "in Chinese text": f"客户{CHINESE}的账户是{IBAN}。",
    "full-width": f"{''.join(chr(ord(c) + 0xFEE0) for c in IBAN)} {EMAIL}",
}
UNTOLD = {
    "one cell": f"Refund {EMAIL} today.",
    "common values": "Anna is active in Berlin and Bert in Hamburg.",
    "a town and a state": f"{TOWN}, {STATE}",
    "cells of two rows": f"{ROWS[3][2]} and {ROWS[9][3]}",
    "far apart": f"{IBAN} {prose(1, 400)} {EMAIL}",
    "almost the number": f"{IBAN[:-1]}x {EMAIL}",
    "prose": prose(2),
}


@pytest.mark.parametrize("text", TOLD.values(), ids=TOLD)
def test_two_cells_of_a_row_are_found_in_any_order_and_writing(text: str) -> None:
    assert len(found(text)) == 1


@pytest.mark.parametrize("text", UNTOLD.values(), ids=UNTOLD)
def test_what_tells_no_row_is_not_found(text: str) -> None:
    assert found(text) == []


def test_the_stretch_is_from_one_cell_to_the_other() -> None:
    assert found(f"Refund {EMAIL} to {IBAN} today.") == [f"{EMAIL} to {IBAN}"]


def test_a_column_may_tell_a_row_alone() -> None:
    detector = FingerprintDetector(index_of(ROWS, (2,)), FINGERPRINTER)
    assert found(f"Look at {SPACED} please", detector) == [SPACED]
    assert found(f"Look at {EMAIL} please", detector) == []


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 399), min_size=1, max_size=6, unique=True), st.randoms(use_true_random=False))
def test_every_row_pasted_with_its_cells_mixed_is_found(numbers: list[int], rng: random.Random) -> None:
    lines = []
    for number in numbers:
        cells = list(ROWS[number])
        rng.shuffle(cells)
        lines.append("; ".join(cells))
    text = f"\n{prose(1, 100)}\n".join(lines)
    covered = found(text)
    assert all(any(ROWS[number][3] in stretch for stretch in covered) for number in numbers)


def test_ten_thousand_rows_in_one_prompt_are_read_in_bounded_time() -> None:
    text = "\n".join(",".join(row) for row in ROWS) * 10
    begun = time.process_time()
    assert found(text)
    assert time.process_time() - begun < 5


def test_a_table_is_read_whatever_separates_its_cells() -> None:
    for mark in ",;\t|":
        table = table_of(f"Name{mark}Mail\nJane Roe{mark}jane@example.com\n")
        assert table.rows == (("Jane Roe", "jane@example.com"),)
        assert columns_named(table, ["mail"]) == [1]


@pytest.mark.parametrize("text", ["", "only a header\n", "\n\n"])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(UnreadableSource):
        table_of(text)


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnreadableSource, match="no column"):
        columns_named(table_of("a,b\n1,2\n"), ["c"])
