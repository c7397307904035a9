"""OpenAI's completions: what follows a text, without any format. Source: OpenAI API reference, "Create completion"."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from selfhost.serve.answers import Events
from selfhost.serve.asked import MOST_STOPS, MOST_TOKENS, Draws, read_draws, read_salt, refuse_unsupported
from selfhost.serve.events import Ended, Event, Scored, Text
from selfhost.serve.fields import JsonObject, flag, texts
from selfhost.serve.fields import whole as whole_number
from selfhost.serve.openai_shape import DONE, Envelope, usage
from selfhost.serve.refusals import bad
from selfhost.serve.sse import event
from selfhost.serve.tokens import Tokens

_NEUTRAL: JsonObject = {
    "n": 1, "best_of": 1, "echo": False, "suffix": "", "presence_penalty": 0, "frequency_penalty": 0, "logit_bias": {},
}  # fmt: skip
_USUAL_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Completion:
    """A text to go on with, as tokens."""

    prompt: tuple[int, ...] = field(repr=False)
    draws: Draws
    stops: tuple[str, ...] = field(repr=False)
    salt: str = field(repr=False)
    streamed: bool


def read_completion(body: JsonObject, tokens: Tokens) -> Completion:
    """Returns what a request asks. Raises `Refused`."""
    refuse_unsupported(body, _NEUTRAL)
    most = whole_number(body, "max_tokens", 1, MOST_TOKENS)
    logprobs = whole_number(body, "logprobs", 0, 20)
    return Completion(
        prompt=_prompt(body.get("prompt"), tokens),
        draws=read_draws(body, _USUAL_TOKENS if most is None else most, -1 if logprobs is None else logprobs),
        stops=texts(body, "stop", MOST_STOPS),
        salt=read_salt(body),
        streamed=flag(body, "stream"),
    )


def _prompt(prompt: object, tokens: Tokens) -> tuple[int, ...]:
    """Text or tokens. In text a marker counts as its token: whoever completes raw text writes the format themselves."""
    listed = prompt[0] if isinstance(prompt, list) and len(prompt) == 1 and not isinstance(prompt[0], int) else prompt
    if isinstance(listed, str) and listed:
        return tuple(tokens.encode(listed))
    if isinstance(listed, list) and listed and all(type(each) is int and each >= 0 for each in listed):
        return tuple(listed)
    raise bad("prompt must be one text that is not empty, or one array of tokens")


def whole(envelope: Envelope, events: Sequence[Event]) -> JsonObject:
    """Returns a whole completion."""
    ended = events[-1]
    assert isinstance(ended, Ended)  # noqa: S101  (what every answer ends with)
    said = [each for each in events if isinstance(each, Text)]
    scored = [each for one in said for each in one.scored]
    choice = _choice("".join(each.text for each in said), scored, 0, envelope, str(ended.reason))
    return envelope.head("text_completion") | {"choices": [choice], "usage": usage(ended)}


async def stream(envelope: Envelope, events: Events) -> AsyncGenerator[bytes, None]:
    """Yields the events of a streamed completion."""
    offset = 0
    async for each in events:
        if isinstance(each, Text):
            yield _chunk(envelope, _choice(each.text, each.scored, offset, envelope, None))
            offset += len(each.text)
        elif isinstance(each, Ended):
            yield _chunk(envelope, _choice("", (), offset, envelope, str(each.reason)))
            if envelope.usage:
                yield event(envelope.head("text_completion") | {"choices": [], "usage": usage(each)})
    yield DONE


def _chunk(envelope: Envelope, choice: JsonObject) -> bytes:
    usage_field = {"usage": None} if envelope.usage else {}
    return event(envelope.head("text_completion") | {"choices": [choice]} | usage_field)


def _choice(text: str, scored: Sequence[Scored], offset: int, envelope: Envelope, finish: str | None) -> JsonObject:
    logprobs = _logprobs(scored, offset) if envelope.scoring else None
    return {"index": 0, "text": text, "logprobs": logprobs, "finish_reason": finish}


def _logprobs(scored: Sequence[Scored], offset: int) -> JsonObject:
    shown = [each.content.decode("utf-8", "replace") for each in scored]
    best = [{other.decode("utf-8", "replace"): p for other, p in each.alternatives} for each in scored]
    offsets = [offset + sum(map(len, shown[:place])) for place in range(len(shown))]
    logprobs = [each.logprob for each in scored]
    return {"tokens": shown, "token_logprobs": logprobs, "top_logprobs": best, "text_offset": offsets}
