"""All rewritings of one text, in rounds: what was decoded is looked at again.

*Decoded* views undo an encoding; whatever reads prose may read them. *Folded* views put pulled-apart identifiers
together and guess at misread digits; only what has a form of its own (a check digit, an address) may be looked for
in them. A text in which nothing is encoded costs one pass of the pattern engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import partial
from itertools import chain

from gateway.classify.detector import Budget, Passage
from gateway.classify.prefilter import Prefilter, without_bounds
from gateway.classify.shadow import Shadow
from gateway.classify.view import View
from gateway.classify.views import (
    addresses,
    base32_runs,
    base64_runs,
    character_codes,
    concatenation,
    controls,
    entities,
    escapes,
    glued,
    invisible,
    listed,
    markdown,
    markup,
    misread,
    percent,
    quoted_printable,
    scientific,
    spacing,
    spoken,
    utf7,
    uuencoded,
)
from gateway.classify.views.characters import AnyOf
from gateway.classify.views.held import NOTHING, Held
from gateway.classify.views.lookalikes import Lookalikes
from gateway.classify.views.rewriting import Substitution, placed_in, rewritten
from gateway.classify.windows import windows

NAME = "views"
DECODED, FOLDED = "decoded", "folded"
DEPTH = 3
"""Encodings inside each other that are undone. The same encoding several times over counts once."""
_BLOCK, _OVERLAP = 1 << 15, 512
_TOGETHER = 14
"""Gates in one automaton: every further one reads the text once more, and with all of them random base64 costs more."""
_BASE64, _UNDERSCORES = 3, 15
_INVISIBLE, _LOOKALIKES, _TAGS = 4, 5, 14
"""Numbers of the rewritings that plain ASCII never needs."""
_SPOKEN, _LISTED, _IN_PIECES = 24, 25, 30
"""Of those whose words the gates know only in Latin letters; the last is the numbers without which they say nothing."""
_LEAST_ROOM, _ROOM_PER_CHARACTER = 1 << 16, 8
Rewrite = Callable[[str], Iterable[Substitution]]


class TooMuchHidden(Exception):
    """More encodings inside each other, or more text from them, than is read. The call counts as regulated."""


class Room:
    """How many code points of views one call may still produce: a bound in proportion to what it carries."""

    __slots__ = ("_left",)

    def __init__(self, characters: int) -> None:
        self._left = _LEAST_ROOM + _ROOM_PER_CHARACTER * characters

    def take(self, view: View) -> View:
        """Returns the view. Raises `TooMuchHidden` when the room is used up."""
        self._left -= len(view.text)
        if self._left < 0:
            raise TooMuchHidden
        return view


class TextViews:
    """Rewrites texts. Safe to share between threads."""

    def __init__(self) -> None:
        """Compiles the gates: some ten milliseconds."""
        self._shadow = Shadow()
        self._lookalikes = Lookalikes()
        self._unusual = AnyOf(invisible.CHARACTERS | self._lookalikes.characters)
        self._decoders: dict[int, Rewrite] = {
            0: percent.substitutions,
            1: escapes.substitutions,
            2: entities.substitutions,
            _BASE64: base64_runs.substitutions,
            13: scientific.substitutions,
            17: quoted_printable.substitutions,
            18: character_codes.runs,
            28: character_codes.lists,
            19: base32_runs.substitutions,
            20: utf7.substitutions,
            21: uuencoded.substitutions,
            _INVISIBLE: invisible.substitutions,
            _LOOKALIKES: self._lookalikes.substitutions,
        }
        self._joiners: dict[int, Rewrite] = {11: concatenation.substitutions}
        gates: dict[int, Sequence[str]] = {
            0: (percent.GATE,),
            1: (escapes.GATE,),
            2: (entities.GATE,),
            _BASE64: base64_runs.GATES,
            6: (spacing.SINGLES_GATE,),
            7: (spacing.GROUPS_GATE,),
            8: spacing.SIGNS_GATES,
            26: spacing.WORDS_GATES,
            27: (spacing.CHARACTERS_GATE,),
            9: (spacing.OCTETS_GATE,),
            10: (misread.GATE,),
            11: concatenation.GATES,
            _UNDERSCORES: (concatenation.UNDERSCORES_GATE,),
            12: addresses.GATES,
            16: markdown.GATES,
            13: (scientific.GATE,),
            17: quoted_printable.GATES,
            18: character_codes.RUN_GATES,
            28: character_codes.LIST_GATES,
            19: (base32_runs.GATE,),
            20: (utf7.GATE,),
            21: (uuencoded.GATE,),
            22: (controls.GATE,),
            23: markup.GATES,
            _SPOKEN: (spoken.GATE,),
            _LISTED: (listed.WORDS_GATE,),
            _IN_PIECES: listed.NUMBERS_GATES,
            29: glued.GATES,
        }
        flat = [(gate, kind) for kind, each in gates.items() for gate in each]
        self._prefilter = Prefilter([without_bounds(gate) for gate, _ in flat], together=_TOGETHER)
        self._kinds = tuple(kind for _, kind in flat)

    def may_have(self, passage: Passage) -> bool:
        """Whether anything in the text may be encoded, hidden or pulled apart."""
        return bool(self._fired(passage))

    def of(self, passage: Passage, room: Room, budget: Budget, held: Held = NOTHING) -> Iterator[View]:
        """Yields the views of a text, of which some stretches are known. Raises `TooMuchHidden`, `BudgetSpent`."""
        for start, end in windows(passage.text, _BLOCK, _OVERLAP):
            budget.check()
            is_whole = (start, end) == (0, len(passage.text))
            block = passage if is_whole else Passage(passage.text[start:end], passage.shadow[start:end])
            whole = View(DECODED, block.text, start, end, range(start, end), range(start + 1, end + 1))
            for view in self._of_block(block, room, budget, held.within(start, end)):
                yield placed_in(whole, view) if start else view

    def _of_block(self, block: Passage, room: Room, budget: Budget, held: Held) -> Iterator[View]:
        fired = self._fired(block)
        for folded in self._folded(block, fired, held):
            yield room.take(folded)
            budget.check()
        last: View | None = None
        for _ in range(DEPTH):
            found = _by_kind(block, self._decoders, fired)
            for whole in _only(_whole_tokens(block, found)):
                yield room.take(whole if last is None else placed_in(last, whole))
            view = rewritten(DECODED, block.text, chain.from_iterable(found.values()))
            if view is None:
                break
            last = room.take(view if last is None else placed_in(last, view))
            yield last
            budget.check()
            block = Passage.of(view.text, self._shadow)
            fired = self._fired(block)
        if last is None:
            return
        if next(_found(block, self._decoders, fired), None) is not None:
            raise TooMuchHidden
        for folded in self._folded(block, fired, NOTHING):
            yield room.take(placed_in(last, folded))

    def _folded(self, block: Passage, fired: Set[int], held: Held) -> Iterator[View]:
        """What source code puts together comes first: its parts look like pulled-apart numbers themselves."""
        yield from _only(_rewritten(FOLDED, block, _folders(held), fired))
        joined = _rewritten(FOLDED, block, self._joiners, fired)
        if joined is not None:
            yield joined
            again = Passage.of(joined.text, self._shadow)
            folded = _rewritten(FOLDED, again, _folders(NOTHING), self._fired(again))
            yield from _only(None if folded is None else placed_in(joined, folded))

    def _fired(self, passage: Passage) -> set[int]:
        """The numbers of the rewritings that may have something to do."""
        return passage.notes.of(self, set, lambda: self._find_fired(passage))

    def _find_fired(self, passage: Passage) -> set[int]:
        fired = {self._kinds[number] for number in self._prefilter.match(passage.shadow)}
        if not passage.text.isascii():
            fired |= self._beyond_ascii(passage)
        if _IN_PIECES not in fired:
            return fired - {_LISTED}
        return fired - {_IN_PIECES} | ({_LISTED} if listed.may_have(passage.text) else set())

    def _beyond_ascii(self, passage: Passage) -> set[int]:
        text = passage.text
        has = {_SPOKEN: spoken.may_have(passage)}
        if self._unusual.is_in(text):
            has |= {
                _INVISIBLE: invisible.may_have(text),
                _LOOKALIKES: self._lookalikes.may_have(text),
                _TAGS: invisible.has_tags(text),
            }
        return {number for number, there in has.items() if there}


def _rewritten(name: str, block: Passage, rewrites: Mapping[int, Rewrite], fired: Set[int]) -> View | None:
    return rewritten(name, block.text, _found(block, rewrites, fired))


def _whole_tokens(block: Passage, found: Mapping[int, Sequence[Substitution]]) -> View | None:
    """Escapes undone and base64 left as it is: a signed token, which is base64 in parts, would fall apart."""
    if _BASE64 not in found or len(found) == 1:
        return None
    escapes = (each for kind, substitutions in found.items() if kind != _BASE64 for each in substitutions)
    return rewritten(DECODED, block.text, base64_runs.touching(block.text, found[_BASE64], escapes))


def _by_kind(block: Passage, rewrites: Mapping[int, Rewrite], fired: Set[int]) -> dict[int, list[Substitution]]:
    return {kind: list(rewrites[kind](block.text)) for kind in sorted(fired & rewrites.keys())}


def _found(block: Passage, rewrites: Mapping[int, Rewrite], fired: Set[int]) -> Iterator[Substitution]:
    for kind in sorted(fired & rewrites.keys()):
        yield from rewrites[kind](block.text)


def _folders(held: Held) -> dict[int, Rewrite]:
    return {
        6: spacing.singles,
        7: partial(spacing.groups, held=held),
        8: spacing.signs,
        26: spacing.words,
        27: spacing.characters,
        9: spacing.octets,
        10: misread.substitutions,
        _UNDERSCORES: concatenation.underscores,
        12: addresses.substitutions,
        16: markdown.substitutions,
        22: controls.substitutions,
        23: markup.substitutions,
        _SPOKEN: spoken.substitutions,
        _LISTED: listed.substitutions,
        29: glued.substitutions,
        _TAGS: invisible.tags,
    }


def _only(view: View | None) -> Iterator[View]:
    if view is not None:
        yield view
