"""Wire dialects: how a caller or a destination speaks. `WIRES` has one implementation for every dialect."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from routers.types import Dialect
from routers.wire.anthropic_count_tokens import anthropic_count_tokens
from routers.wire.anthropic_messages import AnthropicMessages
from routers.wire.dialect import Wire
from routers.wire.openai_chat import OpenAIChat
from routers.wire.openai_completions import OpenAICompletions
from routers.wire.openai_embeddings import openai_embeddings
from routers.wire.openai_responses import OpenAIResponses
from routers.wire.openai_responses_beside import openai_compact, openai_input_tokens, openai_stored

WIRES: Mapping[Dialect, Wire] = MappingProxyType(
    {
        Dialect.OPENAI_CHAT: OpenAIChat(),
        Dialect.OPENAI_COMPLETIONS: OpenAICompletions(),
        Dialect.OPENAI_EMBEDDINGS: openai_embeddings(OpenAIChat()),
        Dialect.OPENAI_RESPONSES: OpenAIResponses(),
        Dialect.OPENAI_INPUT_TOKENS: openai_input_tokens(OpenAIResponses()),
        Dialect.OPENAI_COMPACT: openai_compact(OpenAIResponses()),
        Dialect.OPENAI_STORED: openai_stored(OpenAIResponses()),
        Dialect.ANTHROPIC_MESSAGES: AnthropicMessages(),
        Dialect.ANTHROPIC_COUNT_TOKENS: anthropic_count_tokens(AnthropicMessages()),
    }
)
