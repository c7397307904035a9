"""`/v1/files`: the input and the results of batches, as OpenAI's SDK reads them. Nothing else is a file here."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

import orjson

from gateway.api.boundary import Handler, Visit
from gateway.api.headers import credential_of, declared_in, refuse_unknown_labels
from gateway.api.multipart import Form, boundary_of, read_form
from gateway.api.owner import owner_in
from gateway.api.pages import limit_of, page_of, parameters_of
from gateway.batch.files import UPLOADED, Files, Upload
from gateway.batch.nouns import KeptFile, Said
from gateway.errors import InvalidFile, MalformedBody
from gateway.ports import Keys
from gateway.settings import BatchSettings, LimitSettings
from gateway.vault.vault import owner_of

_FORM_BYTES = 65_536
"""How much longer than its file a form may be."""
_LIST_LIMIT = 10_000
_NAME = re.compile(r"[^\x00-\x1f\x7f/\\]{1,255}")


class FileDesk:
    """The handlers about files. `keys` says whose they are."""

    def __init__(self, files: Files, keys: Keys, batch: BatchSettings, limits: LimitSettings) -> None:
        self._files = files
        self._keys = keys
        self._batch = batch
        self._limits = limits

    async def upload(self, visit: Visit) -> None:
        """Takes a file in."""
        refuse_unknown_labels(visit.headers)
        declared = declared_in(visit.headers)
        said = Said(level=declared.level, categories=declared.categories)
        file = await self._files.add(owner_in(visit, self._keys), _upload(await self._form(visit), said))
        await visit.answer.json(orjson.dumps(shown(file)))

    async def _form(self, visit: Visit) -> Form:
        boundary = boundary_of(visit.headers.one("content-type") or "")
        limit_bytes = self._batch.file_bytes + _FORM_BYTES
        body = await visit.caller.body(limit_bytes=limit_bytes, within_s=self._limits.body_read_s)
        form = await asyncio.to_thread(read_form, body, boundary)
        if len(form.content) > self._batch.file_bytes:
            raise InvalidFile(f"the file is larger than {self._batch.file_bytes} bytes")
        return form

    async def list(self, visit: Visit) -> None:
        """Lists the files of an app."""
        asked = parameters_of(visit.query)
        files = [file for file in await self._files.listed(owner_in(visit, self._keys)) if _wanted(file, asked)]
        if asked.get("order", "desc") == "asc":
            files.reverse()
        page = page_of(files, limit_of(asked, usual=_LIST_LIMIT, most=_LIST_LIMIT), after=asked.get("after"))
        await visit.answer.json(orjson.dumps(listing([shown(file) for file in page.items], has_more=page.has_more)))

    async def show(self, visit: Visit) -> None:
        """Shows one."""
        file = await self._files.get(owner_in(visit, self._keys), visit.path_parameters["file_id"])
        await visit.answer.json(orjson.dumps(shown(file)))

    async def content(self, visit: Visit) -> None:
        """Answers with the bytes of one."""
        owner = owner_in(visit, self._keys)
        file = await self._files.get(owner, visit.path_parameters["file_id"])
        visit.caller.watch()
        await visit.answer.content("application/jsonl", self._files.content(owner, file))

    async def delete(self, visit: Visit) -> None:
        """Destroys one."""
        file_id, identity = visit.path_parameters["file_id"], self._keys.identify(credential_of(visit.headers))
        await self._files.delete(owner_of(identity), file_id, identity.key_id)
        await visit.answer.json(orjson.dumps({"id": file_id, "object": "file", "deleted": True}))

    @property
    def several(self) -> Mapping[str, Handler]:
        """What `/v1/files` answers."""
        return {"GET": self.list, "POST": self.upload}

    @property
    def one(self) -> Mapping[str, Handler]:
        """What `/v1/files/{file_id}` answers."""
        return {"GET": self.show, "DELETE": self.delete}


def ttl_ms_of(anchor: object, seconds: object) -> int:
    """Returns how long a file shall be kept, in milliseconds. Raises `MalformedBody`."""
    count = int(seconds) if isinstance(seconds, str) and re.fullmatch(r"[0-9]{1,9}", seconds) else seconds
    if anchor != "created_at" or not isinstance(count, int) or not 3600 <= count <= 2_592_000:
        raise MalformedBody("a file expires 3600 to 2592000 `seconds` after the `anchor` created_at")
    return count * 1000


def listing(data: list[dict[str, object]], *, has_more: bool) -> dict[str, object]:
    """Returns a page as OpenAI's SDK reads it."""
    ends = {"first_id": data[0]["id"] if data else None, "last_id": data[-1]["id"] if data else None}
    return {"object": "list", "data": data, **ends, "has_more": has_more}


def shown(file: KeptFile) -> dict[str, object]:
    """Returns a file as OpenAI's SDK reads it."""
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.size_bytes,
        "created_at": file.created_ms // 1000,
        "expires_at": file.expires_ms // 1000,
        "filename": file.filename,
        "purpose": file.purpose,
        "status": "processed",
        "status_details": None,
    }


def _upload(form: Form, said: Said) -> Upload:
    fields = form.fields
    if fields.get("purpose") != UPLOADED:
        raise InvalidFile("`purpose` must be batch: files are kept for nothing else here")
    if not _NAME.fullmatch(form.filename):
        raise InvalidFile("the name of the file has characters that are not allowed, or too many")
    expiry = {name: value for name, value in fields.items() if name.startswith("expires_after[")}
    ttl_ms = ttl_ms_of(fields.get("expires_after[anchor]"), fields.get("expires_after[seconds]")) if expiry else None
    return Upload(form.filename, form.content, said, ttl_ms)


def _wanted(file: KeptFile, asked: Mapping[str, str]) -> bool:
    return asked.get("purpose", file.purpose) == file.purpose
