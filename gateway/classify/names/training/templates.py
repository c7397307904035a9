"""Reading the templates.

One a line; `{{slot}}` stands for a value, `‹this¦or that›` for a choice, a backslash and n for a new line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from random import Random
from typing import Protocol

from gateway.classify.names.training.values import Piece

_CHOICE = re.compile("‹([^‹›]*)›")
_SLOT = re.compile(r"\{\{(\w+)\}\}")
_HELD_OUT_EVERY = 10


class Drawing(Protocol):
    """What fills the slots."""

    def draw(self, slot: str) -> list[Piece]:
        """Returns the pieces for one slot."""
        ...


@dataclass(frozen=True, slots=True)
class Sample:
    """A text and the places of the names in it: start, end, type."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


def read_templates(file: str) -> tuple[str, ...]:
    """Returns the templates of one file of the folder `templates`, with new lines resolved."""
    text = (resources.files(__package__) / "templates" / file).read_text(encoding="utf-8")
    return tuple(line.replace("\\n", "\n").replace("\\t", "\t") for line in text.splitlines() if line.strip())


def split_templates(templates: Iterable[str]) -> tuple[list[str], list[str]]:
    """Returns the templates for training and those held out: every tenth, by position."""
    every = list(templates)
    held = [each for number, each in enumerate(every) if number % _HELD_OUT_EVERY == _HELD_OUT_EVERY // 2]
    return [each for each in every if each not in set(held)], held


def fill(template: str, random: Random, values: Drawing) -> Sample:
    """Returns one text made from a template."""
    chosen = _choose(template, random)
    pieces: list[Piece] = []
    end = 0
    for slot in _SLOT.finditer(chosen):
        pieces.append((chosen[end : slot.start()], ""))
        pieces += values.draw(slot[1])
        end = slot.end()
    pieces.append((chosen[end:], ""))
    return join(pieces)


def join(pieces: Iterable[Piece]) -> Sample:
    """Returns the text of the pieces and where the names are."""
    text, spans = "", []
    for piece, kind in pieces:
        if kind:
            spans.append((len(text), len(text) + len(piece), kind))
        text += piece
    return Sample(text, tuple(spans))


def masked(sample: Sample) -> str:
    """Returns the text with each name replaced by its type and each number by 0: what samples of one form share."""
    text = sample.text
    for start, end, kind in reversed(sample.spans):
        text = f"{text[:start]}<{kind}>{text[end:]}"
    return re.sub(r"\d+", "0", text)


def _choose(template: str, random: Random) -> str:
    def pick(found: re.Match[str]) -> str:
        return random.choice(str(found[1]).split("¦"))

    while "‹" in template:
        template = _CHOICE.sub(pick, template)
    return template
