"""Takes the tokens of an answer out of it: they spell its text again, piece by piece and as numbers of bytes.

An answer that is read is read as running texts. What was removed from a text would stand in its tokens, and no reading
of single pieces would find it. Fields: `logprobs` of a choice (Chat, Completions) and of a text (Responses). What a
tool is called with (`input`, Messages) is no field of the protocol, whatever its names are.
"""

from __future__ import annotations

import orjson

from gateway.errors import RestoreFailed

NAME = b'"logprobs"'
_OF_A_TOOL = "input"


def without_logprobs(body: bytes) -> bytes:
    """Returns the JSON without any tokens; the same bytes when it has none, or is no JSON.

    Raises:
        RestoreFailed: it has some, and is nested too deeply to be written again.
    """
    if NAME not in body:
        return body
    try:
        parsed: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    try:
        return orjson.dumps(parsed) if _emptied(parsed) else body
    except TypeError:
        raise RestoreFailed("the answer could not be checked, so it is not shown") from None


def _emptied(parsed: object) -> bool:
    """Whether anything was taken out. Without recursion: an answer may be nested as deep as its sender likes."""
    changed, left = False, [parsed]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            tokens = value.get("logprobs")
            if isinstance(tokens, dict | list) and tokens:
                value["logprobs"] = [] if isinstance(tokens, list) else None
                changed = True
            left += [member for name, member in value.items() if name != _OF_A_TOOL]
        elif isinstance(value, list):
            left += value
    return changed
