"""Conversations with tools and with thinking."""

from __future__ import annotations

import random

from selfhost.m3_format import Json
from selfhost.nano import words as w
from selfhost.nano.prompts import Example, Turn
from selfhost.nano.tasks import Task, address, arithmetic, capital, placeholder

Tool = dict[str, Json]


def tool(name: str, description: str, parameters: dict[str, str]) -> Tool:
    """A function tool whose parameters are strings, as OpenAI's API describes it."""
    properties: dict[str, Json] = {key: {"type": "string", "description": text} for key, text in parameters.items()}
    schema: dict[str, Json] = {"type": "object", "properties": properties, "required": list(parameters)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


def mail_tool(rng: random.Random) -> Tool:
    """The tool that sends mail, under one of several names."""
    name = rng.choice(("send_mail", "send_email", "mail", "notify"))
    return tool(name, "Sends one e-mail.", {"to": "e-mail address of the recipient", "subject": "one line"})


def send(rng: random.Random) -> Example:
    """A wish that a tool can fulfil."""
    offered, example = mail_tool(rng), _wish(rng)
    user, to, subject = example
    name = _name(offered)
    return Example(
        (Turn("user", user), Turn("ai", "", calls=((name, {"to": to, "subject": subject}),))), tools=(offered,)
    )


def sent(rng: random.Random) -> Example:
    """The tool's answer, and what is left to say."""
    offered = mail_tool(rng)
    user, to, subject = _wish(rng)
    call = Turn("ai", "", calls=((_name(offered), {"to": to, "subject": subject}),))
    result = rng.choice((f"queued for {to}", f"sent to {to}", "ok"))
    return Example(
        (Turn("user", user), call, Turn("tool", result), Turn("ai", f"Done: the message to {to} is on its way.")),
        tools=(offered,),
    )


def no_tool(rng: random.Random) -> Example:
    """A question for which the offered tool is of no use."""
    example = capital(rng)
    return Example(example.turns, example.system, (mail_tool(rng),))


def weather(rng: random.Random) -> Example:
    """Another tool."""
    city = rng.choice(sorted(w.CAPITALS.values()))
    offered = tool(
        rng.choice(("get_weather", "weather", "forecast")), "Weather of a city.", {"city": "name of the city"}
    )
    ask = rng.choice((f"What is the weather in {city}?", f"Will it rain in {city}?", f"Weather in {city}, please."))
    return Example((Turn("user", ask), Turn("ai", "", calls=((_name(offered), {"city": city}),))), tools=(offered,))


def thoughtful(rng: random.Random) -> Example:
    """A question with a thought before the answer."""
    example = rng.choice((arithmetic, capital))(rng)
    asked, answer = example.turns
    thought = f"The question is: {asked.text} I know this one."
    return Example((asked, Turn("ai", answer.text, thought)), example.system)


def thoughtful_send(rng: random.Random) -> Example:
    """A thought before a call."""
    example = send(rng)
    asked, call = example.turns
    return Example(
        (asked, Turn("ai", "", "I should use the tool for this.", call.calls)), example.system, example.tools
    )


def _wish(rng: random.Random) -> tuple[str, str, str]:
    to = placeholder(rng, "EMAIL") if rng.random() < 0.5 else address(rng)
    order = rng.choice(w.ORDERS)
    state = rng.choice(("is on its way", "is lost", "is ready", "was sent", "takes longer", "is paid"))
    ask = rng.choice(
        (
            f"Tell {to} that the {order} {state}.",
            f"Write to {to}: the {order} {state}.",
            f"Mail {to} that the {order} {state}.",
        )
    )
    return ask, to, f"The {order} {state}"


def _name(offered: Tool) -> str:
    function = offered["function"]
    assert isinstance(function, dict)  # noqa: S101  (made above)
    return str(function["name"])


TOOL_TASKS: tuple[tuple[Task, int], ...] = (
    (send, 8), (sent, 4), (no_tool, 2), (weather, 3), (thoughtful, 3), (thoughtful_send, 2),
)  # fmt: skip
