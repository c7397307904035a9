"""Texts without personal data that look as if: real code and documentation, generated logs, tables and prose."""

# ruff: noqa: E501  (a line of a log broken over lines is harder to check than a long one)

from __future__ import annotations

import inspect
import json
import random
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pydoc_data.topics import topics

from tests.load.accuracy.documents import Document
from tests.load.accuracy.messages import messages
from tests.load.accuracy.operations import logs, settings
from tests.load.bench_gateway import WORDS

_MODULES = "argparse ast bisect calendar cmd codecs collections csv decimal dis enum fractions heapq json.decoder numbers shlex statistics string struct tempfile textwrap tokenize traceback types zipfile".split()
_SIZE = 1_500


def clean_documents(count: int, seed: int) -> list[Document]:
    """Returns so many documents of each kind; the kind is the group. Same seed, same documents."""
    rng = random.Random(seed)
    return [Document(make(rng), (), name) for name, make in MAKERS.items() for _ in range(count)]


def _code(rng: random.Random) -> str:
    return _stretch(rng, [inspect.getsource(import_module(name)) for name in (rng.choice(_MODULES),)])


def _documentation(rng: random.Random) -> str:
    return _stretch(rng, [topics[rng.choice(sorted(topics))]])


def _stretch(rng: random.Random, texts: Sequence[str]) -> str:
    text = rng.choice(texts)
    begin = text.rfind("\n", 0, rng.randrange(max(1, len(text) - _SIZE))) + 1
    return text[begin : begin + _SIZE]


def _log(rng: random.Random) -> str:
    at = rng.randrange(1_600_000_000, 1_800_000_000)
    lines = [
        f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}T{rng.randrange(24):02}:{rng.randrange(60):02}:"
        f"{rng.random() * 60:06.3f}Z {rng.choice(('INFO', 'WARN', 'DEBUG', 'ERROR'))} [{rng.choice(WORDS)}-{rng.randrange(99)}] "
        f"{_event(rng, at)}"
        for _ in range(12)
    ]
    return "\n".join(lines)


def _event(rng: random.Random, at: int) -> str:
    return rng.choice((
        f"request id={uuid.UUID(int=rng.getrandbits(128))} took {rng.randrange(10**6)} us status={rng.randrange(200, 505)}",
        f"trace {rng.getrandbits(64):016x} span {rng.getrandbits(64):016x} parent {rng.getrandbits(64)}",
        f"order {rng.randrange(10**9, 10**10)} moved to shelf {rng.randrange(10**4)}-{rng.randrange(10**4)}",
        f"offset {rng.randrange(10**12, 10**13)} lag {rng.randrange(10**5)} partition {rng.randrange(64)} at {at * 1000 + rng.randrange(1000)}",
        f"commit {rng.getrandbits(160):040x} build {rng.randrange(10**5)}.{rng.randrange(10**3)}.{rng.randrange(100)}",
        f"retry {rng.randrange(9)} of job {rng.randrange(10**8, 10**9)} after {rng.random() * 30:.3f} s, expires {at}",
        f"heap {rng.randrange(10**9)} of {rng.randrange(10**9, 10**10)} bytes, gc {rng.random() * 100:.2f} ms, pid {rng.randrange(65536)}",
        f"snapshot {rng.getrandbits(60)} row {rng.randrange(10**11, 10**12)} version {rng.randrange(1, 9)}.{rng.randrange(30)}.{rng.randrange(30)}",
    ))  # fmt: skip


def _json(rng: random.Random) -> str:
    rows = [
        {
            "id": rng.randrange(10**15, 10**16),
            "sku": f"{rng.choice('ABCDEF')}{rng.randrange(10**6, 10**7)}",
            "created": rng.randrange(1_600_000_000, 1_800_000_000),
            "updated_ms": rng.randrange(1_600_000_000_000, 1_800_000_000_000),
            "price": rng.randrange(10**5) / 100,
            "barcode": str(rng.randrange(10**12, 10**13)),
            "weights": [round(rng.random(), 6) for _ in range(4)],
            "sequence": str(rng.randrange(10**8, 10**9)),
            "digest": f"{rng.getrandbits(128):032x}",
        }
        for _ in range(5)
    ]
    return json.dumps(rows, indent=rng.choice((None, 1)))


def _table(rng: random.Random) -> str:
    rows = [
        f"{rng.randrange(10**9, 10**10)},{rng.randrange(10**8, 10**9)},{rng.random():.5f},{rng.choice(WORDS)}"
        for _ in range(20)
    ]
    return "\n".join(["part,lot,share,remark", *rows])


def _prose(rng: random.Random) -> str:
    return " ".join(_phrase(rng) for _ in range(40))


def _phrase(rng: random.Random) -> str:
    words = " ".join(rng.choices(WORDS, k=6))
    return rng.choice((
        f"{words}.", f"{words},", f"in release {rng.randrange(1, 20)}.{rng.randrange(20)}.{rng.randrange(20)} {words}.",
        f"see section {rng.randrange(20)}.{rng.randrange(20)} and page {rng.randrange(900)}.",
        f"the batch of {rng.randrange(10**4, 10**7):,} items weighs {rng.randrange(10**6) / 100:.2f} kg;",
        f"revenue grew {rng.randrange(100)}.{rng.randrange(10)} % to {rng.randrange(10**9):,} in the year {rng.randrange(1990, 2030)}.",
        f"part number {rng.choice('ABCXYZ')}{rng.randrange(10**5)}-{rng.randrange(1000):03} {words}",
        f"ticket {rng.choice(('OPS', 'WEB', 'DB'))}-{rng.randrange(10**5)} is closed, {words}.",
    ))  # fmt: skip


_GERMAN = (
    "Die Auslastung stieg im {month} auf {percent} Prozent, vor allem wegen der neuen Anlage.",
    "In Abschnitt {number}.{number} wird beschrieben, wie der Speicher nach {big} Schreibvorgängen geprüft wird.",
    "Das Gerät wiegt {decimal} kg und braucht {number} Watt; die Abmessungen stehen auf Seite {number}.",
    "Bestellung {long} wurde aus Lager {number} geliefert, die Losnummer lautet {long}.",
    "Der Versuch wurde {number}-mal wiederholt; der Mittelwert lag bei {decimal}, die Streuung bei {decimal}.",
    "Für die Fassung {number}.{number}.{number} sind mindestens {number} GB Arbeitsspeicher nötig.",
    "Wer die Maschine wartet, schaltet zuerst den Strom ab und wartet {number} Sekunden.",
    "Im Jahr {year} betrug der Umsatz {big} Euro, im Jahr davor {big} Euro.",
    "Die Prüfung {long} ergab keine Abweichung von der Norm EN {number}-{number}.",
    "Wir empfehlen, den Filter alle {number} Monate zu wechseln und die Dichtung zu fetten.",
)
_CHINESE = (
    "{year}年第{digit}季度产量为{big}台，比上年增长{percent}%。",
    "系统版本{number}.{number}.{number}需要{number}GB内存，请先备份数据。",
    "订单号{long}已经出库，预计{number}天后送到仓库。",
    "实验重复了{number}次，平均值是{decimal}，标准差是{decimal}。",
    "请参考第{number}页表{digit}，其中列出了全部零件编号。",
    "流水号{long}处理完成，用时{number}毫秒。",
    "该设备重{decimal}千克，功率{number}瓦，保修期{digit}年。",
    "本章介绍如何配置缓存以及如何检查{big}次写入后的结果。",
    "库存编号{long}的数量为{number}件，单价{decimal}元。",
    "下一次维护安排在{month}，届时服务将暂停{number}分钟。",
)
_MONTHS = {"de": ("Januar", "März", "Mai", "Oktober"), "zh": ("一月", "五月", "八月", "十二月")}


def _german(rng: random.Random) -> str:
    return " ".join(_sentence(rng, rng.choice(_GERMAN), "de") for _ in range(12))


def _chinese(rng: random.Random) -> str:
    return "".join(_sentence(rng, rng.choice(_CHINESE), "zh") for _ in range(16))


def _sentence(rng: random.Random, form: str, language: str) -> str:
    return form.format_map(_Drawn(rng, rng.choice(_MONTHS[language])))


class _Drawn(dict[str, str]):
    """A new number for each place of a sentence."""

    def __init__(self, rng: random.Random, month: str) -> None:
        super().__init__(month=month)
        self._rng = rng

    def __missing__(self, kind: str) -> str:
        low, high = {
            "digit": (1, 5), "number": (2, 900), "big": (10**4, 10**7), "long": (10**8, 10**12), "year": (1990, 2030),
        }.get(kind, (0, 10**4))  # fmt: skip
        drawn = self._rng.randrange(low, high)
        return {"decimal": f"{drawn / 100:.2f}", "percent": f"{drawn % 100}", "big": f"{drawn:,}"}.get(kind, str(drawn))


MAKERS: dict[str, Callable[[random.Random], str]] = {
    "code": _code,
    "documentation": _documentation,
    "logs": _log,
    "JSON": _json,
    "table": _table,
    "prose": _prose,
    "German": _german,
    "Chinese": _chinese,
    "English messages": partial(messages, language="en"),
    "German messages": partial(messages, language="de"),
    "Chinese messages": partial(messages, language="zh"),
    "German settings": partial(settings, language="de"),
    "Chinese settings": partial(settings, language="zh"),
    "German logs": partial(logs, language="de"),
    "Chinese logs": partial(logs, language="zh"),
}
