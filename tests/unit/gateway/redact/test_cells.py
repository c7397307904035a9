"""The twelve cells of restoring (dialect, text or tool arguments, whole or streamed), and what tools may not get."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from gateway.redact.placeholders import TOKEN
from gateway.redact.redactor import SealedBody
from gateway.types import Category, Obligations, Strategy
from routers.types import Dialect
from tests.unit.gateway.redact.made import EMAIL, NAME, call, chat, findings, redact
from tests.unit.gateway.redact.streams import CHAT, STREAMED, TOOL, cut, heard, streamed, told, whole

PII = frozenset({Category.PII_DIRECT})
MASKED = Obligations(mask=PII)
SURROGATE = Obligations(mask=PII, strategies={"EMAIL_ADDRESS": Strategy.SURROGATE})
CELLS = [
    pytest.param(dialect, source, live, id=f"{dialect.value}, {'arguments' if source else 'text'}, {live or 'whole'}")
    for dialect in STREAMED
    for source in (False, True)
    for live in ("", "streamed")
]


def request(obligations: Obligations, dialect: Dialect) -> tuple[SealedBody, str, str]:
    """A request that names the two values, and what stands for them."""
    made = call(chat(EMAIL, NAME), dialect)
    sealed = redact(made, findings(made), obligations=obligations)
    email, name = (message["content"] for message in json.loads(sealed.body)["messages"])
    return sealed, email, name


def answered(sealed: SealedBody, dialect: Dialect, text: str, *, source: bool, live: str) -> str:
    """What the caller reads when a destination says the text, four characters at a time where it is streamed."""
    if not live:
        return told(dialect, sealed.restorer.whole(whole(dialect, text, source=source))[0], source=source)
    restorer = sealed.restorer.stream(dialect)
    events = streamed(dialect, cut(text, list(range(4, len(text), 4))), source=source)
    return heard(dialect, b"".join(restorer.feed(event) for event in events) + restorer.finish(), source=source)


@pytest.mark.parametrize("obligations", [MASKED, SURROGATE], ids=["placeholder", "surrogate"])
@pytest.mark.parametrize(("dialect", "source", "live"), CELLS)
def test_a_value_comes_back_in(dialect: Dialect, source: bool, live: str, obligations: Obligations) -> None:
    sealed, email, name = request(obligations, dialect)
    text = json.dumps({"to": email, "cc": [f"{name} <{email}>"]}) if source else f"To {name} <{email}>. {email}."
    expected = {"to": EMAIL, "cc": [f"{NAME} <{EMAIL}>"]} if source else f"To {NAME} <{EMAIL}>. {EMAIL}."
    got = answered(sealed, dialect, text, source=source, live=live)
    assert (json.loads(got) if source else got) == expected


def test_there_are_twelve_cells() -> None:
    assert len(CELLS) == 12


@pytest.mark.parametrize("obligations", [MASKED, SURROGATE], ids=["placeholder", "surrogate"])
@pytest.mark.parametrize("tools", [{TOOL}, {"*"}, {"other", TOOL}], ids=["named", "every", "among others"])
@pytest.mark.parametrize(("dialect", "source", "live"), CELLS)
def test_a_withheld_tool_keeps_the_stand_in(
    dialect: Dialect, source: bool, live: str, tools: set[str], obligations: Obligations
) -> None:
    duty = Obligations(mask=PII, strategies=obligations.strategies, withheld_tools=frozenset(tools))
    sealed, email, _ = request(duty, dialect)
    text = json.dumps({"to": email}) if source else f"to {email}!"
    got = answered(sealed, dialect, text, source=source, live=live)
    if source:
        assert json.loads(got) == {"to": email}
    else:
        assert got == f"to {EMAIL}!"


@pytest.mark.parametrize(("dialect", "source", "live"), CELLS)
def test_a_tool_that_is_not_named_gets_the_value(dialect: Dialect, source: bool, live: str) -> None:
    sealed, email, _ = request(Obligations(mask=PII, withheld_tools=frozenset({"other"})), dialect)
    text = json.dumps({"to": email}) if source else email
    assert EMAIL in answered(sealed, dialect, text, source=source, live=live)


@pytest.mark.parametrize("dialect", STREAMED, ids=lambda dialect: dialect.value)
def test_what_is_withheld_is_counted(dialect: Dialect) -> None:
    sealed, email, _ = request(Obligations(mask=PII, withheld_tools=frozenset({"*"})), dialect)
    source = json.dumps({"to": email, "cc": email})
    _, restoration = sealed.restorer.whole(whole(dialect, source, source=True))
    assert (restoration.restored, restoration.withheld) == (0, 2)
    restorer = sealed.restorer.stream(dialect)
    for event in streamed(dialect, [source], source=True):
        restorer.feed(event)
    assert restorer.restoration.withheld >= 2
    assert restorer.restoration.restored == 0


REWRITINGS: dict[str, Callable[[str], str]] = {
    "as issued": lambda inside: f"[[{inside}]]",
    "lower case": lambda inside: f"[[{inside}]]".lower(),
    "title case": lambda inside: f"[{inside.title()}]",
    "one bracket": lambda inside: f"[{inside}]",
    "space for _": lambda inside: f"[[{inside.replace('_', ' ')}]]",
    "- for _": lambda inside: f"[[{inside.replace('_', '-')}]]",
    "spaces inside": lambda inside: f"[[ {inside} ]]",
    "spaces inside one bracket": lambda inside: f"[ {inside} ]",
    "Markdown, all escaped": lambda inside: f"[[{inside}]]".replace("_", "\\_").replace("[", "\\[").replace("]", "\\]"),
    "Markdown, _ escaped": lambda inside: f"[[{inside}]]".replace("_", "\\_"),
    "HTML, by number": lambda inside: f"&#91;&#91;{inside}&#93;&#93;",
    "HTML, by name": lambda inside: f"&lbrack;&lbrack;{inside}&rbrack;&rbrack;",
    "URL": lambda inside: f"%5B%5B{inside}%5D%5D",
}
AROUND = ["{}", "{}s", "{}'s", "**{}**", "`{}`", "({})", "<b>{}</b>", "x{}y"]


@pytest.mark.parametrize("rewrite", REWRITINGS.values(), ids=REWRITINGS)
@pytest.mark.parametrize("size", [1, 5, 1000])
def test_a_placeholder_that_a_model_rewrote_comes_back(rewrite: Callable[[str], str], size: int) -> None:
    sealed, email, _ = request(MASKED, CHAT)
    for around in AROUND:
        text, expected = f"to {around.format(rewrite(email[2:-2]))}, now", f"to {around.format(EMAIL)}, now"
        assert told(CHAT, sealed.restorer.whole(whole(CHAT, text, source=False))[0], source=False) == expected
        restorer = sealed.restorer.stream(CHAT)
        events = streamed(CHAT, cut(text, list(range(size, len(text), size))), source=False)
        out = b"".join(restorer.feed(event) for event in events) + restorer.finish()
        assert heard(CHAT, out, source=False) == expected


def test_an_identifier_is_never_guessed() -> None:
    sealed, email, _ = request(MASKED, CHAT)
    inside = email[2:-2]
    changed = inside[:-1] + ("0" if inside[-1] != "0" else "1")
    for invented in (f"[[{changed}]]", f"[[{inside}0]]", f"[[{inside[:-1]}]]", f"[{changed}]", inside, f"({inside})"):
        body = whole(CHAT, invented, source=False)
        restored, restoration = sealed.restorer.whole(body)
        assert restored == body
        assert restoration.unknown == bool(TOKEN.fullmatch(invented))
