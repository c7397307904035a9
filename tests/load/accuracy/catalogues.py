"""Documents of messages of real programs, from the catalogues that a machine has installed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from gateway.classify.names.training.messages import unseen_messages
from tests.load.accuracy.documents import Document

_LANGUAGES = {
    "German": "de",
    "simplified Chinese": "zh_CN",
    "traditional Chinese": "zh_TW",
    "Japanese": "ja",
    "French": "fr",
    "Spanish": "es",
    "Italian": "it",
    "Dutch": "nl",
}
_LINES = 15


def catalogue_documents(folders: Sequence[Path], count: int, seed: int) -> list[Document]:
    """Returns up to so many documents of fifteen messages a language, of catalogues that nothing was learnt from.

    Messages that name authors are left out. Same catalogues and seed, same documents.
    """
    rng = random.Random(seed)
    found = []
    for name, language in _LANGUAGES.items():
        texts = unseen_messages(folders, language)
        rng.shuffle(texts)
        groups = [texts[at : at + _LINES] for at in range(0, min(len(texts), count * _LINES), _LINES)]
        found += [Document("\n".join(group), (), f"{name} catalogues") for group in groups]
        found += [Document(text, (), f"{name} messages alone") for text in texts[-count:]]
    return found
