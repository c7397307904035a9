"""Source code, fenced or not: fences and diffs, pairs of characters in windows of lines, grammars to confirm.

`bigrams` weighs, `windows` gathers, `shapes` and `grammars` confirm what is doubtful, `detector` runs them; `training`
makes the table.
"""

from gateway.classify.source_code.detector import SourceCodeDetector

__all__ = ["SourceCodeDetector"]
