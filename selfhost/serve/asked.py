"""One request for an answer, whatever dialect it came in, and the checks that all dialects share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from selfhost.serve.fields import JsonObject, flag, mapping, real, text, whole
from selfhost.serve.refusals import bad
from selfhost.serve.template import Thinking

MOST_TOKENS = 1 << 20
MOST_STOPS = 16
_MOST_TOOLS = 128
_MOST_SALT = 256
_MOST_CHOICES = 16
_SEEDS = (1 << 63) - 1
_APART = 0x9E3779B97F4A7C15
"""What lies between the seeds of two answers to one request: odd and far from anything that people write."""


_NEUTRAL: JsonObject = {
    "min_p": 0, "presence_penalty": 0, "frequency_penalty": 0, "repetition_penalty": 1, "length_penalty": 1,
    "logit_bias": {}, "logits_processors": [], "min_tokens": 0, "stop_token_ids": [], "bad_words": [],
    "allowed_token_ids": [], "include_stop_str_in_output": False, "prompt_logprobs": None, "use_beam_search": False,
    "guided_json": None, "guided_regex": "", "guided_choice": [], "guided_grammar": "", "structured_outputs": {},
    "echo": False, "skip_special_tokens": True,
}  # fmt: skip
"""Fields of OpenAI's API and of vLLM's extensions that change which tokens are drawn or shown."""


class Choice(StrEnum):
    """Whether tools may, must not or must be called."""

    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Draws:
    """How tokens are drawn. `None` is the checkpoint's own default. `logprobs` as in `engine.request.Sampling`.

    `endless` ignores the token that ends an answer, so that only `max_tokens` or a stop string does.
    """

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    logprobs: int = -1
    endless: bool = False

    def of_choice(self, choice: int) -> Draws:
        """Returns how the answer of this number is drawn: with a seed of its own. Number 0 has the stated one."""
        if self.seed is None or not choice:
            return self
        return replace(self, seed=(self.seed + choice * _APART) % _SEEDS)


@dataclass(frozen=True, slots=True)
class Asked:
    """A conversation to answer.

    `messages` and `tools` are as templates take them. `forced` names the tool that must be called; with `single` an
    answer has one call at most. With `continued` the answer goes on where the last message, the assistant's own, ends.
    `choices` answers are drawn. Prefixes are shared among equal salts only.
    """

    messages: tuple[JsonObject, ...] = field(repr=False)
    tools: tuple[JsonObject, ...] = field(default=(), repr=False)
    choice: Choice = Choice.AUTO
    forced: str = ""
    single: bool = False
    thinking: Thinking = Thinking.ADAPTIVE
    continued: bool = False
    draws: Draws = Draws()
    choices: int = 1
    stops: tuple[str, ...] = field(default=(), repr=False)
    salt: str = field(default="", repr=False)
    streamed: bool = False


def read_draws(body: JsonObject, max_tokens: int | None, logprobs: int = -1) -> Draws:
    """Returns the sampling that a body asks for. Raises `Refused`."""
    return Draws(
        max_tokens=max_tokens,
        temperature=real(body, "temperature", 0.0, 2.0),
        top_p=real(body, "top_p", 0.0, 1.0),
        top_k=whole(body, "top_k", -1, 1 << 20),
        seed=whole(body, "seed", -_SEEDS, _SEEDS),
        logprobs=logprobs,
        endless=flag(body, "ignore_eos"),
    )


def read_choices(body: JsonObject) -> int:
    """Returns how many answers are asked for. Raises `Refused`."""
    return whole(body, "n", 1, _MOST_CHOICES) or 1


def read_salt(body: JsonObject) -> str:
    """Returns `cache_salt`, empty when there is none. Raises `Refused`."""
    salt = body.get("cache_salt", "")
    if not isinstance(salt, str) or len(salt) > _MOST_SALT:
        raise bad(f"cache_salt must be a string of at most {_MOST_SALT} characters", "cache_salt")
    return salt


def read_thinking(body: JsonObject, otherwise: Thinking) -> Thinking:
    """Returns `chat_template_kwargs.thinking_mode`, the model's own switch. Raises `Refused`."""
    options = body.get("chat_template_kwargs")
    mode = None if options is None else mapping(options, "chat_template_kwargs").get("thinking_mode")
    if mode is None:
        return otherwise
    if not isinstance(mode, str) or mode not in set(Thinking):
        raise bad(f"thinking_mode must be one of {', '.join(Thinking)}", "chat_template_kwargs")
    return Thinking(mode)


def refuse_unsupported(body: JsonObject, neutral: JsonObject) -> None:
    """Raises `Refused` for a field that would change the answer, is not supported, and is not at its neutral value."""
    for name, value in {**_NEUTRAL, **neutral}.items():
        if body.get(name) not in (None, value, [], {}):
            raise bad(f"{name} is not supported by this server", name)


def function_tool(name: object, description: object, schema: object, at: str) -> JsonObject:
    """Returns a tool as templates take it. Raises `Refused` when its schema is not one of an object."""
    named = text(name, f"{at}.name")
    if not named or len(named) > 128 or any(character in '"<>' or character.isspace() for character in named):
        raise bad(f"{at}.name must be 1 to 128 characters without spaces, quotes or angle brackets")
    function: dict[str, object] = {"name": named}
    if description is not None:
        function["description"] = text(description, f"{at}.description")
    function["parameters"] = _schema(schema, at)
    return {"type": "function", "function": function}


def _schema(schema: object, at: str) -> JsonObject:
    if schema is None:
        return {"type": "object", "properties": {}}
    found = mapping(schema, f"{at}: the schema")
    if found.get("type", "object") != "object":
        raise bad(f"{at}: the schema must be one of an object")
    for name, each in mapping(found.get("properties", {}), f"{at}: properties").items():
        if not isinstance(each, bool):
            mapping(each, f"{at}: each of properties")
        if not isinstance(name, str):
            raise bad(f"{at}: properties must be named")
    required = found.get("required", [])
    if not isinstance(required, list) or not all(isinstance(each, str) for each in required):
        raise bad(f"{at}: required must be an array of strings")
    return found


def check_tools(tools: Sequence[JsonObject], forced: str) -> tuple[JsonObject, ...]:
    """Returns the tools. Raises `Refused` for too many, equal names, or a forced one that is not among them."""
    names = [tool_name(tool) for tool in tools]
    if len(tools) > _MOST_TOOLS or len(set(names)) != len(names):
        raise bad(f"tools must be at most {_MOST_TOOLS}, each of another name", "tools")
    if forced and forced not in names:
        raise bad("tool_choice names a tool that is not offered", "tool_choice")
    return tuple(tools)


def tool_name(tool: JsonObject) -> str:
    """Returns the name of a tool made by `function_tool`."""
    return str(mapping(tool["function"], "function")["name"])


def tool_schema(tool: JsonObject) -> JsonObject:
    """Returns the parameter schema of a tool made by `function_tool`."""
    return mapping(mapping(tool["function"], "function")["parameters"], "parameters")
