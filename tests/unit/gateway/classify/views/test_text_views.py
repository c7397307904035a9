"""Views of a text: what they say, where their characters stand, and their bounds."""

from __future__ import annotations

import base64
import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.classify.detector import Budget, Passage
from gateway.classify.shadow import Shadow
from gateway.classify.view import View
from gateway.classify.views.held import Held
from gateway.classify.views.rewriting import SEPARATOR, Substitution, placed_in, rewritten
from gateway.classify.views.text_views import DECODED, Room, TextViews, TooMuchHidden
from tests.unit.gateway.classify.cost import least_cpu_s

VIEWS, SHADOW = TextViews(), Shadow()
AMPLE = Budget(math.inf, time.monotonic)
WORD = "harbour master"


def views(text: str, room: int = 1000) -> list[View]:
    return list(VIEWS.of(Passage.of(text, SHADOW), Room(room), AMPLE))


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


SAID = [
    ("%68arbour%20master", WORD),
    ("%2568arbour%252520master", WORD),
    ("%e4%bd%a0%e5%a5%bd", "你好"),
    (r"harbour\u0020m\x61ster", WORD),
    (r"\ud83d\ude00\u0041", "😀A"),
    ("harbour&#32;m&#x61;ster", WORD),
    ("a&amp;amp;#64;b", "a@b"),
    (b64("harbour master on duty"), "harbour master on duty"),
    ("key/" + b64("harbour master on duty"), "key/harbour master on duty"),
    ("har\u200bbour\u00ad mas\u2060ter", WORD),
    ("\u202eretsam ruobrah\u202c", WORD),
    ("ｈａｒｂｏｕｒ　２", "harbour\u30002"),
    ("hаrbour mаster", WORD),
    ("h\u0336a\u0336r\u0336", "har"),
    ("h a r b o u r s", "harbours"),
    ('x = "harb" + "our"', 'x = "harbour"'),
    ("a1_2345_678", "a1 2345 678"),
    ("12l4 5O78", "1214 5078"),
    ("ann [at] host [dot] test", "ann@host.test"),
    ('k = "sk_live_4eC3" + "_9Hq4_1234567"', 'k = "sk_live_4eC3_9Hq4_1234567"'),
    ("id_41l1_1111_1lll_11I1", "id 4111 1111 1111 1111"),
    ("４εｂ pаｙ", "4eb pay"),
]


@pytest.mark.parametrize(("text", "said"), SAID, ids=[row[0][:24] for row in SAID])
def test_a_view_says_what_was_hidden(text: str, said: str) -> None:
    assert said in [each.text for each in views(text)]


SIGNED = ".".join(
    (*(b64(part).rstrip("=") for part in ('{"alg":"HS256","typ":"JWT"}', '{"sub":"harbour"}')), "c2ln_-9")
)
ESCAPED = {
    "percent, the dots": SIGNED.replace(".", "%2E"),
    "percent, a letter": SIGNED.replace("eyJ", "e%79J", 1),
    "JSON": SIGNED.replace(".", "\\u002e"),
    "HTML": SIGNED.replace(".", "&#46;"),
    "invisible": SIGNED.replace(".", "\u200b."),
}


@pytest.mark.parametrize("way", ESCAPED)
def test_a_token_with_escapes_is_read_whole_and_taken_apart(way: str) -> None:
    text = f"Bearer {ESCAPED[way]} until noon"
    made = views(text, 10_000)
    (whole,) = (each for each in made if SIGNED in each.text)
    place = whole.text.index(SIGNED)
    assert whole.place(place, place + len(SIGNED)) == (7, 7 + len(ESCAPED[way]))
    assert any("harbour" in each.text for each in made)


def test_escapes_that_touch_no_encoded_text_are_read_once() -> None:
    made = views(f"%68arbour {'word ' * 50}{b64('harbour master on duty')}", 10_000)
    assert [each.name for each in made] == [DECODED]


def test_tokens_full_of_escapes_are_read_in_linear_time() -> None:
    unit = b64("harbour master on duty").rstrip("=") + "%2E" + "a" * 80 + "%2F"

    def read(times: int) -> float:
        text = unit * times
        return least_cpu_s(lambda: views(text, len(text)))

    assert read(1_000) < 20 * read(100) + 0.1


SILENT = [
    "2034-02-17T11:50:03Z seen, 2034-02-17T1:50 not",
    "plain words, 12 of them", "100 % of 5", "C:\\users\\name", "R&D, AT&T; P&amp;L", "Привет, мир", "今天很好，走吧。",
    "naïve café", "internationalisation", "snake_case_name", "don't + can't", "❤️ 👍🏽",
]  # fmt: skip


@pytest.mark.parametrize("text", SILENT)
def test_a_text_that_hides_nothing_has_no_view(text: str) -> None:
    assert views(text) == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(alphabet="abz@.419 ", min_size=1, max_size=30), st.text(max_size=60))
def test_what_a_view_says_is_placed_where_it_was_written(before: str, value: str, after: str) -> None:
    worn = "".join(f"%{ord(each):02x}" for each in value)
    text = f"{before} {worn} {after}"
    start = len(before) + 1
    try:
        made = views(text, 10_000)
    except TooMuchHidden:
        return
    for view in made:
        for place in range(len(view.text)):
            low, high = view.place(place, place + 1)
            assert 0 <= low <= high <= len(text)
        at = view.text.find(value)
        if view.name == DECODED and value.strip() and view.text.count(value) == 1 and value not in text:
            assert view.place(at, at + len(value)) == (start, start + len(worn))


def test_far_places_stand_apart_in_a_view() -> None:
    text = "%41" + " word" * 400 + "%42"
    (view,) = views(text)
    assert SEPARATOR in view.text
    assert len(view.text) < len(text) / 2


def test_a_long_text_is_viewed_in_blocks_with_places_of_the_whole() -> None:
    text = "word " * 20_000 + "%61nn"
    (view,) = views(text, len(text))
    assert view.text.endswith("ann")
    assert view.place(len(view.text) - 3, len(view.text)) == (len(text) - 5, len(text))


def test_encodings_inside_each_other_have_a_bound() -> None:
    def nested(depth: int) -> str:
        text = "ann@example.com writes"
        for _ in range(depth):
            text = b64(text)
        return text

    assert any("ann@example.com" in each.text for each in views(nested(3)))
    with pytest.raises(TooMuchHidden):
        views(nested(5))


def test_text_that_grows_beyond_its_room_is_refused() -> None:
    room, view = Room(10), View("decoded", "x" * 40_000, 0, 1)
    assert room.take(view) is view
    with pytest.raises(TooMuchHidden):
        room.take(view)


def test_a_view_of_a_view_is_placed_in_the_first_text() -> None:
    outer = rewritten("decoded", "ab%25", [Substitution(2, 5, "%41")])
    assert outer is not None
    inner = rewritten("decoded", outer.text, [Substitution(2, 5, "A")])
    assert inner is not None
    whole = placed_in(outer, inner)
    assert (whole.text, whole.place(2, 3), whole.place(0, 1)) == ("abA", (2, 5), (0, 1))
    document = View("document", "ab%25", 7, 9)
    assert placed_in(document, inner).place(0, 1) == (7, 9)


def test_of_substitutions_that_overlap_the_first_and_longer_counts() -> None:
    view = rewritten("folded", "abcdef", [Substitution(1, 3, "X"), Substitution(1, 4, "Y"), Substitution(2, 5, "Z")])
    assert view is not None
    assert view.text == "aYef"
    assert rewritten("folded", "abc", []) is None


@pytest.mark.parametrize("text", ["born 1964-06-08 here", "on 08.06.1964.", "write to jane@example.com"])
def test_dates_and_plain_addresses_are_not_put_together(text: str) -> None:
    assert views(text) == []


def test_what_is_held_is_not_put_together_and_what_reaches_beyond_is() -> None:
    text = "card 4111-1111-1111-1111 and 4222-2222-2222-2222"
    passage = Passage.of(text, SHADOW)
    first, second = (5, 24), (29, 48)
    assert list(VIEWS.of(passage, Room(len(text)), AMPLE, Held([first, second]))) == []
    (view,) = VIEWS.of(passage, Room(len(text)), AMPLE, Held([first, (29, 47)]))
    assert "4111-1111-1111-1111" in view.text
    assert "4222 2222 2222 2222" in view.text


def test_stretches_are_held_by_one_of_them_not_by_two_together() -> None:
    held = Held([(10, 20), (0, 5), (18, 30)])
    assert [held.holds(*span) for span in ((0, 5), (11, 20), (18, 30), (12, 25), (4, 6))] == [True] * 3 + [False] * 2
    assert held.within(10, 40).holds(8, 20)
    assert not held.within(10, 28).holds(10, 21)
    assert not held.within(10, 12).holds(8, 20)
