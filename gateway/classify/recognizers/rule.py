"""One way an identifier is written, what says that it is one, and how sure each of these makes us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_SEPARATORS = b" .-/()\t\n\x7f_+:'\""
CHECKED = 950
"""Score of a value that stands by its label and passes its check."""
LABELLED = 800
"""Score of a value that stands by its label and has nothing to check."""
DOUBTFUL = 450
"""Score of a value that stands by its label and fails its check: written wrong, or an invented example."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """One row of the recognizers.

    `value` is RE2 without groups over the ASCII shadow; case counts. `check` gets the
    characters without separators, letters in upper case. `labels` are words that announce the value; a space stands for
    any separator or none, case does not matter. `alone` is the score without any label, 0 for never: only for shapes
    and checks that hardly anything else has. `written` is a Python pattern that the original text has to match as well,
    for scripts that the shadow flattens. A `signed` value may begin with a sign such as `+` or `(`, not only where a
    word begins. `generic` labels (`tax id`, `id card`) announce many types: they count only for a value whose check
    holds. A `loose` value stands for itself, like a date, so that any words of one sentence may stand before it. Of a
    value that is found with a word beside it (`34 years old`) only what `core`, a Python pattern, matches is reported.
    """

    type: str
    value: str
    labels: tuple[str, ...] = ()
    check: Callable[[str], bool] | None = None
    alone: int = 0
    doubtful: int = DOUBTFUL
    labelled: int | None = None
    written: str = ""
    signed: bool = False
    generic: tuple[str, ...] = ()
    loose: bool = False
    core: str = ""
    source: str = ""

    def holds(self, value: bytes) -> bool:
        """Whether the check holds for a value as the ASCII shadow has it, separators and all."""
        if self.check is None:
            return True
        try:
            return self.check(value.translate(None, _SEPARATORS).upper().decode("ascii"))
        except ValueError:  # a letter where the algorithm counts on a digit
            return False

    @property
    def score(self) -> int:
        """The score beside a label, all being well."""
        if self.labelled is not None:
            return self.labelled
        return LABELLED if self.check is None else CHECKED


def labels(words: str) -> tuple[str, ...]:
    """Returns the labels of a text that separates them by `|` or line ends."""
    return tuple(each.strip() for each in words.replace("\n", "|").split("|") if each.strip())


def digits(*groups: int, by: str = " .-") -> str:
    """Returns a pattern for groups of digits with at most one separator between two groups."""
    return f"[{by}]?".join(rf"\d{{{size}}}" for size in groups)


def loose_digits(count: int, by: str = " .-") -> str:
    """Returns a pattern for so many digits, separated in any way."""
    return rf"\d(?:[{by}]?\d){{{count - 1}}}"
