"""Presidio's recognizers, on a blank spaCy pipeline, behind a prefilter. The only package that imports either.

Importing it costs about a second: `gateway.classify.build` does so late. Measured traps of the libraries, and where
they are met:

* An e-mail recognizer asks the network for the public suffix list: `library.pin_suffix_list`.
* A pattern that times out is skipped with a warning, and the IBAN recognizer logs the candidate: `library.quieten`.
* Patterns, phone numbers and context words are quadratic on hostile text: `spans`, `gateway.classify.phones`,
`context`.
* spaCy keeps every new word for ever (memory, and the words are personal data): `tokens`.
"""

from gateway.classify.presidio.detector import PresidioDetector
from gateway.classify.presidio.library import Pattern, PatternRecognizer, PatternTimeout
from gateway.classify.presidio.registry import custom_recognizers, load_recognizers
from gateway.classify.presidio.tokens import Tokenizer

__all__ = [
    "Pattern",
    "PatternRecognizer",
    "PatternTimeout",
    "PresidioDetector",
    "Tokenizer",
    "custom_recognizers",
    "load_recognizers",
]
