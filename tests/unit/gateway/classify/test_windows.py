from __future__ import annotations

from gateway.classify.windows import OVERLAP, WINDOW, windows


def test_a_short_text_is_one_window() -> None:
    assert list(windows("abc")) == [(0, 3)]
    assert list(windows("")) == [(0, 0)]


def test_windows_are_cut_at_white_space() -> None:
    text = "word " * 2_000
    cuts = [end for _, end in windows(text)][:-1]
    assert cuts
    assert all(text[end - 1] == " " for end in cuts)


def test_a_text_without_white_space_is_cut_all_the_same() -> None:
    found = list(windows("x" * 20_000))
    assert max(end - start for start, end in found) <= WINDOW
    assert found[-1][1] == 20_000


def test_anything_shorter_than_half_the_overlap_is_whole_in_some_window() -> None:
    text = "a bc def " * 1_500
    found = list(windows(text))
    reach = OVERLAP // 2
    for place in range(0, len(text) - reach, 7):
        assert any(start <= place and place + reach <= end for start, end in found)
