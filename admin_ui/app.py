"""The admin page: a reader of the log for people with an auditor's key. It can change nothing.

Every page has the same address with `.json`; the log also with `.csv`. Handlers that read the disk are plain functions,
so they run off the event loop.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, get_args

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates

from admin_ui import pages
from admin_ui.filters import View, texts_of, view_of
from admin_ui.guard import Guard, security_headers
from admin_ui.verification import Finding, Verification
from gateway.audit.errors import EntryNotFound, NotYetSigned
from gateway.audit.export import prove
from gateway.audit.reader import Reader, StoredEntry
from gateway.audit.record import Record
from gateway.errors import GatewayError, RequestError
from gateway.types import Level

_HERE = Path(__file__).parent
_KINDS = tuple(kind.kind for kind in get_args(Record))


def _view(request: Request) -> View:
    return view_of(request.query_params)


Wanted = Annotated[View, Depends(_view)]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the page is built from. `directory` is the gateway's state directory, opened for reading only."""

    directory: Path
    reader: Reader
    guard: Guard
    verification: Verification
    vkey: str


def create_app(parts: Parts) -> FastAPI:
    """Returns the ASGI app, mounted under `/admin`."""
    app = FastAPI(title="Audit log", docs_url=None, redoc_url=None, openapi_url="/admin/openapi.json")
    app.middleware("http")(security_headers)
    app.add_exception_handler(GatewayError, _refused)
    app.mount("/admin/static", StaticFiles(directory=_HERE / "static"), name="static")
    templates = Jinja2Templates(directory=_HERE / "templates")
    parts.guard.add_routes(app, templates)
    _add_log(app, parts, templates)
    _add_entries(app, parts, templates)
    _add_evidence(app, parts, templates)
    return app


def _add_log(app: FastAPI, parts: Parts, templates: Jinja2Templates) -> None:
    auditor = Depends(parts.guard.auditor)

    @app.get("/admin/", response_class=HTMLResponse, dependencies=[auditor])
    def log(request: Request, view: Wanted) -> Response:
        page = parts.reader.page(view.wanted, before=view.before, after=view.after, limit=view.limit)
        context = {
            "lines": [pages.line(entry) for entry in page.entries],
            "filter": texts_of(view.wanted),
            "older": view.query(before=page.older) if page.older is not None else None,
            "newer": view.query(after=page.newer) if page.newer is not None else None,
            "here": view.query(before=view.before, after=view.after),
            "size": parts.reader.size(),
            "checkpoint": parts.reader.last_checkpoint(),
            "kinds": _KINDS,
            "levels": [level.label for level in Level],
            "utc": pages.utc,
        }
        return templates.TemplateResponse(request, "log.html", context)

    @app.get("/admin/log.json", dependencies=[auditor])
    def log_json(view: Wanted) -> Response:
        page = parts.reader.page(view.wanted, before=view.before, after=view.after, limit=view.limit)
        document = {"entries": [pages.record_of(e) for e in page.entries], "older": page.older, "newer": page.newer}
        return JSONResponse(document)

    @app.get("/admin/log.csv", dependencies=[auditor])
    def log_csv(view: Wanted) -> Response:
        page = parts.reader.page(view.wanted, before=view.before, after=view.after, limit=view.limit)
        headers = {"content-disposition": 'attachment; filename="audit-log.csv"'}
        return Response("".join(_csv(page.entries)), media_type="text/csv", headers=headers)


def _add_entries(app: FastAPI, parts: Parts, templates: Jinja2Templates) -> None:
    auditor = Depends(parts.guard.auditor)

    @app.get("/admin/entries/{seq}.json", dependencies=[auditor])
    def entry_json(seq: str) -> Response:
        return Response(_entry(parts.reader, seq).body, media_type="application/json")

    @app.get("/admin/entries/{seq}/proof.json", dependencies=[auditor])
    def proof(seq: str) -> Response:
        found = prove(parts.directory, _entry(parts.reader, seq).seq)
        headers = {"content-disposition": f'attachment; filename="entry-{found.seq}.proof.json"'}
        return Response(found.as_json(), media_type="application/json", headers=headers)

    @app.get("/admin/entries/{seq}", response_class=HTMLResponse, dependencies=[auditor])
    def entry(request: Request, seq: str) -> Response:
        stored = _entry(parts.reader, seq)
        related = parts.reader.of_request(stored.request_id) if stored.request_id else (stored,)
        context = {
            "entry": stored,
            "line": pages.line(stored),
            "record": pages.record_of(stored),
            "steps": [pages.step(item) for item in related],
            "leaf": stored.leaf.hex(),
            "signed": _is_signed(parts.directory, stored.seq),
            "at": pages.utc(stored.at_ms),
        }
        return templates.TemplateResponse(request, "entry.html", context)


def _add_evidence(app: FastAPI, parts: Parts, templates: Jinja2Templates) -> None:
    auditor = Depends(parts.guard.auditor)

    def page(request: Request, finding: Finding | None) -> Response:
        context = {"checkpoint": parts.reader.last_checkpoint(), "vkey": parts.vkey, "finding": finding}
        return templates.TemplateResponse(request, "evidence.html", context)

    @app.get("/admin/evidence", response_class=HTMLResponse, dependencies=[auditor])
    def evidence(request: Request) -> Response:
        return page(request, None)

    @app.post("/admin/evidence", response_class=HTMLResponse, dependencies=[auditor, Depends(parts.guard.same_origin)])
    async def verify(request: Request) -> Response:
        finding = await parts.verification.run()
        return await asyncio.to_thread(page, request, finding)

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/", include_in_schema=False)
    def root() -> Response:
        return RedirectResponse("/admin/")


def _entry(reader: Reader, seq: str) -> StoredEntry:
    if not seq.isascii() or not seq.isdigit() or len(seq) > 18:
        raise EntryNotFound("the log has no such entry")
    return reader.entry(int(seq))


def _is_signed(directory: Path, seq: int) -> bool:
    try:
        prove(directory, seq)
    except NotYetSigned:
        return False
    return True


def _csv(entries: tuple[StoredEntry, ...]) -> Iterator[str]:
    """A cell that a spreadsheet would read as a formula gets a leading apostrophe."""
    columns = ("seq", "at", "kind", "who", "what", "level", "destination", "result", "rules")
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for stored in entries:
        line = pages.line(stored)
        cells = [" ".join(line.rules) if name == "rules" else str(getattr(line, name)) for name in columns]
        writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in cells])
    yield buffer.getvalue()


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, GatewayError)  # noqa: S101  (registered for this type)
    wants_page = "text/html" in request.headers.get("accept", "")
    if wants_page and error.status == 401:
        return RedirectResponse("/admin/login", status_code=303)
    if wants_page:
        text = f"{error.status}: {error}"
        return HTMLResponse(f"<!doctype html><title>Refused</title><p>{text}</p>", status_code=error.status)
    kind = "request" if isinstance(error, RequestError) else "service"
    return JSONResponse({"error": {"code": error.code, "kind": kind, "message": str(error)}}, status_code=error.status)
