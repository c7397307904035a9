"""From bytes to lines: what a file or a list of requests must look like before any of it is sent. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256

import orjson

from gateway.batch.nouns import MESSAGES, Line, Problem
from gateway.batch.source import SourceError, members, only_list
from gateway.errors import InvalidBatch, InvalidFile

MOST_PROBLEMS = 100
"""How many problems of one file are told."""
MOST_ID_CHARACTERS = 512
Wrong = tuple[str, str, str | None]
"""What is wrong with a line: a code, a message that holds nothing of the line, and the member it is about."""
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_ANTHROPIC_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def pieces_of(content: bytes, most_lines: int) -> list[bytes]:
    """Returns the lines of a file with their ends, which together are the file.

    Raises:
        InvalidFile: it is empty, or has more lines.
    """
    lines = content.rstrip()
    count = lines.count(b"\n") + 1
    if not lines:
        raise InvalidFile("the file is empty")
    if count > most_lines:
        raise InvalidFile(f"the file has {count} lines; {most_lines} are allowed")
    pieces = _LINE.findall(lines)
    pieces[-1] += content[len(lines) :]
    return pieces


class Reading:
    """Reads the lines of one file in order and remembers what must not come twice."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._ids: set[str] = set()
        self._digest = sha256()
        self.problems: list[Problem] = []

    @property
    def digest(self) -> bytes:
        """The SHA-256 of what was read so far."""
        return self._digest.digest()

    def check(self, pieces: Iterable[bytes], first: int) -> None:
        """Notes what is wrong with these lines, the first of which has this number, counted from 1."""
        for number, piece in enumerate(pieces, first):
            self._digest.update(piece)
            for code, message, param in self._wrong_with(piece):
                if len(self.problems) < MOST_PROBLEMS:
                    self.problems.append(Problem(code, message, number, param))

    def _wrong_with(self, piece: bytes) -> Iterator[Wrong]:
        try:
            text = piece.decode()
            spans = members(text)
        except (SourceError, UnicodeDecodeError):
            yield "invalid_json_line", "This line is not a JSON object.", None
            return
        yield from self._wrong_id(_scalar(text, spans.get("custom_id")))
        if _scalar(text, spans.get("method")) != "POST":
            yield "invalid_method", "The method of every line must be POST.", "method"
        if _scalar(text, spans.get("url")) != self._endpoint:
            yield "invalid_url", "The url of every line must be the endpoint of the batch.", "url"
        begin, end = spans.get("body", (0, 0))
        yield from _wrong_body(text[begin:end])

    def _wrong_id(self, custom_id: object) -> Iterator[Wrong]:
        if not isinstance(custom_id, str) or not 0 < len(custom_id) <= MOST_ID_CHARACTERS:
            yield "missing_custom_id", f"A custom_id of 1 to {MOST_ID_CHARACTERS} characters is missing.", "custom_id"
        elif custom_id in self._ids:
            yield "duplicate_custom_id", "This custom_id is in the file before.", "custom_id"
        else:
            self._ids.add(custom_id)


def line_of(piece: bytes) -> Line:
    """Returns the line that a checked piece holds. Raises `SourceError` for any other."""
    text = piece.decode()
    spans = members(text)
    begin, end = spans["body"]
    custom_id = _scalar(text, spans["custom_id"])
    return Line(custom_id if isinstance(custom_id, str) else "", text[begin:end].encode())


def requests_of(body: bytes, most: int) -> list[bytes]:
    """Returns the requests of a message batch as the lines of a file.

    Raises:
        InvalidBatch: it is of another form; the message says which request, counted from 0, and why.
    """
    try:
        text = body.decode()
        spans = only_list(text, "requests", most)
    except (SourceError, UnicodeDecodeError):
        raise InvalidBatch("the body must be a JSON object with a list `requests` and nothing else") from None
    if not 0 < len(spans) <= most:
        raise InvalidBatch(f"`requests` must hold 1 to {most} requests")
    seen: set[str] = set()
    return [_request(text[begin:end], number, seen) for number, (begin, end) in enumerate(spans)]


def _request(text: str, number: int, seen: set[str]) -> bytes:
    where = f"requests.{number}"
    try:
        spans = members(text)
    except SourceError:
        raise InvalidBatch(f"{where}: this is not an object") from None
    if not spans.keys() <= {"custom_id", "params"}:
        raise InvalidBatch(f"{where}: only custom_id and params are known")
    custom_id = _scalar(text, spans.get("custom_id"))
    if not isinstance(custom_id, str) or not _ANTHROPIC_ID.fullmatch(custom_id):
        raise InvalidBatch(f"{where}.custom_id: 1 to 64 letters, digits, hyphens and underscores are needed")
    if custom_id in seen:
        raise InvalidBatch(f"{where}.custom_id: an earlier request has it")
    seen.add(custom_id)
    params = text[slice(*spans.get("params", (0, 0)))]
    for _, message, param in _wrong_body(params):
        raise InvalidBatch(f"{where}.params: {message if param != 'body' else 'This must be an object.'}")
    line = {"custom_id": custom_id, "method": "POST", "url": MESSAGES}
    return orjson.dumps(line)[:-1] + b',"body":' + b" ".join(params.encode().splitlines()) + b"}\n"


def _wrong_body(body: str) -> Iterator[Wrong]:
    try:
        spans = members(body)
    except SourceError:
        yield "invalid_body", "The body of this line is not a JSON object.", "body"
        return
    if "stream" in spans and body[slice(*spans["stream"])] not in ("false", "null"):
        yield "invalid_stream", "Nothing can be streamed in a batch.", "stream"


def _scalar(text: str, span: tuple[int, int] | None) -> object:
    """The value of a short piece of JSON, `None` for a missing or long one: nothing that is long matters here."""
    if span is None or span[1] - span[0] > 8 * MOST_ID_CHARACTERS:
        return None
    try:
        return orjson.loads(text[slice(*span)])
    except orjson.JSONDecodeError:
        return None
