"""Source code, fenced or not: fences and diffs, runs of three characters in windows of lines, grammars to confirm.

`trigrams` weighs, `windows` gathers, `shapes` and `grammars` confirm what is doubtful, `detector` runs them; `training`
makes the table.
"""

from gateway.classify.source_code.detector import SourceCodeDetector

__all__ = ["SourceCodeDetector"]
