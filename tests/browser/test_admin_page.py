"""The admin page as an auditor uses it."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Admin, write_batch


async def _log_in(page: Page, admin: Admin) -> None:
    await page.goto(f"{admin.url}/admin/")
    await page.fill("#key", admin.auditor_key)
    await page.click("button")
    await expect(page.locator("caption")).to_have_text("Entries, newest first")


async def test_an_auditor_reads_the_log_page_by_page(admin: Admin, page: Page) -> None:
    await _log_in(page, admin)
    first = await page.locator("tbody tr td:first-child").all_inner_texts()
    await page.click("text=Older")
    second = await page.locator("tbody tr td:first-child").all_inner_texts()
    assert len(first) == 50
    assert int(second[0]) == int(first[-1]) - 1
    await page.click("text=Newer")
    assert await page.locator("tbody tr td:first-child").all_inner_texts() == first


async def test_a_filter_is_in_the_address_and_shows_only_what_matches(admin: Admin, page: Page) -> None:
    await _log_in(page, admin)
    await page.select_option("select[name=kind]", "refusal")
    await page.click("text=Show")
    kinds = await page.locator("tbody .kind").all_inner_texts()
    assert kinds
    assert set(kinds) == {"refusal"}
    assert "kind=refusal" in page.url


async def test_an_entry_says_why_and_offers_its_proof(admin: Admin, page: Page) -> None:
    await _log_in(page, admin)
    await page.goto(f"{admin.url}/admin/?kind=intent")
    await page.click("tbody tr:first-child a")
    text = await page.inner_text("main")
    for expected in ("EMAIL_ADDRESS", "/messages/0/content", "CN-NIL-7", "simulated-minimax", "restored in the answer"):
        assert expected in text
    async with page.expect_download() as download:
        await page.click("text=Inclusion proof")
    proof = json.loads(await asyncio.to_thread((await (await download.value).path()).read_text))
    assert proof["record"]["kind"] == "intent"
    assert "checkpoint" in proof


async def test_the_story_of_a_batch_is_one_field_away(admin: Admin, page: Page) -> None:
    await write_batch(admin.directory, "batch_77")
    await _log_in(page, admin)
    await page.fill("input[name=batch]", "batch_77")
    await page.click("text=Show")
    assert await page.locator("tbody .kind").all_inner_texts() == ["batch", "refusal", "batch", "batch"]
    await page.click("tbody tr:first-child a")
    text = await page.inner_text("main")
    assert "What happened to this batch" in text
    assert "3 lines for /v1/chat/completions" in text
    assert "completed: 2 succeeded, 1 errored, 0 cancelled, 0 expired" in text
    await page.click("text=all of batch_77")
    assert "batch=batch_77" in page.url


async def test_the_log_is_verified_from_the_page(admin: Admin, page: Page) -> None:
    await _log_in(page, admin)
    await page.click("text=Evidence")
    await page.click("text=Verify now")
    await expect(page.locator("[role=status]")).to_contain_text("Everything agrees", timeout=20_000)


async def test_what_a_caller_named_is_shown_as_text_never_as_markup(admin: Admin, page: Page) -> None:
    await _log_in(page, admin)
    assert "<b>bold</b>" in await page.inner_text("tbody")
    assert await page.locator("tbody b").count() == 0


async def test_a_session_ends_when_its_key_is_revoked(admin: Admin, page: Page) -> None:
    await _log_in(page, admin)
    from gateway.identity.store import KeyFile

    def revoke() -> None:
        file = KeyFile(admin.directory)
        assert file.revoke(admin.auditor_key.split(".")[0], 1)  # type: ignore[arg-type]
        file.close()
        admin.keys.refresh()

    await asyncio.to_thread(revoke)
    await page.goto(f"{admin.url}/admin/")
    assert page.url.endswith("/admin/login")


async def test_logging_out_ends_the_session(admin: Admin, page: Page) -> None:
    await _log_in(page, admin)
    await page.click("text=Log out")
    await page.goto(f"{admin.url}/admin/")
    assert page.url.endswith("/admin/login")


_PATHS = """
/admin/ /admin/log.json /admin/log.csv /admin/entries/1
/admin/entries/1.json /admin/entries/1/proof.json /admin/evidence
""".split()


@pytest.mark.parametrize("path", _PATHS)
async def test_no_page_is_shown_without_an_auditors_key(admin: Admin, path: str) -> None:
    async with aiohttp.ClientSession() as session:
        for headers, status in (
            ({}, 401),
            ({"authorization": "Bearer gk_0000000000000000.wrong"}, 401),
            ({"authorization": f"Bearer {admin.caller_key}"}, 403),
            ({"authorization": f"Bearer {admin.auditor_key}"}, 200),
        ):
            async with session.get(f"{admin.url}{path}", headers=headers) as answer:
                assert answer.status == status, (path, headers.keys())


async def test_another_sites_form_is_refused(admin: Admin) -> None:
    async with aiohttp.ClientSession() as session:
        headers = {"authorization": f"Bearer {admin.auditor_key}", "origin": "https://elsewhere.example"}
        async with session.post(f"{admin.url}/admin/evidence", headers=headers) as answer:
            assert answer.status == 403


async def test_every_answer_carries_a_strict_content_policy(admin: Admin) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{admin.url}/admin/login") as answer:
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "no-store" in answer.headers["cache-control"]


async def test_a_csv_cell_is_never_a_formula(admin: Admin) -> None:
    headers = {"authorization": f"Bearer {admin.auditor_key}"}
    async with aiohttp.ClientSession() as session, session.get(f"{admin.url}/admin/log.csv", headers=headers) as answer:
        cells = [cell for row in (await answer.text()).splitlines() for cell in row.split(",")]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "@")]
