"""READ FIRST: request -> identity -> classify -> decide -> route -> redact -> record -> forward -> restore -> record.

Stages do not know each other. The first half of the sentence is `Pipeline.run`; the second half happens once per
attempt in `Passage.admit`, because every attempt is decided, masked and recorded anew.
"""

from __future__ import annotations
