"""Wire dialects: how a caller or a destination speaks. `WIRES` has one implementation for every dialect."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from routers.types import Dialect
from routers.wire.anthropic_count_tokens import AnthropicCountTokens
from routers.wire.anthropic_messages import AnthropicMessages
from routers.wire.dialect import Wire
from routers.wire.openai_chat import OpenAIChat
from routers.wire.openai_completions import OpenAICompletions
from routers.wire.openai_embeddings import OpenAIEmbeddings
from routers.wire.openai_responses import OpenAIResponses
from routers.wire.openai_responses_beside import OpenAICompact, OpenAIInputTokens
from routers.wire.openai_stored import OpenAIStored

WIRES: Mapping[Dialect, Wire] = MappingProxyType(
    {
        Dialect.OPENAI_CHAT: OpenAIChat(),
        Dialect.OPENAI_COMPLETIONS: OpenAICompletions(),
        Dialect.OPENAI_EMBEDDINGS: OpenAIEmbeddings(),
        Dialect.OPENAI_RESPONSES: OpenAIResponses(),
        Dialect.OPENAI_INPUT_TOKENS: OpenAIInputTokens(),
        Dialect.OPENAI_COMPACT: OpenAICompact(),
        Dialect.OPENAI_STORED: OpenAIStored(),
        Dialect.ANTHROPIC_MESSAGES: AnthropicMessages(),
        Dialect.ANTHROPIC_COUNT_TOKENS: AnthropicCountTokens(),
    }
)
