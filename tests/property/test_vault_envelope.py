"""An item opens for its own key and place, unchanged, and for nothing else."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.errors import StateUnreadable
from gateway.vault.envelope import Place, seal, unseal

KEYS = st.binary(min_size=32, max_size=32)
PLACES = st.builds(Place, st.text(max_size=8), st.binary(max_size=8), st.binary(max_size=8), st.integers(0, 2**63 - 1))
PLAINS = st.binary(max_size=200)


@given(KEYS, PLAINS, PLACES)
@settings(max_examples=200)
def test_an_item_comes_back_as_it_was(key: bytes, plain: bytes, place: Place) -> None:
    sealed = seal(key, plain, place, os.urandom)
    assert unseal(key, sealed, place) == plain
    assert len(plain) < 8 or plain not in sealed
    assert seal(key, plain, place, os.urandom) != sealed


@given(KEYS, KEYS, PLAINS, PLACES, PLACES)
@settings(max_examples=200)
def test_an_item_opens_with_no_other_key_and_in_no_other_place(
    key: bytes, other_key: bytes, plain: bytes, place: Place, other_place: Place
) -> None:
    assume(key != other_key)
    sealed = seal(key, plain, place, os.urandom)
    wrong = [(other_key, place), (key, replace(place, version=place.version + 1)), (key, _shifted(place))]
    wrong += [(key, other_place)] if other_place != place else []
    for its_key, its_place in wrong:
        with pytest.raises(StateUnreadable):
            unseal(its_key, sealed, its_place)


@given(KEYS, PLAINS, PLACES, st.data())
@settings(max_examples=300)
def test_an_item_of_which_any_bit_changed_or_any_byte_is_missing_does_not_open(
    key: bytes, plain: bytes, place: Place, data: st.DataObject
) -> None:
    sealed = seal(key, plain, place, os.urandom)
    at, bit = data.draw(st.integers(0, len(sealed) - 1)), data.draw(st.integers(0, 7))
    changed = bytearray(sealed)
    changed[at] ^= 1 << bit
    for broken in (bytes(changed), sealed[:at], sealed + b"\x00"):
        with pytest.raises(StateUnreadable):
            unseal(key, broken, place)


def _shifted(place: Place) -> Place:
    """The same bytes in a row, cut elsewhere."""
    return replace(place, conversation=place.conversation + place.item + b"x", item=b"")
