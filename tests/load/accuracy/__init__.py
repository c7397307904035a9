"""How much the classifier finds, measured: on a labelled file, on generated values with known truth, on clean text.

`scripts/bench accuracy --help` says what can be measured. Docs: docs/reference/accuracy.md.
"""
