"""Hashes of stretches: equal for equal text anywhere, different under another key, nothing plain kept."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.classify.fingerprints.keying import FingerprintKey, Stretches
from gateway.classify.fingerprints.normal import normalise
from gateway.classify.fingerprints.winnow import winnow
from tests.unit.gateway.classify.fingerprints.conftest import prose, secret


def _stretches(text: str, key: FingerprintKey) -> Stretches:
    return Stretches(key.symbols(normalise(text).codes), key)


@pytest.mark.parametrize("lead", ["", "x", "some words before ", "字" * 40_000], ids=len)
def test_a_stretch_has_the_same_hash_wherever_it_stands(key: FingerprintKey, lead: str) -> None:
    text = "the quick brown fox jumps over the lazy dog"
    here = _stretches(text, key).runs(24)
    there = _stretches(lead + text, key).runs(24)
    assert there[-here.size :].tolist() == here.tolist()


def test_any_stretch_equals_the_run_of_its_length(key: FingerprintKey) -> None:
    stretches = _stretches(prose(1), key)
    starts = np.arange(100)
    assert stretches.between(starts, starts + 24).tolist() == stretches.runs(24)[:100].tolist()


def test_one_character_more_or_less_is_another_hash(key: FingerprintKey) -> None:
    hashes = {int(_stretches(text, key).runs(len(text))[0]) for text in ("abcd", "abce", "abdc", "aaaa", "abca")}
    assert len(hashes) == 5


def test_characters_outside_ascii_are_told_apart(key: FingerprintKey) -> None:
    words = {int(word) for word in key.symbols(np.arange(0x80, 0x3000, dtype=np.uint32))}
    assert len(words) == 0x3000 - 0x80


def test_another_key_gives_other_fingerprints_throughout(key: FingerprintKey) -> None:
    other = FingerprintKey.of(secret(8))
    raw = _stretches(prose(1), key).runs(24)
    assert not set(key.seal(raw, 1).tolist()) & set(other.seal(raw, 1).tolist())
    assert not set(key.seal(raw, 1).tolist()) & set(key.seal(raw, 2).tolist())


def test_a_key_is_made_of_32_bytes_only_and_shows_nothing(key: FingerprintKey) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        FingerprintKey.of(b"short")
    assert repr(key) == "FingerprintKey()"


@pytest.mark.parametrize("size", [0, 1, 5, 40, 41, 400])
@pytest.mark.parametrize("window", [1, 4, 8, 40])
def test_winnowing_keeps_the_smallest_of_every_window(size: int, window: int) -> None:
    hashes = np.random.default_rng(size).integers(0, 2**63, size, dtype=np.uint64)
    kept = set(winnow(hashes, window).tolist())
    width = min(window, size)
    smallest = [hashes[at : at + width].min() for at in range(size - width + 1)] if size else []
    expected = {i for at, least in enumerate(smallest) for i in range(at, at + width) if hashes[i] == least}
    assert kept == expected
