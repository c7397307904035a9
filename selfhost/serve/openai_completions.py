"""OpenAI's completions: what follows a text, without any format. Source: OpenAI API reference, "Create completion"."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

from selfhost.serve.asked import (
    MOST_STOPS,
    MOST_TOKENS,
    Draws,
    read_choices,
    read_draws,
    read_salt,
    refuse_unsupported,
)
from selfhost.serve.choices import Choices, Said
from selfhost.serve.events import Ended, Scored, Text
from selfhost.serve.fields import JsonObject, flag, texts
from selfhost.serve.fields import whole as whole_number
from selfhost.serve.openai_shape import DONE, Envelope, by_choice, ended_of, usage_of
from selfhost.serve.refusals import bad
from selfhost.serve.sse import event

_USUAL_TOKENS = 16
Encode = Callable[[str], Sequence[int]]
"""The tokens of raw text."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A text to go on with, as tokens."""

    prompt: tuple[int, ...] = field(repr=False)
    draws: Draws
    stops: tuple[str, ...] = field(repr=False)
    salt: str = field(repr=False)
    streamed: bool
    choices: int


def read_completion(body: JsonObject, encode: Encode) -> Completion:
    """Returns what a request asks. Raises `Refused`."""
    choices = read_choices(body)
    refuse_unsupported(body, {"best_of": choices, "suffix": "", "response_format": {"type": "text"}})
    most = whole_number(body, "max_tokens", 1, MOST_TOKENS)
    logprobs = whole_number(body, "logprobs", 0, 20)
    return Completion(
        prompt=_prompt(body.get("prompt"), encode),
        draws=read_draws(body, _USUAL_TOKENS if most is None else most, -1 if logprobs is None else logprobs),
        stops=texts(body, "stop", MOST_STOPS),
        salt=read_salt(body),
        streamed=flag(body, "stream"),
        choices=choices,
    )


def _prompt(prompt: object, encode: Encode) -> tuple[int, ...]:
    """Text or tokens. In text a marker counts as its token: whoever completes raw text writes the format themselves."""
    listed = prompt[0] if isinstance(prompt, list) and len(prompt) == 1 and not isinstance(prompt[0], int) else prompt
    if isinstance(listed, str) and listed:
        return tuple(encode(listed))
    if isinstance(listed, list) and listed and all(type(each) is int and each >= 0 for each in listed):
        return tuple(listed)
    raise bad("prompt must be one text that is not empty, or one array of tokens", "prompt")


def whole(envelope: Envelope, said: Sequence[Said]) -> JsonObject:
    """Returns a whole completion."""
    answers = by_choice(said)
    choices = []
    for number, events in answers.items():
        texts_said = [each for each in events if isinstance(each, Text)]
        scored = [each for one in texts_said for each in one.scored]
        text, finish = "".join(each.text for each in texts_said), str(ended_of(events).reason)
        choices.append(_choice(number, text, scored, 0, envelope, finish))
    counts = usage_of([ended_of(events) for events in answers.values()])
    return envelope.head("text_completion") | {"choices": choices, "usage": counts}


async def stream(envelope: Envelope, said: Choices) -> AsyncGenerator[bytes, None]:
    """Yields the events of a streamed completion."""
    offsets: dict[int, int] = {}
    ended: list[Ended] = []
    async for each in said:
        number, event_ = each.choice, each.event
        offset = offsets.setdefault(number, 0)
        if isinstance(event_, Text):
            yield _chunk(envelope, _choice(number, event_.text, event_.scored, offset, envelope, None))
            offsets[number] += len(event_.text)
        elif isinstance(event_, Ended):
            ended.append(event_)
            yield _chunk(envelope, _choice(number, "", (), offset, envelope, str(event_.reason)))
    if envelope.usage:
        yield event(envelope.head("text_completion") | {"choices": [], "usage": usage_of(ended)})
    yield DONE


def _chunk(envelope: Envelope, choice: JsonObject) -> bytes:
    usage_field = {"usage": None} if envelope.usage else {}
    return event(envelope.head("text_completion") | {"choices": [choice]} | usage_field)


def _choice(
    number: int, text: str, scored: Sequence[Scored], offset: int, envelope: Envelope, finish: str | None
) -> JsonObject:
    logprobs = _logprobs(scored, offset) if envelope.scoring else None
    return {"index": number, "text": text, "logprobs": logprobs, "finish_reason": finish}


def _logprobs(scored: Sequence[Scored], offset: int) -> JsonObject:
    shown = [each.content.decode("utf-8", "replace") for each in scored]
    best = [{other.decode("utf-8", "replace"): p for other, p in each.alternatives} for each in scored]
    offsets = [offset + sum(map(len, shown[:place])) for place in range(len(shown))]
    logprobs = [each.logprob for each in scored]
    return {"tokens": shown, "token_logprobs": logprobs, "top_logprobs": best, "text_offset": offsets}
