"""The wire of OpenAI's Embeddings. Answers hold vectors and no text, so there is nothing to restore.

An input of token numbers is named in `features` as `tokens`. Source: OpenAI API reference, "Create embeddings".
"""

from __future__ import annotations

from collections.abc import Mapping

from routers.types import Usage
from routers.wire.beside import Beside
from routers.wire.openai_chat import OpenAIChat
from routers.wire.openai_manners import has_tokens, model_named, prompt_usage


def openai_embeddings(chat: OpenAIChat) -> Beside:
    """Returns the wire. Keys and errors are those of every endpoint of OpenAI."""
    return Beside(chat, "/v1/embeddings", frozenset({"data"}), _uses, _tells)


def _uses(body: Mapping[str, object]) -> frozenset[str]:
    return frozenset({"tokens"}) if has_tokens(body.get("input")) else frozenset()


def _tells(body: Mapping[str, object]) -> tuple[Usage, str | None]:
    return prompt_usage(body), model_named(body)
