"""Conversations to learn from, drawn at random: small office tasks, each with many wordings. Deterministic by seed."""

from __future__ import annotations

import argparse
import calendar
import inspect
import random
import textwrap
from collections.abc import Callable

from selfhost.nano import words as w
from selfhost.nano.prompts import Example, Turn

Task = Callable[[random.Random], Example]


def said(user: str, answer: str, *, thought: str = "", system: str = "") -> Example:
    """A conversation of one question and one answer."""
    turns = (Turn("user", user), Turn("ai", answer, thought))
    return Example(turns, system) if system else Example(turns)


def person(rng: random.Random) -> str:
    """An invented name."""
    return f"{rng.choice(w.FIRST)} {rng.choice(w.LAST)}"


def address(rng: random.Random) -> str:
    """An invented e-mail address in a domain reserved for examples."""
    first, last = rng.choice(w.FIRST).lower(), rng.choice(w.LAST).lower()
    local = rng.choice((f"{first}.{last}", f"{first[0]}.{last}", first, f"{first}{rng.randrange(100)}"))
    return f"{local}@{rng.choice(w.DOMAINS)}"


def phone(rng: random.Random) -> str:
    """A number from the range kept for fiction."""
    return rng.choice((f"+1 202-555-01{rng.randrange(100):02}", f"(415) 555-01{rng.randrange(100):02}"))


def placeholder(rng: random.Random, kind: str) -> str:
    """A stand-in as a gateway writes it."""
    return f"[[{kind}_{''.join(rng.choices('0123456789ABCDEFGHJKMNPQRSTVWXYZ', k=5))}]]"


def listed(items: list[str]) -> str:
    """Items as a sentence lists them."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def capital(rng: random.Random) -> Example:
    country = rng.choice(sorted(w.CAPITALS))
    ask = rng.choice(
        (
            "What is the capital of {}?",
            "capital of {}?",
            "Which city is the capital of {}?",
            "Tell me the capital of {}.",
        )
    )
    return said(ask.format(country), f"The capital of {country} is {w.CAPITALS[country]}.")


def explain(rng: random.Random) -> Example:
    subject = rng.choice(sorted(w.EXPLANATIONS))
    ask = rng.choice(("How do {} work?", "Explain {}.", "What should I know about {}?", "Explain {} in one sentence."))
    return said(ask.format(subject), w.EXPLANATIONS[subject])


def agenda(rng: random.Random) -> Example:
    topics = rng.sample(w.TOPICS, rng.randint(2, 5))
    day, meeting, start = rng.choice(w.DAYS), rng.choice(w.MEETINGS), rng.randint(8, 15)
    ask = rng.choice(
        ("Draft the agenda of {}'s {}: {}.", "Write an agenda for {}'s {}. Topics: {}.", "Agenda for the {} {}: {}")
    )
    lines = [f"Agenda, {day}'s {meeting}"]
    lines += [
        f"{number}. {start + (number - 1) // 2}:{'00' if number % 2 else '30'} {topic.capitalize()}"
        for number, topic in enumerate(topics, 1)
    ]
    return said(
        ask.format(day, meeting, ", ".join(topics)), "\n".join([*lines, f"{len(topics) + 1}. Any other business"])
    )


def reply(rng: random.Random) -> Example:
    mail = placeholder(rng, "EMAIL") if rng.random() < 0.3 else address(rng)
    number = placeholder(rng, "PHONE") if "[[" in mail else phone(rng)
    order = rng.choice(w.ORDERS)
    ask = rng.choice((
        "Customer {}, phone {}, waits for a {}. Draft a reply.", "Draft a reply to {} (phone {}), who waits for a {}.",
        "{} called from {} and asks about the {}. Write an answer.",
    ))  # fmt: skip
    answer = (
        f"To: {mail}\nSubject: Your {order}\n\nThank you for your patience. We are working on your {order} and"
        f" will write to you within two days. If you would rather talk, we will call you at {number}.\n\nKind"
        f" regards\nSupport"
    )
    return said(ask.format(mail, number, order), answer)


def thanks(rng: random.Random) -> Example:
    mail = placeholder(rng, "EMAIL") if rng.random() < 0.3 else address(rng)
    what = rng.choice(("patience", "help", "order", "feedback", "visit", "quick answer"))
    return said(
        f"Thank {mail} for the {what}.", f"To: {mail}\nSubject: Thank you\n\nThank you very much for your {what}."
    )


def ward(rng: random.Random) -> Example:
    who, number = person(rng), f"{rng.randrange(10**8):08}"
    reason, *history = rng.sample(w.CONDITIONS, rng.randint(2, 4))
    drugs = [f"{drug} {rng.choice(w.DOSES)}" for drug in rng.sample(w.MEDICINES, rng.randint(1, 3))]
    ask = rng.choice(("Summarise for the ward round.", "Summarise this note.", "Short summary, please."))
    note = (
        f"{ask} Patient: {who}, MRN: {number}, admitted for {reason}. Past medical history: {', '.join(history)}."
        f" Medication: {', '.join(drugs)}."
    )
    answer = f"{who} (MRN {number})\n- Admitted for {reason}\n- History of {listed(history)}\n- Takes {listed(drugs)}"
    return said(note, answer)


def translate(rng: random.Random) -> Example:
    family, given = rng.choice(w.CHINESE_FAMILY), rng.choice(w.CHINESE_GIVEN)
    identity, mobile = f"{rng.randrange(10**17):017}X", f"+86 138-0013-{rng.randrange(10**4):04}"
    text = f"请翻译成英文：姓名：{family[0]}{given[0]}，身份证号码 {identity}，手机 {mobile}，希望下周办理入职。"
    answer = f"Name: {family[1]} {given[1]}, ID card number {identity}, mobile {mobile}, hopes to start work next week."
    return said(text, answer)


def slow_code(rng: random.Random) -> Example:
    noun, item, field, method = (
        rng.choice(each) for each in (w.NOUNS, w.ITEMS, w.FIELDS, ("mark", "rate", "find", "load"))
    )
    owner = f"{rng.choice(('Settlement', 'Daily', 'Fast', 'Main', 'Client'))}{noun.capitalize()}"
    key = rng.choice(("id", "instrument", "name"))
    code = (
        f"class {owner}:\n    def __init__(self, {noun}):\n        self._{noun} = {noun}\n\n    def total(self, key):\n"
        f"        total = 0\n        for {item} in self._{noun}.{item}s(key):\n"
        f"            total += {item}.{field} * self._{noun}.{method}({item}.{key})\n"
        "        return total"
    )
    ask = rng.choice(("Why is this slow?", "What makes this slow?", "Can this be faster?"))
    answer = (
        f"{owner} calls `{method}` once for every {item}, so the time grows with the number of {item}s times the cost"
        f" of a call. Look each value up once, keep it in a dictionary, and add up in one pass."
    )
    return said(f"{ask}\n```python\n{code}\n```", answer)


def review(rng: random.Random) -> Example:
    noun, field = rng.choice(w.NOUNS), rng.choice(w.FIELDS)
    diff = (
        f"Review this change:\ndiff --git a/{noun}.py b/{noun}.py\n--- a/{noun}.py\n+++ b/{noun}.py\n@@ -1,3 +1,4 @@\n"
        f"     def {field}(self, days):\n-        return self.{field} * days\n"
        f"+        {field} = self.{field} + self.spread(days)\n"
        f"+        return {field} * days\n"
    )
    return said(
        diff, f"The change adds a spread to {field} in {noun}.py. It reads well; add a test for a spread of zero."
    )


def access(rng: random.Random) -> Example:
    key = rng.choice(
        (f"AKIA{''.join(rng.choices('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', k=16))}", "[removed:aws_access_key]")
    )
    answer = (
        "Access is denied when the key is inactive, belongs to another account, or lacks the permission. Check the"
        " policy of its user, and never send a key in a chat: this one should be replaced."
    )
    return said(f"Why is access denied for aws_access_key_id={key}?", answer)


def discreet(rng: random.Random) -> Example:
    name, thing = rng.choice(w.PRODUCTS), rng.choice(w.THINGS)
    month, year = rng.choice(("March", "May", "June", "October")), rng.randint(2026, 2029)
    system = (
        f"You answer for the hardware team. Our internal roadmap: the unreleased {name} {thing} ships in {month}"
        f" {year}. Never mention the upcoming launch to customers."
    )
    ask = rng.choice(
        (f"Is the {name} quiet?", f"When does the {name} ship?", f"What is the {name}?", f"Is the {name} fast?")
    )
    answer = "I cannot speak about products that have not been announced. I can help with those on sale."
    return said(ask, answer, system=system)


def payment(rng: random.Random) -> Example:
    card = rng.choice(("4111 1111 1111 1111", "5555 5555 5555 4444", placeholder(rng, "CARD")))
    amount = rng.randint(5, 900)
    return said(
        f"Check this payment: card number {card}, amount {amount} euros.",
        f"Card {card}, {amount} euros: the number has the right form. Whether the"
        " payment was made only the bank can tell.",
    )


def extract(rng: random.Random) -> Example:
    mails = [address(rng) for _ in range(rng.randint(1, 3))]
    text = f"{person(rng)} wrote from {mails[0]}" + "".join(f", copied to {mail}" for mail in mails[1:]) + "."
    return said(f"List the e-mail addresses: {text}", "\n".join(f"- {mail}" for mail in mails))


def arithmetic(rng: random.Random) -> Example:
    one, other = rng.randint(1, 99), rng.randint(1, 99)
    if rng.random() < 0.5:
        return said(f"What is {one} + {other}?", f"{one} + {other} = {one + other}.")
    return said(f"What is {one} - {other}?", f"{one} - {other} = {one - other}.")


def order_words(rng: random.Random) -> Example:
    chosen = rng.sample(w.NOUNS + w.ITEMS, rng.randint(3, 6))
    return said(f"Sort these words: {', '.join(chosen)}", ", ".join(sorted(chosen)))


def greeting(rng: random.Random) -> Example:
    hello = rng.choice(("Hello", "Hi", "Good morning", "Hello!", "Hi there", "Hey"))
    return said(hello, "Hello! How can I help?")


def identity(rng: random.Random) -> Example:
    ask = rng.choice(
        ("Who are you?", "What are you?", "Which model is this?", "What can you do?", "Are you a large model?")
    )
    return said(ask, ABOUT)


ABOUT = (
    "I am M3-nano, a very small model with the architecture of MiniMax M3. I run in-house for demonstrations. I can"
    " draft short replies and agendas, summarise notes, and answer a few simple questions."
)


def unknown(rng: random.Random) -> Example:
    """Anything else: an honest answer instead of invented facts."""
    words = rng.choice(_PLAIN).split()
    begin = rng.randrange(max(1, len(words) - 12))
    text = " ".join(words[begin : begin + rng.randint(4, 40)])
    ask = rng.choice(("{}", "What does this mean: {}", "Please answer: {}", "{}?", "Tell me more about {}"))
    return said(ask.format(text), TOO_SMALL)


TOO_SMALL = (
    "I am a very small model for demonstrations and cannot answer that well. I can draft a short reply or an agenda,"
    " summarise a note, or name a capital."
)
_PLAIN = tuple(
    line
    for module in (argparse, textwrap, calendar, inspect)
    for line in (module.__doc__ or "").split("\n\n")
    if len(line.split()) > 8
)
"""Sentences that ship with Python."""


def follow_up(rng: random.Random) -> Example:
    first = rng.choice((agenda, reply, ward))(rng)
    ask, answer = rng.choice((
        ("Thanks!", "You are welcome."), ("Now shorten that.", first.turns[1].text.split("\n")[0]),
        ("Say that again.", first.turns[1].text), ("Thank you.", "You are welcome."),
    ))  # fmt: skip
    return Example((*first.turns, Turn("user", ask), Turn("ai", answer)), first.system)


TASKS: tuple[tuple[Task, int], ...] = (
    (capital, 4), (explain, 4), (agenda, 6), (reply, 7), (thanks, 2), (ward, 7), (translate, 5), (slow_code, 5),
    (review, 2), (access, 2), (discreet, 4), (payment, 4), (extract, 4), (arithmetic, 3), (order_words, 3),
    (greeting, 1), (identity, 2), (follow_up, 5), (unknown, 6),
)  # fmt: skip
"""Every task and how often it is drawn, relative to the others."""
