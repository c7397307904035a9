"""The endpoints beside `/v1/responses`: counting the tokens of an input, compacting it, and what OpenAI keeps."""

from __future__ import annotations

from collections.abc import Mapping

from routers.types import Usage
from routers.wire.anthropic_count_tokens import counted
from routers.wire.beside import Beside
from routers.wire.openai_responses import OpenAIResponses, content_features
from routers.wire.stored_state import builds_on_state


def openai_input_tokens(responses: OpenAIResponses) -> Beside:
    """Returns the wire of counting. The count is that of the masked text."""
    path = "/v1/responses/input_tokens"
    return Beside(responses, path, frozenset({"input_tokens"}), _counted_features, counted)


def openai_compact(responses: OpenAIResponses) -> Beside:
    """Returns the wire of compacting: the answer holds messages in the clear and one item that only OpenAI reads."""
    path = "/v1/responses/compact"
    return Beside(responses, path, frozenset({"output"}), _compact_features, responses.answer, texts=True)


def openai_stored(responses: OpenAIResponses) -> Beside:
    """Returns the wire of retrieving, deleting and cancelling a response, and listing its input.

    Answers are those of Responses; requests are `routers.wire.state_request`.
    """

    def tells(body: Mapping[str, object]) -> tuple[Usage, str | None]:
        return Usage(), responses.answer(body)[1]  # the tokens were counted when the response was made

    names = frozenset({"output", "deleted", "data"})
    return Beside(responses, "/v1/responses", names, _stored_features, tells, texts=True, streams=True)


def _counted_features(body: Mapping[str, object]) -> frozenset[str]:
    """Nothing is kept of it, but it may build on what is."""
    return frozenset(content_features(body) | ({"store"} if builds_on_state(body) else set()))


def _compact_features(body: Mapping[str, object]) -> frozenset[str]:
    """A compacted conversation is state that only the destination can read."""
    return frozenset(content_features(body) | {"store"})


def _stored_features(body: Mapping[str, object]) -> frozenset[str]:
    """It is all about kept state."""
    del body
    return frozenset({"store"})
