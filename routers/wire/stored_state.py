"""What a request builds on beside its own text, and what its answer leaves behind: state that a destination keeps.

A response is known by its id, an output item by its own, a conversation object by its own. A compaction item carries
its state with it, sealed by the provider: it is known by the digest of the seal, whatever id it comes back under.
Source: OpenAI API reference, "Conversation state" and "Compaction".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256

from routers.wire.reading import mapping, mappings

_COMPACTIONS = frozenset({"compaction", "compaction_summary"})


def built_on(body: Mapping[str, object]) -> tuple[str, ...]:
    """Returns the ids of everything that a request of Responses builds on, each once.

    A template of prompts that the provider keeps is named too: nobody here knows its text.
    """
    return tuple(dict.fromkeys(_references(body)))


def builds_on_state(body: Mapping[str, object]) -> bool:
    """Whether a request builds on anything that is not in it."""
    return next(_references(body), None) is not None


def kept_ids(response: Mapping[str, object]) -> tuple[str, ...]:
    """Returns the ids under which a later request can build on this response, its own first."""
    found = [response.get("id"), _id(response.get("conversation"))]
    for _, item in mappings(response.get("output")):
        found += [item.get("id"), _seal(item)]
    return tuple(dict.fromkeys(each for each in found if isinstance(each, str) and each))


def _references(body: Mapping[str, object]) -> Iterator[str]:
    for name in ("previous_response_id", "conversation", "prompt"):
        reference = _id(body.get(name))
        if reference:
            yield reference
    for _, item in mappings(body.get("input")):
        kind = item.get("type")
        if kind == "item_reference" or (kind is None and "role" not in item and "id" in item):
            yield str(item.get("id"))
        elif (seal := _seal(item)) is not None:
            yield seal


def _id(value: object) -> str | None:
    """The id of something that is named by its id or by an object that has one; else something that names nothing."""
    if value is None:
        return None
    return value if isinstance(value, str) else str(mapping(value).get("id"))


def _seal(item: Mapping[str, object]) -> str | None:
    if item.get("type") not in _COMPACTIONS:
        return None
    return "seal-" + sha256(str(item.get("encrypted_content")).encode()).hexdigest()
