"""Assistants that bear a first name: whom a prompt greets as `Claude` is nobody, where it says that it means a model.

What reads prompts meets these names more often than their human bearers. A name alone counts as a product's where a
text begins by greeting it, tells the model who it is, or speaks of models near by; elsewhere it is somebody's.
"""

from __future__ import annotations

import re
from typing import Final

_ALWAYS: Final = frozenset(("Copilot", "Cortana", "Bixby"))
"""No first names."""
_BEARERS: Final = frozenset(("Claude", "Siri", "Alexa"))
ASSISTANTS: Final = _ALWAYS | _BEARERS
_NEAR: Final = 160
_GREETING: Final = 40
_MODELS: Final = re.compile(
    r"\b(?:Anthropic|OpenAI|Chat ?GPT|GPT-?\d\w*|Gemini|Copilot|Mistral|Llama|DeepSeek|Qwen|MiniMax|LLMs?|an AI"
    r"|AI (?:assistant|model|system)s?|(?i:language models?|sprachmodelle?|chat ?bots?|helpful assistant))\b"
)
_GREETED: Final = re.compile(r"\s*(?i:hi|hello|hey|ok|okay|thanks|thank you)[, ]+\Z")
_TOLD: Final = re.compile(
    r"(?i:\b(?:you are|you're|your name is|act as|acting as|pretend to be|du bist|tu es|vous êtes|eres|sei|je bent"
    r"|use|using|via) )\Z"
)
"""What tells a model who it is, or names a tool."""
_VERSION: Final = re.compile(r" (?:\d|Sonnet|Opus|Haiku|Fable|API|Code|Desktop|models?\b)")


def is_assistant(written: str, text: str, start: int) -> bool:
    """Returns whether what is written at a place of a text, alone, is the name of an assistant there."""
    if written not in _BEARERS:
        return written in _ALWAYS
    end = start + len(written)
    if start <= _GREETING and _GREETED.fullmatch(text, 0, start):
        return True
    before, behind = text[max(0, start - _NEAR) : start], text[end : end + _NEAR]
    if _TOLD.search(before) or _VERSION.match(behind):
        return True
    return _MODELS.search(before) is not None or _MODELS.search(behind) is not None
