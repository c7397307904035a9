"""Wire dialects: how a caller or a destination speaks. `WIRES` has one implementation for every dialect."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from routers.types import Dialect
from routers.wire.anthropic_messages import AnthropicMessages
from routers.wire.dialect import Wire
from routers.wire.openai_chat import OpenAIChat

WIRES: Mapping[Dialect, Wire] = MappingProxyType(
    {Dialect.OPENAI_CHAT: OpenAIChat(), Dialect.ANTHROPIC_MESSAGES: AnthropicMessages()}
)
