"""The checkpoint's chat template: rendered in a sandbox, bounded, and pinned by hash.

What people wrote cannot pass for the template's own markers: a marker in a message is put aside before rendering and
comes back as plain text, letter by letter.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from selfhost.errors import CheckpointError
from selfhost.serve.fields import JsonObject
from selfhost.serve.refusals import bad
from selfhost.serve.tokens import Tokens

_MOST_CHARACTERS = 32_000_000
_MOST_S = 5.0
_MOST_STEPS = 100_000
_OPEN, _CLOSE = "\ue000", "\ue001"
_ASIDE = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")


class Thinking(StrEnum):
    """Whether the model thinks before it answers. Adaptive leaves it to the model."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    ADAPTIVE = "adaptive"


class ChatTemplate:
    """Turns a conversation into tokens."""

    def __init__(self, source: str, tokens: Tokens) -> None:
        """Compiles the template. Raises `CheckpointError`."""
        self.digest = hashlib.sha256(source.encode()).hexdigest()
        self._tokens = tokens
        self._markers = (*tokens.markers, _OPEN, _CLOSE)
        self._shield = re.compile("|".join(re.escape(marker) for marker in self._markers))
        # trim_blocks and lstrip_blocks are what released templates are written for.
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        environment.filters["tojson"] = _to_json
        environment.globals = {"raise_exception": _refuse, "namespace": environment.globals["namespace"]}
        try:
            self._template = environment.from_string(source)
        except TemplateError:
            raise CheckpointError("chat_template.jinja cannot be compiled") from None

    @classmethod
    def load(cls, directory: Path, tokens: Tokens, pinned: str | None = None) -> ChatTemplate:
        """Returns the template of a checkpoint; one whose SHA-256 is not `pinned` raises `CheckpointError`."""
        try:
            source = (directory / "chat_template.jinja").read_text(encoding="utf-8")
        except (OSError, ValueError):
            raise CheckpointError("chat_template.jinja cannot be read") from None
        template = cls(source, tokens)
        if pinned is not None and pinned != template.digest:
            raise CheckpointError("chat_template.jinja is not the one that is pinned")
        return template

    def render(self, messages: Sequence[JsonObject], tools: Sequence[JsonObject], thinking: Thinking) -> str:
        """Returns the prompt, up to where the model goes on; markers that people wrote are put aside in it.

        Raises:
            Refused: the template refuses the conversation, or takes too long.
        """
        found: list[str] = []
        size, deadline_s = 0, time.monotonic() + _MOST_S
        try:
            pieces = self._template.generate(
                messages=[self._shielded(each) for each in messages],
                tools=[self._shielded(each) for each in tools],
                thinking_mode=str(thinking),
                add_generation_prompt=True,
                range=_Steps(),
            )
            for piece in pieces:
                found.append(piece)
                size += len(piece)
                if size > _MOST_CHARACTERS or time.monotonic() > deadline_s:
                    raise bad("the conversation is too large for the chat template")
        except (TemplateError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError):
            raise bad("the chat template cannot render these messages") from None
        return "".join(found)

    def encode(self, prompt: str) -> list[int]:
        """Returns the tokens of a rendered prompt."""
        pieces = _ASIDE.split(prompt)
        found = self._tokens.encode(pieces[0])
        for number, piece in zip(pieces[1::2], pieces[2::2], strict=True):
            found += self._tokens.encode_literal(self._markers[int(number)])
            found += self._tokens.encode(piece)
        return found

    def shield(self, text: str) -> str:
        """Returns text that somebody wrote, with its markers put aside."""
        return self._shield.sub(lambda found: f"{_OPEN}{self._markers.index(found.group())}{_CLOSE}", text)

    def _shielded(self, value: object) -> object:
        if isinstance(value, str):
            return self.shield(value)
        if isinstance(value, Mapping):
            return {self.shield(str(key)): self._shielded(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._shielded(each) for each in value]
        return value


class _Steps:
    """`range` for one rendering, with so many steps in all: loops inside loops end."""

    def __init__(self) -> None:
        self._left = _MOST_STEPS

    def __call__(self, *bounds: int) -> range:
        steps = range(*bounds)
        self._left -= len(steps)
        if self._left < 0:
            raise TemplateError
        return steps


def _to_json(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _refuse(message: str) -> str:
    del message  # it may quote the conversation
    raise TemplateError
