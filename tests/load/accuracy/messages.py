"""Messages of programs as their catalogues and terminals show them: nobody is named, much looks like a name."""

from __future__ import annotations

import random

_ENGLISH = (
    "cannot open '%s': permission denied",
    "Invalid option -- '%c'",
    "Next Page",
    "Previous Layer",
    "Motion Blur",
    "Reset to Default",
    "warning: unused variable '%s'",
    "Checking cache directory",
    "Remaining time: %d s",
    "Key server unreachable",
    "No space left on device",
    "Updating index (%d of %d)",
    "Unknown host",
    "Save Image As…",
    "Usage: %s [OPTION]... FILE",
    "Broken pipe",
    "Foreground color",
)
_GERMAN = (
    "Ungültiger Dateiname: %s",
    "Nächste Seite",
    "Vorherige Ebene",
    "Datei %s kann nicht geöffnet werden",
    "Zurücksetzen auf Vorgabe",
    "Prüfe Zwischenspeicher",
    "Verbleibende Zeit: %d s",
    "Schlüsselserver nicht erreichbar",
    "Kein Platz auf dem Gerät",
    "Warnung: Unbenutzte Variable »%s«",
    "Aktualisiere Index (%d von %d)",
    "Unbekannter Rechner",
    "Bild speichern unter …",
    "Aufruf: %s [OPTION]… DATEI",
    "Unterbrochener Datenstrom",
    "Vordergrundfarbe",
    "Falsche Anzahl an Argumenten",
    "Erneut versuchen",
    "Letzte Änderung: %s",
    "Leere Zeilen entfernen",
)
_CHINESE = (
    "无法打开文件“%s”：权限不够",
    "无效的选项 -- “%c”",
    "下一页",
    "上一个图层",
    "恢复默认设置",
    "正在检查缓存目录",
    "剩余时间：%d 秒",
    "密钥服务器无法访问",
    "设备上没有空间",
    "警告：未使用的变量“%s”",
    "正在更新索引（%d/%d）",
    "未知的主机",
    "图像另存为…",
    "用法：%s [选项]... 文件",
    "管道破裂",
    "前景颜色",
    "参数个数错误",
    "请重试",
    "最后修改：%s",
    "删除空白行",
)


def messages(rng: random.Random, language: str) -> str:
    """Returns a dozen messages of a language, as a list or as a catalogue of translations."""
    table = {"en": _ENGLISH, "de": _GERMAN, "zh": _CHINESE}[language]
    chosen = rng.sample(table, 12)
    if rng.random() < 0.5:
        return "\n".join(chosen)
    return "\n\n".join(
        f'#: src/main.c:{rng.randrange(2000)}\nmsgid "{rng.choice(_ENGLISH)}"\nmsgstr "{each}"' for each in chosen
    )
