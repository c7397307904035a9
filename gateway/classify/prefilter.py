"""One pass over a text that says which of many patterns could match at all.

RE2 reads the text once, whatever the number of patterns, in linear time. A pattern with look-around or back-references,
which RE2 cannot express, enters in a wider form: that can only make it match more often. What still cannot be expressed
always counts as matching.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import re2

MAX_MEMORY_BYTES = 8 << 20
"""Bound on an automaton, of which all but a few get a small part. It grows only as far as texts need, and what does not
fit is made anew when it is needed again. The sentinel below notices where there is no room for that."""
SET_MEMORY_BYTES = 2 << 20
"""Bound on the automaton of a set."""
_LEAST_BYTES, _BYTES_A_STEP, _FEW_STEPS = 1 << 20, 512, 768
"""What both automata of a pattern may take, forwards and backwards, and how much more for each step of a long one."""
_TOGETHER = 4
_END = r"\z"
_Anchor = re2._re2.RE2.Anchor  # noqa: SLF001  (see `Places`)
_ANYWHERE, _AT_BEGIN, _WHOLE = _Anchor.UNANCHORED, _Anchor.ANCHOR_START, _Anchor.ANCHOR_BOTH
_FLAGS = re.compile(r"\(\?[ims]+\)")
_GROUP = re.compile(r"\((?:\?:|(?!\?))")
_REPEATS = re.compile(r"(?:^|[^\\])(?:\\\\)*[*+{]")
_BOUND = re.compile(r"(?<!\\)(?<!\\p)\{(\d+),\d{2,}\}")
_LOOK_AROUNDS = ("(?=", "(?!", "(?<=", "(?<!")


class PrefilterError(Exception):
    """The engine could not finish. Its answer would read as "nothing found", so it is an error instead."""


class Prefilter:
    """Tells which patterns could match. Immutable after construction and safe to share between threads.

    TRAP: patterns that can begin at any character and count (`[a-z0-9]{25,59}`) multiply each other's states: two dozen
    in one automaton take 5 ms for 4 kB of digits, one by one 0.01 ms each. Patterns that begin at the edge of a word
    stay in step with each other and share one automaton; so do words that count nothing; the others go by fours. Each
    automaton reads the whole text, so those whose patterns get on with each other had better be one.
    """

    __slots__ = ("_always", "_sets")

    def __init__(
        self, patterns: Sequence[str], *, max_memory_bytes: int = MAX_MEMORY_BYTES, together: int | None = _TOGETHER
    ) -> None:
        """Compiles the patterns: RE2 syntax, flags inline. Raises `PrefilterError` when a set cannot be compiled.

        `together` is how many counting patterns share an automaton; `None` puts all patterns into one.
        """
        numbers: dict[str, list[int]] = {}
        always = set()
        for number, pattern in enumerate(patterns):
            gate = gate_of(pattern)
            if gate is None:
                always.add(number)
            else:
                numbers.setdefault(gate, []).append(number)
        groups = [list(numbers)] if together is None else _groups(list(numbers), together)
        self._always = frozenset(always)
        self._sets = tuple(_Set({gate: numbers[gate] for gate in group}, max_memory_bytes) for group in groups if group)

    def match(self, text: bytes) -> frozenset[int]:
        """Returns the numbers of the patterns that could match. Raises `PrefilterError`, never a partial answer."""
        hits = [number for each in self._sets for number in each.match(text)]
        return self._always.union(hits) if hits else self._always


def _groups(gates: Sequence[str], together: int) -> list[list[str]]:
    in_step = [gate for gate in gates if _begins_at_word(gate)]
    words = [gate for gate in gates if not _begins_at_word(gate) and _REPEATS.search(gate) is None]
    others = [gate for gate in gates if not _begins_at_word(gate) and _REPEATS.search(gate) is not None]
    chunks = [others[i : i + together] for i in range(0, len(others), together)]
    if chunks and len(chunks[-1]) + len(words) <= _TOGETHER:
        chunks[-1] += words
        words = []
    return [in_step, words, *chunks]


class _Set:
    """Some patterns in one automaton."""

    __slots__ = ("_match", "_nothing", "_numbers", "_sentinel")

    def __init__(self, numbers: Mapping[str, Sequence[int]], max_memory_bytes: int) -> None:
        patterns = filled(re2.Set.SearchSet, (*numbers, _END), SET_MEMORY_BYTES, max_memory_bytes)
        *added, self._sentinel = range(len(numbers) + 1)
        self._match = patterns._set.Match  # noqa: SLF001  (what the package's own object calls)
        self._nothing = [self._sentinel]
        self._numbers = dict(zip(added, (tuple(found) for found in numbers.values()), strict=True))

    def match(self, text: bytes) -> Sequence[int]:
        hits = self._match(text)
        if hits == self._nothing:
            return ()
        return [number for hit in complete(hits, self._sentinel) for number in self._numbers[hit]]


def filled(
    make: Callable[[re2.Options], re2.Set], patterns: Sequence[str], least_bytes: int, max_memory_bytes: int
) -> re2.Set:
    """Returns the patterns, the last of which is the sentinel, in one automaton, numbered from 0.

    It gets the least room, or where that does not suffice four times as much as does.

    TRAP: the engine answers "nothing" both for no match and when it runs out of memory. The sentinel matches every
    text, so its absence is the only sign of the second case. It matches at the end alone: what matches at each
    character is noted down at each character, which takes as long as reading.
    """
    room = min(least_bytes, max_memory_bytes)
    while (made := _set_of(make, patterns, room)) is None:
        if room == max_memory_bytes:
            raise PrefilterError("the patterns do not fit the memory bound")
        room = min(2 * room, max_memory_bytes)
    is_tight = least_bytes < room < max_memory_bytes
    return (_set_of(make, patterns, min(4 * room, max_memory_bytes)) if is_tight else None) or made


def _set_of(make: Callable[[re2.Options], re2.Set], patterns: Sequence[str], room: int) -> re2.Set | None:
    """The patterns in one automaton, or nothing where it does not fit: the engine tries whether it can run."""
    made = make(_options(room))
    for pattern in patterns:
        made.Add(pattern.encode("ascii"))
    try:
        made.Compile()
    except re2.error:
        return None
    return made


def complete(hits: Sequence[int] | None, sentinel: int) -> list[int]:
    """Returns an answer of the engine without the sentinel. Raises `PrefilterError` if the sentinel is missing."""
    if hits is None or sentinel not in hits:
        raise PrefilterError("the pattern engine did not finish")
    return [hit for hit in hits if hit != sentinel]


def compiled(pattern: str) -> re2._Regexp:
    """Returns an RE2 pattern for `bytes`; flags inline. Raises `re2.error`."""
    return _fitted(pattern)


def _fitted(pattern: str, *, has_groups: bool = True) -> re2._Regexp:
    """Compiles a pattern with as much room as it has steps: a thousand patterns share no bound but the sum of theirs.

    An engine that has no room left for its automaton goes on without, slower, and finds the same.
    """
    octets = pattern.encode("ascii")
    options = _options(_LEAST_BYTES)
    options.never_capture = not has_groups
    try:
        made = re2.compile(octets, options)
    except re2.error:
        options.max_mem = MAX_MEMORY_BYTES
        made = re2.compile(octets, options)
    engine = made._regexp  # noqa: SLF001  (the package hides how large a pattern is)
    further = engine.ProgramSize() + engine.ReverseProgramSize() - _FEW_STEPS
    if further <= 0:
        return made
    options.max_mem = min(MAX_MEMORY_BYTES, _LEAST_BYTES + _BYTES_A_STEP * further)
    return re2.compile(octets, options)


class Places:
    """Where one pattern matches, without its groups. Immutable and safe to share between threads.

    The engine keeps no track of groups then and needs one automaton; a match costs less than half of what the package's
    own objects cost.
    """

    __slots__ = ("_match",)

    def __init__(self, pattern: str) -> None:
        """Compiles the pattern: RE2 syntax, flags inline. Raises `re2.error`."""
        self._match = _fitted(pattern, has_groups=False)._regexp.Match  # noqa: SLF001  (what the package's own objects call)

    def first(self, text: bytes, begin: int = 0) -> tuple[int, int] | None:
        """Returns the first match that starts at or after `begin`."""
        spans: Sequence[tuple[int, int]] = self._match(_ANYWHERE, text, begin, len(text))
        return None if spans[0][0] < 0 else spans[0]

    def all(self, text: bytes) -> list[tuple[int, int]]:
        """Returns all matches in order, as `finditer` does."""
        match, place, size = self._match, 0, len(text)
        found: list[tuple[int, int]] = []
        while True:
            span: tuple[int, int] = match(_ANYWHERE, text, place, size)[0]
            if span[0] < 0:
                return found
            found.append(span)
            if place == size:
                return found
            place = place + 1 if span[1] == place else span[1]


class Group:
    """Where the first group of one pattern stands in a match, without the package's objects, which cost twice that.

    Immutable and safe to share between threads.
    """

    __slots__ = ("_match",)

    def __init__(self, pattern: str) -> None:
        """Compiles the pattern: RE2 syntax, flags inline. Raises `re2.error`."""
        self._match = compiled(pattern)._regexp.Match  # noqa: SLF001  (what the package's own objects call)

    def at(self, text: bytes, begin: int, end: int) -> tuple[int, int] | None:
        """Returns the group of a match that starts at `begin`, which is at most `end`, and ends at `end` or before."""
        spans: Sequence[tuple[int, int]] = self._match(_AT_BEGIN, text, begin, end)
        return None if spans[0][0] < 0 else spans[1]

    def of_whole(self, text: bytes, begin: int, end: int) -> tuple[int, int] | None:
        """Returns the group where all of the text from `begin` to `end` matches."""
        spans: Sequence[tuple[int, int]] = self._match(_WHOLE, text, begin, end)
        return None if spans[0][0] < 0 else spans[1]


def _options(max_memory_bytes: int) -> re2.Options:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = max_memory_bytes
    return options


def is_expressible(pattern: str) -> bool:
    """Returns whether RE2 reads the pattern as it stands."""
    try:
        re2.compile(pattern.encode("ascii"), _options(MAX_MEMORY_BYTES))
    except (re2.error, UnicodeEncodeError):
        return False
    return True


def gate_of(pattern: str) -> str | None:
    """Returns a pattern RE2 can read that matches in every text in which `pattern` does, or `None`.

    What must stand before a match (a look-behind at the beginning) is read as part of it.
    """
    flags = _FLAGS.match(pattern)
    begin = flags.end() if flags else 0
    if pattern.startswith("(?<=", begin) and pattern.isascii():
        end = _group_end(pattern, begin)
        behind, rest = pattern[begin + len("(?<=") : end - 1], pattern[end:]
        wider = f"{pattern[:begin]}(?:{behind})(?:{without_look_arounds(without_back_references(rest))})"
        if "|" not in without_look_arounds(rest) and is_expressible(wider):
            return wider
    return superset_of(pattern)


def _begins_at_word(pattern: str) -> bool:
    """Whether a match of the pattern, which is not a choice, begins at the edge of a word."""
    place = 0
    while (opened := _FLAGS.match(pattern, place) or _GROUP.match(pattern, place)) is not None:
        place = opened.end()
    return pattern.startswith(r"\b", place)


def superset_of(pattern: str) -> str | None:
    """Returns a pattern RE2 can read that matches wherever `pattern` does, or `None`."""
    if not pattern.isascii():
        return None
    if is_expressible(pattern):
        return pattern
    wider = without_look_arounds(without_back_references(pattern))
    return wider if is_expressible(wider) else None


def without_bounds(pattern: str) -> str:
    r"""Returns the pattern with every count of which the upper bound has two digits or more open above.

    It matches at least what the pattern does, and an automaton need not count: `[^\n]{0,80}` alone are eighty states.
    """
    return _BOUND.sub(r"{\1,}", pattern)


def without_back_references(pattern: str) -> str:
    r"""Returns the pattern with every `\1` replaced by its group, which matches at least what was captured."""
    groups: list[str] = []
    kept: list[str] = []
    place = 0
    while place < len(pattern):
        after = _unit_end(pattern, place)
        unit = pattern[place:after]
        if unit == "(" and (pattern[after] != "?" or pattern.startswith("?P<", after)):
            groups.append(pattern[place : _group_end(pattern, place)])
        is_reference = len(unit) == 2 and unit[0] == "\\" and "1" <= unit[1] <= "9"
        kept.append(groups[int(unit[1]) - 1] if is_reference else unit)
        place = after
    return "".join(kept)


def without_look_arounds(pattern: str) -> str:
    """Returns the pattern with every look-ahead and look-behind group removed."""
    kept: list[str] = []
    place = 0
    while place < len(pattern):
        if pattern.startswith(_LOOK_AROUNDS, place):
            place = _group_end(pattern, place)
            continue
        after = _unit_end(pattern, place)
        kept.append(pattern[place:after])
        place = after
    return "".join(kept)


def _unit_end(pattern: str, place: int) -> int:
    """The end of the escape, character class or single character at `place`."""
    if pattern[place] == "\\":
        return place + 2
    if pattern[place] != "[":
        return place + 1
    place += 2 if pattern.startswith("[^", place) else 1
    place += 1  # a `]` right after the bracket is a literal
    while pattern[place] != "]":
        place += 2 if pattern[place] == "\\" else 1
    return place + 1


def _group_end(pattern: str, place: int) -> int:
    """The end of the group that opens at `place`."""
    depth = 0
    while True:
        unit = pattern[place]
        depth += (unit == "(") - (unit == ")")
        place = _unit_end(pattern, place)
        if depth == 0:
            return place
