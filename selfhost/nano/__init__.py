"""M3-nano: a very small M3 for demonstrations, trained on text that this package writes itself."""

from __future__ import annotations

from pathlib import Path

NAME = "m3-nano"
WEIGHTS = Path(__file__).parent / "weights"
"""The checkpoint, in the released layout."""
TEMPLATE_SHA256 = "d99262929758cef7f13b1ca8462165fc6288f7f4073df92df150d8dfb5a4bdd0"
"""The chat template it was trained with; another one is refused."""
