"""What a model's directory holds, as one hash: whoever pins it knows which weights read the prompts.

The manifest is what `LC_ALL=C sh -c 'cd DIRECTORY && sha256sum -- *'` prints; the setting holds its SHA-256. Only the
standard library, for the child process checks it too.
"""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import Final

_DATA: Final = frozenset((".json", ".safetensors", ".txt", ".model", ".md"))
_ADAPTER: Final = "adapter_config.json"
"""Names another model to load, by a path or a name on a hub."""


class WrongFiles(Exception):
    """A directory that is not what was pinned, or holds more than a model's data. Names no file."""


def manifest_sha256(directory: Path) -> str:
    """Returns the SHA-256 of the manifest, in lower case. Reads every file; about a second for a gigabyte.

    Raises:
        WrongFiles: unreadable, or something in it is no plain file of data (code, pickled weights, a link, a folder).
    """
    try:
        names = sorted((each.name for each in directory.iterdir()), key=str.encode)
        lines = [f"{_file_sha256(directory / name)}  {name}\n" for name in names]
    except (OSError, UnicodeError):
        raise WrongFiles("the model's directory cannot be read") from None
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _file_sha256(path: Path) -> str:
    if path.suffix not in _DATA or path.name == _ADAPTER or not stat.S_ISREG(path.lstat().st_mode):
        raise WrongFiles("the model's directory holds something that is no plain file of a model's data")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
