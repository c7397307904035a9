import numpy as np
import pytest

from gateway.classify.names.crf import LABELS
from gateway.classify.names.training.slots import TooManyFeatures, arranged
from gateway.classify.names.weights import WIDTH, Weights

SCALE = 0.5


def weights_of(hashes: np.ndarray, rows: np.ndarray) -> Weights:
    arrays = arranged(hashes, rows)
    return Weights(arrays["multipliers"], arrays["hashes"], arrays["weights"], SCALE)


@pytest.fixture(scope="module")
def table() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    hashes = np.unique(random.integers(1, 1 << 32, 24_000, dtype=np.uint32))
    return hashes, random.integers(-900, 900, (len(hashes), len(LABELS)), dtype=np.int16)


def test_each_feature_has_its_own_weights_and_all_others_none(table: tuple[np.ndarray, np.ndarray]) -> None:
    hashes, rows = table
    weights = weights_of(hashes, rows)
    others = np.setdiff1d(np.random.default_rng(6).integers(0, 1 << 32, 200_000, dtype=np.uint32), hashes)
    np.testing.assert_array_equal(weights.total(hashes[None])[:, : len(LABELS)], rows * np.float32(SCALE))
    assert not weights.total(others[None]).any()
    assert not weights.total(np.zeros((1, 3), np.uint32)).any()


def test_the_weights_of_the_features_of_a_token_and_what_is_added_are_summed(
    table: tuple[np.ndarray, np.ndarray],
) -> None:
    hashes, rows = table
    seen = hashes[:600].reshape(6, 100).copy()
    seen[2] = 0
    more = np.ones((2, 100, WIDTH), np.float32)
    expected = rows[:600].reshape(6, 100, -1)[[0, 1, 3, 4, 5]].sum(axis=0) * SCALE + 2
    np.testing.assert_allclose(weights_of(hashes, rows).total(seen, more)[:, : len(LABELS)], expected)


def test_hashes_that_share_their_first_bits_get_slots_of_their_own() -> None:
    hashes = np.arange(7 << 20, (7 << 20) + 40, dtype=np.uint32)
    rows = np.arange(1, 41, dtype=np.int16)[:, None].repeat(len(LABELS), axis=1)
    found = weights_of(hashes, rows).total(hashes[None])
    assert found[:, 0].tolist() == [SCALE * number for number in range(1, 41)]


def test_a_table_too_large_for_its_slots_is_refused() -> None:
    hashes = np.arange(1, 60_000, dtype=np.uint32)
    with pytest.raises(TooManyFeatures):
        arranged(hashes, np.zeros((len(hashes), len(LABELS)), np.int16))
