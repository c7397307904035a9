"""Asks a running gateway, with an operator's key from `GATEWAY_OPERATOR_KEY`."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request

from gateway.errors import ServiceError, StartupError

KEY_VARIABLE = "GATEWAY_OPERATOR_KEY"
_WITHIN_S = 10.0


class OperatorRefused(ServiceError):
    """The gateway did not do what the operator asked."""

    code = "operator_refused"


def ask(url: str, path: str, order: dict[str, str] | None) -> dict[str, list[dict[str, object]]]:
    """Returns the gateway's answer to a GET, or to a POST of `order`.

    Raises:
        StartupError: no key, or no such URL.
        OperatorRefused: the gateway refused, or could not be reached.
    """
    key = os.environ.get(KEY_VARIABLE)
    if not key:
        raise StartupError(f"set {KEY_VARIABLE} to a key with the operator role")
    if not url.startswith(("http://", "https://")):
        raise StartupError("the URL of the gateway begins with http:// or https://")
    body = None if order is None else json.dumps(order).encode()
    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    request = urllib.request.Request(url.rstrip("/") + path, data=body, headers=headers)  # noqa: S310  (checked above)
    try:
        with urllib.request.urlopen(request, timeout=_WITHIN_S) as answer:  # noqa: S310
            document: dict[str, list[dict[str, object]]] = json.load(answer)
    except urllib.error.HTTPError as error:
        raise OperatorRefused(f"the gateway answered {error.code}: {_reason(error)}") from None
    except (urllib.error.URLError, TimeoutError, ValueError):
        raise OperatorRefused("the gateway could not be reached") from None
    return document


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["error"]["message"])
    except (ValueError, KeyError, TypeError, OSError):
        return "no reason given"
