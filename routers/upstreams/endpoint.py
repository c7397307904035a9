"""Where a destination is reached, and with which key. From settings only; never from a request or the catalogue."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from routers.errors import CatalogError
from routers.types import Destination, Kind


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One destination's base URL (scheme, host, optional path prefix) and API key; an empty key sends none."""

    base_url: str
    credential: str = field(default="", repr=False)


def endpoint_url(endpoint: Endpoint, path: str) -> str:
    """Returns the URL of a wire path at the endpoint. A prefix that already ends in the path's version is not doubled.

    Raises:
        CatalogError: the base URL is more or less than scheme, host and path prefix.
    """
    base = _split(endpoint)
    version = "/" + path.split("/", 2)[1]
    prefix = base.path.rstrip("/").removesuffix(version)
    return f"{base.scheme}://{base.netloc}{prefix}{path}"


def require_confidential(destination: Destination, endpoint: Endpoint) -> None:
    """Refuses plain HTTP to a host outside our own machines.

    Raises:
        CatalogError: a closed or vendor destination would be reached without TLS other than on loopback.
    """
    base = _split(endpoint)
    if base.scheme == "https" or destination.kind is Kind.INHOUSE or _is_loopback(base.hostname or ""):
        return
    raise CatalogError(f"{destination.id}: a base URL outside the house must be https")


def _split(endpoint: Endpoint) -> SplitResult:
    try:
        base = urlsplit(endpoint.base_url)
        named = bool(base.hostname) and base.port != 0
    except ValueError:
        raise CatalogError("a base URL cannot be read") from None
    plain = not (base.query or base.fragment or "@" in base.netloc)
    if base.scheme not in ("http", "https") or not named or not plain or not endpoint.base_url.isascii():
        raise CatalogError("a base URL must be scheme, host and path prefix only")
    return base


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
