"""Texts that look a little like code and are none: logs, tables, formulas, letters, records. Made from own words."""

# ruff: noqa: E501, S608  (templates: a line each; made queries that nobody runs)

from __future__ import annotations

import random
from collections.abc import Iterator

from gateway.classify.source_code.training.corpus import Window
from gateway.classify.source_code.training.made_settings import settings

_WORDS = (
    "patient report review committee order payment meeting schedule contract delivery customer service product market "
    "season quarter account support request answer question result value range section letter office project team plan"
).split()
_VERBS = "shows reports requires agrees describes follows includes confirms denies receives returns explains".split()
_SERVICES = "auth billing gateway worker scheduler cache mailer search".split()


def made_windows(rng: random.Random, per_kind: int) -> Iterator[Window]:
    """Yields windows of each kind of made text."""
    makers = {"log": _log, "grid": _grid, "formula": _formula, "letter": _letter, "clinical": _clinical, "legal": _legal, "record": _record, "chat": _chat, "csv": _csv, "form": _form}  # fmt: skip
    for kind, make in makers.items():
        for number in range(per_kind):
            text = "\n".join(make(rng) for _ in range(rng.randint(3, 10)))
            yield Window(kind, is_code=False, text=text, is_held_out=number % 5 == 0)
    for number in range(4 * per_kind):
        yield Window("made settings", is_code=False, text=settings(rng), is_held_out=number % 5 == 0)
    for number in range(4 * per_kind):
        text = "\n".join(_query(rng) for _ in range(rng.randint(1, 3)))
        yield Window("sql", is_code=True, text=text, is_held_out=number % 5 == 0)


def sentence(rng: random.Random) -> str:
    """Returns a sentence of own words."""
    words = [rng.choice(_WORDS) for _ in range(rng.randint(3, 12))]
    return f"The {words[0]} {rng.choice(_VERBS)} the {' '.join(words[1:])}{rng.choice('...?!')}"


def _log(rng: random.Random) -> str:
    time = f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}{rng.choice('T ')}{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}.{rng.randint(0, 999):03}"  # fmt: skip
    tail = rng.choice((
        f"{rng.choice(_WORDS)} took {rng.randint(1, 900)} ms",
        f'[{rng.choice(_SERVICES)}] "GET /{rng.choice(_WORDS)}/{rng.randint(1, 999)} HTTP/1.1" {rng.choice((200, 404, 500))} {rng.randint(1, 9999)}',
        f"{rng.choice(_SERVICES)}[{rng.randint(100, 9999)}]: status={rng.choice(_WORDS)} code={rng.randint(0, 9)} id={rng.randbytes(6).hex()}",
        f"({rng.choice(_SERVICES)}-{rng.randint(1, 9)}) {sentence(rng)}",
    ))  # fmt: skip
    return f"{time} {rng.choice(('INFO', 'WARN', 'ERROR', 'DEBUG'))} {tail}"


def _grid(rng: random.Random) -> str:
    cells = [rng.choice((rng.choice(_WORDS), f"{rng.randint(1, 9999)}", f"{rng.random() * 100:.2f}", "yes", "-")) for _ in range(5)]  # fmt: skip
    return rng.choice(
        ("| " + " | ".join(cells) + " |", ",".join(cells), "\t".join(cells), "   ".join(f"{c:<10}" for c in cells))
    )


def _csv(rng: random.Random) -> str:
    name = rng.choice(_WORDS)
    cells = [f"{rng.choice('ABCE')}{rng.choice('MPX')}-{rng.randint(1, 99999)}", f"{name.title()} {rng.choice(_WORDS).title()}", f"{name}.{rng.choice(_WORDS)}{rng.randint(1, 99)}@example.test", f"+1 ({rng.randint(200, 999)}) 555-{rng.randint(1000, 9999)}", f"{rng.randint(100, 999)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}", rng.choice(_WORDS), f"emp_{rng.choice(_WORDS)}"]  # fmt: skip
    rng.shuffle(cells)
    return rng.choice(",;,").join(cells[: rng.randint(3, 7)])


def _formula(rng: random.Random) -> str:
    a, b, c = rng.choices("abcxyznkpq", k=3)
    n = rng.randint(1, 99)
    return rng.choice((
        f"Let {a} = {b}^2 + {n}{c}; then {a} > 0 for all {b} in R.", f"{a}({b}) = {n}{b}^3 - {c}/{n} + sqrt({b})", f"\\[ \\sum_{{{a}=1}}^{{{n}}} {b}_{a} = \\frac{{{c}}}{{{n}}} \\]",
        f"P({a.upper()} | {b.upper()}) = P({b.upper()} | {a.upper()}) P({a.upper()}) / P({b.upper()})", f"$$ {a} \\le {b} + {c}_{{{n}}} $$", f"Hence {a} + {b} = {n}, so {c} = {n} - {a}.",
    ))  # fmt: skip


def _letter(rng: random.Random) -> str:
    return rng.choice((f"Dear Ms {rng.choice(_WORDS).title()},", "Kind regards,", f"- {sentence(rng)}", f"{rng.randint(1, 9)}. {sentence(rng)}", sentence(rng), f"{rng.choice(_WORDS).title()}: {sentence(rng)}", sentence(rng)))  # fmt: skip


def _clinical(rng: random.Random) -> str:
    return rng.choice((
        f"BP {rng.randint(90, 180)}/{rng.randint(50, 110)}, HR {rng.randint(50, 120)}, T {rng.uniform(36, 40):.1f} C, SpO2 {rng.randint(88, 100)}% on RA",
        f"Metformin {rng.choice((500, 850, 1000))} mg PO BID; Lisinopril {rng.choice((5, 10, 20))} mg daily", f"Assessment: {sentence(rng)}", f"DOB: {rng.randint(1, 12):02}/{rng.randint(1, 28):02}/{rng.randint(1930, 2010)} (age {rng.randint(18, 95)})",
        f"Hx: {sentence(rng)} Denies chest pain, dyspnea.", f"WBC {rng.uniform(3, 15):.1f} (4.0-11.0) | Hgb {rng.uniform(8, 17):.1f} | Plt {rng.randint(90, 450)}",
    ))  # fmt: skip


def _legal(rng: random.Random) -> str:
    n = rng.randint(1, 20)
    return rng.choice((f"{n}.{rng.randint(1, 9)} {sentence(rng)}", f"WHEREAS, the {rng.choice(_WORDS)} (the \"{rng.choice(_WORDS).title()}\") {sentence(rng)};", f"({rng.choice('abcdef')}) {sentence(rng)}; and", f"See Smith v. {rng.choice(_WORDS).title()}, {n} F.3d {rng.randint(100, 999)} (9th Cir. {rng.randint(1980, 2024)}).", f"Section {n}({rng.choice('abc')})({rng.randint(1, 5)}): {sentence(rng)}"))  # fmt: skip


def _record(rng: random.Random) -> str:
    key, other = rng.choice(_WORDS), rng.choice(_WORDS)
    return rng.choice((f'  "{key}": "{sentence(rng)}",', f'  "{key}_{other}": {rng.randint(0, 9999)},', f'{{"{key}": {rng.randint(0, 99)}, "{other}": ["{rng.choice(_WORDS)}", null, true]}}', f"{key}: {rng.choice(_WORDS)}", f"  - {key}: {rng.randint(1, 99)}", f"{key.upper()}: {sentence(rng)}", "  },", "  {", "  ],"))  # fmt: skip


def _form(rng: random.Random) -> str:
    value = " ".join(word.title() for word in rng.choices(_WORDS, k=rng.randint(1, 4)))
    label = rng.choice(("Diagnosis", "Provider", "Amount", "Total", "Account Holder", "Reference", "Department", "Location", "Status", "Manager", "Ship To", "Policy No", value))  # fmt: skip
    return rng.choice((f"{label}: {value}", f"{label}: ${rng.randint(1, 999)},{rng.randint(0, 999):03}", f"{label}: {rng.choice('ABCEX')}{rng.choice('MPX')}-{rng.randint(1, 99999)}", f"{label}: {value}, {value} {rng.randint(1, 99999):05}", f"{label.upper()}", f"{label}: {rng.randint(1, 12):02}/{rng.randint(1, 28):02}/{rng.randint(1950, 2030)}", f"{label}: {rng.uniform(1, 99):.2f} {rng.choice(('USD', 'EUR', 'kg', '%'))}"))  # fmt: skip


def _chat(rng: random.Random) -> str:
    return rng.choice((f"[{rng.randint(8, 19)}:{rng.randint(0, 59):02}] {rng.choice(('anna', 'ben', 'cy'))}: {sentence(rng).lower()}", f"@{rng.choice(('anna', 'ben'))} {sentence(rng)} :)", f"> {sentence(rng)}", f"https://example.test/{rng.choice(_WORDS)}?id={rng.randint(1, 99)}&x={rng.choice(_WORDS)}", f"* {sentence(rng)} (see #{rng.randint(1, 999)})"))  # fmt: skip


def _query(rng: random.Random) -> str:
    a, b, c, d = rng.choices(_WORDS, k=4)
    n = rng.randint(1, 999)
    text = rng.choice((
        f"SELECT {a}, {b}\nFROM {c}s\nWHERE {d} > {n}\nORDER BY {a} DESC;", f"SELECT {a[0]}.id, COUNT(*) AS {b}_count FROM {a}s {a[0]}\nLEFT JOIN {b}s {b[0]} ON {b[0]}.{a}_id = {a[0]}.id\nGROUP BY {a[0]}.id\nHAVING COUNT(*) >= {n};",
        f"INSERT INTO {a}s ({b}, {c}) VALUES ({n}, '{d}');", f"UPDATE {a}s SET {b} = {n}, {c}_id = NULL WHERE id = {n};", f"DELETE FROM {a}s WHERE {b} IS NULL AND {c} IN ({n}, {n + 1});",
        f"CREATE TABLE {a}s (\n    id BIGINT PRIMARY KEY,\n    {b} VARCHAR(255) NOT NULL,\n    {c}_id INTEGER REFERENCES {c}s (id)\n);", f"WITH recent AS (\n    SELECT {a}, MAX({b}) AS {b}\n    FROM {c}s\n    GROUP BY 1\n)\nSELECT * FROM recent LIMIT {n};", f"ALTER TABLE {a}s ADD COLUMN {b} TEXT DEFAULT '{c}';",
    ))  # fmt: skip
    return text.lower() if rng.random() < 0.3 else text
