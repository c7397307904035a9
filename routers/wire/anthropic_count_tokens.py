"""The wire of Anthropic's token counting: a Messages request, and an answer of one number.

A counted request carries the same text as a sent one, so it is read, judged and masked like it; the count is that of
the masked text. Source: Anthropic API reference, "Count Message tokens".
"""

from __future__ import annotations

from collections.abc import Mapping

from routers.types import Usage
from routers.wire.anthropic_messages import AnthropicMessages
from routers.wire.beside import Beside
from routers.wire.reading import integer


def anthropic_count_tokens(messages: AnthropicMessages) -> Beside:
    """Returns the wire beside that of Messages."""

    def uses(body: Mapping[str, object]) -> frozenset[str]:
        return messages.features(body) - {"stream"}

    return Beside(messages, "/v1/messages/count_tokens", frozenset({"input_tokens"}), uses, counted)


def counted(body: Mapping[str, object]) -> tuple[Usage, str | None]:
    """Returns the count of an answer that is nothing else. No model is named."""
    return Usage(integer(body.get("input_tokens")), None), None
