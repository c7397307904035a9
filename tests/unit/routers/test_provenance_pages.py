"""The page of an in-house server is read over HTTP: bounded, without redirects, and silence is no answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routers.live_proof import HttpPages
from routers.upstreams.endpoint import Endpoint
from routers.upstreams.passthrough import Patience, open_session
from tests.fakes.upstream import Fate, ScriptedUpstream, whole

REDIRECT = Fate(status=302, headers=(("location", "http://192.0.2.1/"),))
FATES = {
    "a page": (whole(b'{"canaries":"holds"}'), b'{"canaries":"holds"}'),
    "in pieces": (Fate(pieces=(b'{"a":', b"1}"), pace_s=0.01), b'{"a":1}'),
    "empty": (whole(b""), b""),
    "not found": (whole(b"{}", 404), None),
    "an error": (whole(b"{}", 503), None),
    "elsewhere": (REDIRECT, None),
    "cut off": (Fate(pieces=(b"{", b"}"), cut_after=1), None),
    "no HTTP": (Fate(raw=b"hello"), None),
    "endless": (Fate(pieces=(b"x" * 1024 * 1024,) * 5), None),
}


@pytest.mark.parametrize(("fate", "page"), FATES.values(), ids=FATES)
@pytest.mark.parametrize("prefix", ["", "/v1", "/models/m3/v1"])
async def test_the_page_is_beside_the_api(fate: Fate, page: bytes | None, prefix: str) -> None:
    async with ScriptedUpstream(default=fate) as server, open_session(Patience()) as session:
        endpoint = Endpoint(server.base_url + prefix, "a-key")
        assert await HttpPages(session).read(endpoint) == page
        assert server.heard[0].path == prefix.removesuffix("/v1") + "/provenance"
        assert server.heard[0].header("authorization") == "Bearer a-key"
        assert server.heard[0].body == b""


async def test_nobody_there_is_no_answer_and_without_a_key_none_is_sent() -> None:
    async with ScriptedUpstream(default=whole(b"{}")) as server, open_session(Patience()) as session:
        endpoint = Endpoint(server.base_url)
        await HttpPages(session).read(endpoint)
        assert server.heard[0].header("authorization") is None
        gone = replace(endpoint, base_url="http://127.0.0.1:9")
        assert await HttpPages(session).read(gone) is None
