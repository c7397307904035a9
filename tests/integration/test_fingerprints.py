"""Registered content over real HTTP: it stays in-house, the record names the index, a new index needs no restart."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gateway.app import Prepared
from gateway.classify.build import build_classifier
from gateway.classify.fingerprints.detector import IndexWatch, open_watch
from gateway.classify.fingerprints.documents import Kind
from gateway.classify.fingerprints.index import Index
from gateway.classify.fingerprints.index_file import tenant_key, write_index
from gateway.classify.fingerprints.registry import empty_index, with_documents
from gateway.classify.fingerprints.streams import Fingerprinter
from tests.fakes.upstream import ScriptedUpstream
from tests.integration.composition import INHOUSE, OPENAI, Gateway, gateway_at
from tests.unit.gateway.classify.documents.made import pdf
from tests.unit.gateway.classify.fingerprints.conftest import addition, prose

PLAN, MINUTES = prose(41, 300), prose(42, 300)
CHAT = "/v1/chat/completions"
FOLLOWS_WITHIN_S = 10.0


def index_of(base: Prepared, *texts: str) -> Index:
    key = tenant_key(base.settings.secrets.derive)("default")
    rows = [addition("board", f"{n}.md", text, Kind.DOCUMENT, Fingerprinter(key)) for n, text in enumerate(texts)]
    return with_documents(empty_index("default", np.zeros(0, np.uint64)), rows)


def write(path: Path, base: Prepared, index: Index) -> None:
    write_index(path, index, tenant_key(base.settings.secrets.derive)("default"), os.urandom)


@pytest.fixture
def path(tmp_path: Path, base: Prepared) -> Path:
    file = tmp_path / "prints.idx"
    write(file, base, index_of(base, PLAN))
    return file


@pytest.fixture
def registered(path: Path, base: Prepared) -> Prepared:
    """The composition with an index in use, as `prepare` makes it."""
    watch = open_watch(path, base.settings.secrets.derive)
    assert isinstance(watch, IndexWatch)
    classifier = build_classifier(base.settings.classify, fingerprints=watch.detector)
    return replace(base, classifier=classifier, fingerprints=watch)


async def destination(gateway: Gateway, content: object) -> str:
    answer = await gateway.ask(CHAT, {"model": "gpt-5.5", "messages": [{"role": "user", "content": content}]})
    return answer.headers["x-gateway-destination"]


async def test_registered_text_stays_in_house_and_the_record_names_the_index(
    tmp_path: Path, registered: Prepared, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    async with gateway_at(tmp_path / "state", registered, upstreams) as gateway:
        assert await destination(gateway, "What is the weather like?") == OPENAI
        assert await destination(gateway, f"Sum up: {PLAN[300:600]}") == INHOUSE
        subjects = [record["subject"] for record in await gateway.records("intent")]
    root = index_of(base, PLAN).root
    assert [subject["index_root"] for subject in subjects] == [root, root]  # type: ignore[index]  # JSON
    assert "registered" in subjects[1]["categories"]  # type: ignore[index]  # JSON


def asked_with_pdf(text: str) -> list[dict[str, object]]:
    data = base64.b64encode(pdf(*[text[at : at + 80] for at in range(0, 1600, 80)])).decode()
    file = {"filename": "plan.pdf", "file_data": f"data:application/pdf;base64,{data}"}
    return [{"type": "text", "text": "Sum up."}, {"type": "file", "file": file}]


async def test_a_pdf_is_judged_by_its_text(
    tmp_path: Path, registered: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    async with gateway_at(tmp_path / "state", registered, upstreams) as gateway:
        assert await destination(gateway, asked_with_pdf(MINUTES)) == OPENAI
        assert await destination(gateway, asked_with_pdf(PLAN)) == "none", "the in-house model takes no documents"
        (sent,) = await gateway.records("intent")
        (refused,) = await gateway.records("refusal")
    assert not {"opaque", "registered"} & set(sent["subject"]["categories"])  # type: ignore[index]  # JSON
    assert "registered" in refused["subject"]["categories"]  # type: ignore[index]  # JSON


async def test_a_new_index_is_used_without_a_restart(
    tmp_path: Path, path: Path, registered: Prepared, base: Prepared, upstreams: dict[str, ScriptedUpstream]
) -> None:
    question = f"Sum up: {MINUTES[300:600]}"
    async with gateway_at(tmp_path / "state", registered, upstreams) as gateway:
        assert await destination(gateway, question) == OPENAI
        newer = index_of(base, PLAN, MINUTES)
        await asyncio.to_thread(write, path, base, newer)
        deadline_s = time.monotonic() + FOLLOWS_WITHIN_S
        while await destination(gateway, question) == OPENAI:
            assert time.monotonic() < deadline_s
            await asyncio.sleep(0.2)
        last = (await gateway.records("intent"))[-1]
    assert last["subject"]["index_root"] == newer.root  # type: ignore[index]  # JSON
