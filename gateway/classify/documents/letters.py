"""Letters in pictures, by Tesseract, where it is installed and `classify.ocr` names languages.

What it finds is classified like any text; the picture stays opaque, because nobody can say that it found everything.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from gateway.classify.documents.extracted import MOST_CHARACTERS, NOTHING, Extracted
from gateway.errors import StartupError

_PROGRAM = "tesseract"
_LIMITS = (
    (resource.RLIMIT_AS, 1024 * 1024 * 1024),
    (resource.RLIMIT_CPU, 20),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
)
_INHERITED = ("LD_LIBRARY_PATH", "TESSDATA_PREFIX")


@dataclass(frozen=True, slots=True)
class LetterReader:
    """Runs the program once per picture, with limits. `languages` as Tesseract names them, joined by `+`."""

    program: Path
    languages: str = "eng"
    limit_s: float = 5.0
    _environment: dict[str, str] = field(default_factory=dict, repr=False)

    def read(self, picture: bytes, seconds: float) -> Extracted:
        """Returns the letters; `NOTHING` when there are none, or not in time. Never complete. Blocks."""
        patience_s = min(seconds, self.limit_s)
        if patience_s <= 0:
            return NOTHING
        command = (str(self.program), "stdin", "stdout", "-l", self.languages)
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        try:
            with subprocess.Popen(  # noqa: S603  (a fixed command without a shell)
                command,
                stdin=pipe,
                stdout=pipe,
                stderr=nowhere,
                env={**self._environment, "OMP_THREAD_LIMIT": "1"},
                cwd="/",
            ) as process:
                letters = _ended(process, picture, patience_s)
        except OSError:
            return NOTHING
        text = letters[:MOST_CHARACTERS].decode("utf-8", "replace")
        return Extracted((text,) if text.strip() else (), complete=False)


def find_letter_reader(languages: str) -> LetterReader:
    """Returns a reader. Raises `StartupError` where the program is not installed."""
    found = shutil.which(_PROGRAM)
    if found is None:
        raise StartupError("classify.ocr is set, but tesseract is not installed (Debian: tesseract-ocr)")
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return LetterReader(Path(found), languages, _environment=inherited)


def _ended(process: subprocess.Popen[bytes], picture: bytes, patience_s: float) -> bytes:
    """What the program wrote, or nothing when it failed, or had to be killed."""
    for kind, most in _LIMITS:
        resource.prlimit(process.pid, kind, (most, most))
    try:
        output, _ = process.communicate(picture, timeout=patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        return b""
    return output if process.returncode == 0 else b""
