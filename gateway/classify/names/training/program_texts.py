"""Messages and labels of programs to learn from: translations in packages with free licences that ask for no more.

`typescript` (Apache-2.0), `monaco-editor` (MIT) and catalogues (`*.mo`) of Python packages (BSD, MIT), as MODEL_CARD.md
lists them. None of them is among the catalogues that accuracy is measured with (`messages.NEVER_LEARNT`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final

from gateway.classify.names.training.messages import catalogue, names_somebody

LANGUAGES: Final = ("de", "fr", "es", "it", "nl", "pt")
_MOST_TOGETHER: Final = 8
_SHORTEST: Final = 3
_LIST: Final = re.compile(r"_NLS_MESSAGES=(\[.*\])", re.DOTALL)


def program_texts(folders: Iterable[Path], languages: Sequence[str] = LANGUAGES) -> list[str]:
    """Returns the messages below some folders, each once, in a fixed order; without those that name people."""
    found: dict[str, None] = {}
    for folder in folders:
        for language in languages:
            for path in sorted(folder.rglob("*")):
                if _is_of(path, language):
                    found.update((text, None) for text in _read(path) if len(text) >= _SHORTEST)
    return list(found)


def together(texts: Sequence[str], count: int, random: Random) -> Iterator[str]:
    """Yields lists of messages, one a line, as catalogues, menus and terminals show them."""
    for _ in range(count if texts else 0):
        start = random.randrange(len(texts))
        yield "\n".join(texts[start : start + random.randint(2, _MOST_TOGETHER)])


def _is_of(path: Path, language: str) -> bool:
    if path.suffix == ".mo":
        return path.parent.name == "LC_MESSAGES" and re.split("[_-]", path.parts[-3])[0] == language
    if path.name == "diagnosticMessages.generated.json":
        return path.parent.name.partition("-")[0] == language
    return path.name == f"nls.messages.{language}.js"


def _read(path: Path) -> Iterator[str]:
    if path.suffix == ".mo":
        return catalogue(path)
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return (message for key, message in sorted(json.loads(text).items()) if not names_somebody(key, message))
    found = _LIST.search(text)
    listed: list[str | None] = json.loads(found[1]) if found else []
    return (message for message in listed if message is not None and not names_somebody("", message))
