"""Settings files with comments and logs of programs, in German and Chinese: nobody is named, much looks like a name."""

from __future__ import annotations

import random
from collections.abc import Sequence

_COMMENTS = {
    "de": (
        "Anzahl der Arbeiter; ein Wert von 0 nimmt die Zahl der Kerne",
        "Zeitgrenze für Anfragen in Sekunden",
        "Verzeichnis für Zwischenspeicher (Vorgabe: /var/cache/dienst)",
        "Obergrenze je Mandant, leer bedeutet keine Grenze",
        "Nur für die Entwicklung einschalten",
        "Nächtliche Sicherung: Stunde, Minute, Ziel",
        "Welcher Anschluss, und auf welcher Schnittstelle gelauscht wird",
        "Verschlüsselung der Ablage, Schlüssel siehe unten",
        "Wie lange Einträge aufgehoben werden, in Tagen",
        "Ausführliche Meldungen; bremst den Dienst",
        "Veraltet, wird mit der nächsten Fassung entfernt",
        "Muster der Dateinamen, die übersprungen werden",
    ),
    "zh": (
        "工作进程数量，0 表示与处理器核数相同",
        "请求超时时间（秒）",
        "缓存目录，默认为 /var/cache/service",
        "每个租户的上限，留空表示不限制",
        "仅在开发环境中启用",
        "夜间备份：小时、分钟、目标位置",
        "监听的端口以及网络接口",
        "存储加密，密钥见下文",
        "记录保留天数",
        "输出详细日志，会降低性能",
        "已弃用，下个版本将移除",
        "跳过的文件名模式",
    ),
}
_KEYS = (
    "workers", "request_timeout_s", "cache_dir", "tenant_limit", "debug", "backup_at", "listen", "encrypt_store",
    "keep_days", "verbose", "legacy_mode", "skip_pattern",
)  # fmt: skip
_EVENTS = {
    "de": (
        "Dienst gestartet, Fassung {a}.{b}.{a}",
        "Verbindung zur Datenbank verloren, neuer Versuch in {b} s",
        "Warteschlange voll: {c} Aufträge, älteste Nachricht {b} s",
        "Zertifikat läuft in {a} Tagen ab",
        "Sicherung abgeschlossen, {c} Dateien in {b} min",
        "Speicher knapp: noch {a} % frei",
        "Anfrage abgelehnt: Obergrenze erreicht (Mandant {c})",
        "Schlüssel gewechselt, alter Schlüssel gilt noch {a} h",
        "Zeitüberschreitung beim Lesen von Anschluss {a}",
        "Ungültige Antwort der Gegenstelle, Prüfsumme falsch",
        "Index neu aufgebaut: {c} Einträge",
        "Wartungsfenster beginnt, Schreibzugriffe gesperrt",
    ),
    "zh": (
        "服务已启动，版本 {a}.{b}.{a}",
        "数据库连接断开，{b} 秒后重试",
        "队列已满：{c} 个任务，最早消息 {b} 秒",
        "证书将在 {a} 天后过期",
        "备份完成，{c} 个文件，用时 {b} 分钟",
        "内存不足：剩余 {a}%",
        "请求被拒绝：达到上限（租户 {c}）",
        "密钥已轮换，旧密钥还有效 {a} 小时",
        "读取端口 {a} 超时",
        "对端响应无效，校验和错误",
        "索引重建完成：{c} 条记录",
        "维护窗口开始，写入已锁定",
    ),
}
_LEVELS = {"de": ("Information", "Warnung", "Fehler", "Hinweis"), "zh": ("信息", "警告", "错误", "提示")}
_UNITS = ("speicher", "annahme", "vermittler", "planer", "gateway", "worker")


def settings(rng: random.Random, language: str) -> str:
    """Returns a settings file with a comment before each of a dozen keys."""
    mark, sign = rng.choice((("#", " = "), (";", "="), ("#", ": "), ("//", ": ")))
    order = rng.sample(range(len(_KEYS)), len(_KEYS))
    return "\n".join(f"{mark} {_COMMENTS[language][at]}\n{_KEYS[at]}{sign}{_value(rng)}\n" for at in order)


def logs(rng: random.Random, language: str) -> str:
    """Returns fifteen lines of a log."""
    return "\n".join(_line(rng, _EVENTS[language], _LEVELS[language]) for _ in range(15))


def _line(rng: random.Random, events: Sequence[str], levels: Sequence[str]) -> str:
    at = f"2026-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02} {rng.randrange(24):02}:{rng.randrange(60):02}:07"
    event = rng.choice(events).format(a=rng.randrange(2, 60), b=rng.randrange(2, 900), c=rng.randrange(10**4, 10**6))
    return rng.choice((
        f"{at} {rng.choice(levels)} [{rng.choice(_UNITS)}] {event}",
        f"[{at}] {rng.choice(_UNITS)}[{rng.randrange(300, 65_000)}]: {rng.choice(levels)}: {event}",
    ))  # fmt: skip


def _value(rng: random.Random) -> str:
    return rng.choice((str(rng.randrange(1, 9_000)), "true", "false", '"/srv/data"', ":8443", '"*.tmp"', ""))
