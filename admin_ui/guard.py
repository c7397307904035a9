"""The door of the admin page: an auditor's key, a strict cookie, and headers that leave a browser no room."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from admin_ui.session import COOKIE, LIFETIME_MS, Sessions
from gateway.clock import Clock
from gateway.errors import Forbidden, GatewayError, Unauthenticated
from gateway.identity.keys import Keyring
from gateway.identity.purposes import require_role
from gateway.types import Identity, Role

_LONGEST_FORM = 4096
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    # Not `no-referrer`: browsers then send `Origin: null` with our own forms, and `same_origin` would refuse them.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
}


async def security_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Adds the headers to every answer. Not on the proxy's path, so a middleware may cost what it costs."""
    response = await call_next(request)
    response.headers.update(_HEADERS)
    return response


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets auditors in, by cookie or by key in the `Authorization` header, and nobody else."""

    keys: Keyring
    sessions: Sessions
    clock: Clock

    def auditor(self, request: Request) -> Identity:
        """Returns the auditor who asks.

        Raises:
            Unauthenticated: no session, an expired one, or a key that has been revoked or has expired since.
            Forbidden: a key without the auditor role.
        """
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
        identity = self.keys.identify(bearer) if bearer else self._of_cookie(request)
        require_role(identity, Role.AUDITOR)
        return identity

    def _of_cookie(self, request: Request) -> Identity:
        key_id = self.sessions.read(request.cookies.get(COOKIE), self.clock.now_ms())
        identity = self.keys.known(key_id) if key_id else None
        if identity is None:
            raise Unauthenticated("log in with an auditor's key")
        return identity

    def same_origin(self, request: Request) -> None:
        """Refuses a form that another site's page sent. Raises `Forbidden`."""
        origin = request.headers.get("origin")
        if origin is None or urlsplit(origin).netloc != request.headers.get("host"):
            raise Forbidden("this form must be sent from the page itself")

    def add_routes(self, app: FastAPI, templates: Jinja2Templates) -> None:
        """Adds the pages for logging in and out."""

        @app.get("/admin/login", response_class=HTMLResponse)
        def form(request: Request) -> Response:
            return templates.TemplateResponse(request, "login.html", {"refused": ""})

        @app.post("/admin/login")
        async def login(request: Request) -> Response:
            self.same_origin(request)
            try:
                identity = self.keys.identify(await _presented_key(request))
                require_role(identity, Role.AUDITOR)
            except GatewayError as error:
                context = {"refused": str(error)}
                return templates.TemplateResponse(request, "login.html", context, status_code=error.status)
            return self._let_in(request, identity)

        @app.post("/admin/logout")
        def logout(request: Request) -> Response:
            self.same_origin(request)
            answer = RedirectResponse("/admin/login", status_code=303)
            answer.delete_cookie(COOKIE, path="/admin")
            return answer

    def _let_in(self, request: Request, identity: Identity) -> Response:
        answer = RedirectResponse("/admin/", status_code=303)
        answer.set_cookie(
            COOKIE,
            self.sessions.issue(identity.key_id, self.clock.now_ms()),
            max_age=LIFETIME_MS // 1000,
            path="/admin",
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer


async def _presented_key(request: Request) -> str:
    """The key of the login form. Read by hand: a form parser is a dependency this one field does not need."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LONGEST_FORM:
            raise Unauthenticated("the API key is missing or not valid")
    fields = parse_qs(body.decode("ascii", errors="replace"), max_num_fields=4)
    return fields.get("key", [""])[0].strip()
