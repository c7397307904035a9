"""From a conversation to the events of its answer: prompt, engine, text, events."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from selfhost.engine.request import Sampling
from selfhost.engine.running import RunningEngine
from selfhost.errors import ConfigError, PromptTooLong
from selfhost.m3_format import CALLS, PREFIX, THINK, FormatStream
from selfhost.serve.asked import MOST_TOKENS, Asked, Choice, Draws, tool_name, tool_schema
from selfhost.serve.assembly import Assembly, PlainStream
from selfhost.serve.choices import Events
from selfhost.serve.stops import StopStrings
from selfhost.serve.template import ChatTemplate, Thinking
from selfhost.serve.tokens import Tokens

_MOST_CALLS = 1_000
_COLDEST = 1e-5
"""Below this temperature logits overflow; what is meant is greedy."""
_NARROWEST = 1e-9
"""The least `top_p`: the best token is always among those to be drawn from."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """How a checkpoint wants to be sampled when nobody says otherwise: its `generation_config.json`."""

    max_tokens: int = MOST_TOKENS
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0

    @classmethod
    def load(cls, directory: Path) -> Defaults:
        """Returns the file's choices, or plain sampling without a file. Raises `ConfigError`."""
        path = directory / "generation_config.json"
        if not path.exists():
            return cls()
        try:
            stated = json.loads(path.read_text(encoding="utf-8"))
            temperature = float(stated.get("temperature", 1.0)) if stated.get("do_sample", True) else 0.0
            top_p, top_k = float(stated.get("top_p", 1.0)), int(stated.get("top_k", 0))
            return cls(int(stated.get("max_new_tokens", MOST_TOKENS)), temperature, top_p, top_k)
        except (OSError, ValueError, TypeError, AttributeError):
            raise ConfigError("generation_config.json cannot be read") from None


@dataclass(frozen=True, slots=True)
class Answerer:
    """One model, ready to answer. `name` is what requests call it; `now_s`, `new_id` and `new_seed` are told."""

    name: str
    running: RunningEngine = field(repr=False)
    tokens: Tokens = field(repr=False)
    template: ChatTemplate = field(repr=False)
    defaults: Defaults
    now_s: Callable[[], float] = field(repr=False)
    new_id: Callable[[], str] = field(repr=False)
    new_seed: Callable[[], int] = field(repr=False)

    def prompt_tokens(self, asked: Asked) -> list[int]:
        """Returns a conversation's prompt and what the answer is begun with. Raises `Refused`, `PromptTooLong`."""
        prompt, begun = self._prompt(asked)
        return self._encoded(prompt + begun)

    def text_tokens(self, text: str) -> list[int]:
        """Returns the tokens of raw text. Raises `PromptTooLong` for one that cannot fit, without reading it."""
        self._check_size(text)
        return self.tokens.encode(text)

    def converse(self, asked: Asked) -> list[Events]:
        """Returns the events of each answer that is asked for. Closing them cancels it and frees its pages.

        Raises:
            Refused, PromptTooLong: at once, when the template refuses the conversation, or nothing so long can fit.
            BadPrompt, PromptTooLong, EngineFull, EngineStopped: from the events.
        """
        prompt, begun = self._prompt(asked)
        ids = self._encoded(prompt + begun)
        schemas = {tool_name(tool): tool_schema(tool) for tool in asked.tools}
        offered = () if asked.choice is Choice.NONE else tuple(schemas)
        last = asked.messages[-1] if asked.continued else {}
        inside, answering = prompt.rstrip().endswith(THINK), bool(last.get("content"))
        found = []
        for choice in range(asked.choices):
            stream = FormatStream(schemas, thinking=inside, answering=answering)
            if asked.choice is Choice.REQUIRED:
                stream.feed(begun)
            draws = asked.draws.of_choice(choice)
            assembly = self._assembly(ids, stream, asked.stops, draws)
            assembly.callable, assembly.most_calls = offered, 1 if asked.single else _MOST_CALLS
            found.append(self._events(ids, draws, asked.salt, assembly))
        return found

    def complete(
        self, prompt: Sequence[int], draws: Draws, stops: Sequence[str], salt: str, choices: int = 1
    ) -> list[Events]:
        """Returns the events of so many answers: what follows this prompt, as text without any format."""
        every = [draws.of_choice(choice) for choice in range(choices)]
        return [self._events(prompt, one, salt, self._assembly(prompt, PlainStream(), stops, one)) for one in every]

    def _assembly(
        self, prompt: Sequence[int], stream: FormatStream | PlainStream, stops: Sequence[str], draws: Draws
    ) -> Assembly:
        return Assembly(self.tokens, stream, StopStrings(stops), len(prompt), scoring=draws.logprobs >= 0)

    async def _events(self, prompt: Sequence[int], draws: Draws, salt: str, assembly: Assembly) -> Events:
        async with aclosing(self.running.generate(prompt, self._sampling(draws), salt)) as drawn:
            async for token in drawn:
                for event in assembly.feed(token):
                    yield event
                if assembly.stops.found is not None:
                    return

    def _encoded(self, rendered: str) -> list[int]:
        self._check_size(rendered)
        return self.template.encode(rendered)

    def _check_size(self, text: str) -> None:
        """Making tokens of megabytes takes seconds, only to find that they are too many."""
        most = self.running.engine.capacity * self.tokens.longest
        if len(text) > most:
            raise PromptTooLong(f"the prompt has {len(text)} characters; at most {most} can fit")

    def _sampling(self, draws: Draws) -> Sampling:
        defaults = self.defaults
        top_k = defaults.top_k if draws.top_k is None else draws.top_k
        top_p = defaults.top_p if draws.top_p is None else draws.top_p
        temperature = defaults.temperature if draws.temperature is None else draws.temperature
        return Sampling(
            max_tokens=defaults.max_tokens if draws.max_tokens is None else draws.max_tokens,
            temperature=temperature if temperature >= _COLDEST else 0.0,
            top_k=max(0, top_k),
            top_p=max(top_p, _NARROWEST),
            seed=self.new_seed() if draws.seed is None else draws.seed,
            stop_tokens=frozenset(() if draws.endless else self.running.engine.model.config.eos),
            logprobs=draws.logprobs,
        )

    def _prompt(self, asked: Asked) -> tuple[str, str]:
        """The rendered conversation, and what the answer is begun with: a forced call, or the message to go on with."""
        tools = () if asked.choice is Choice.NONE else asked.tools
        if asked.continued:
            last = asked.messages[-1]
            thought, said = str(last.get("reasoning_content") or ""), str(last.get("content") or "")
            mode = Thinking.ENABLED if thought and not said else Thinking.DISABLED
            return self.template.render(asked.messages[:-1], tools, mode), self.template.shield(said or thought)
        if asked.choice is Choice.REQUIRED:
            prompt = self.template.render(asked.messages, tools, Thinking.DISABLED)
            name = f'{self.template.shield(asked.forced)}">' if asked.forced else ""
            return prompt, f'{CALLS}\n{PREFIX}<invoke name="{name}'
        return self.template.render(asked.messages, tools, asked.thinking), ""
