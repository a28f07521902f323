"""One HTTP call as an emulator sees it: what came in, what goes back, and which endpoint it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from microcom.emulator.faults import Fault
from microcom.values import dataclass

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from microcom.core.steps import JsonValue

LARGEST_BODY = 1024 * 1024
HTML = {"content-type": "text/html; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it came in; ``veil`` is what is wrong with the listing it asks for."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    params: Mapping[str, str] = field(default_factory=dict)
    veil: Fault | None = None

    @property
    def token(self) -> str:
        """Return the bearer token, or ""."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def json(self) -> JsonValue:
        """Return the body as JSON; raise ValueError for anything else, a key twice included."""
        try:
            return json.loads(self.body, object_pairs_hook=_unique, parse_constant=_no_constant)
        except RecursionError as error:
            message = "nested too deeply"
            raise ValueError(message) from error


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of_json(
        cls, status: int, value: JsonValue, kind: str = "application/json", **headers: str
    ) -> Answer:
        """Return an answer with a JSON body; ``headers`` have underscores for dashes."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, body, {"content-type": f"{kind}; charset=utf-8", **named})

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        """Return the answer with more headers."""
        return replace(self, headers={**self.headers, **headers})


class Refusal(Exception):
    """A handler's way out: the answer that refuses the call."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: its name, method, path with ``{placeholders}``, and what answers it."""

    name: str
    method: str
    path: str
    handler: Callable[[Request], Answer]
    lists: bool = False
    largest: int = LARGEST_BODY
    """The longest body it takes, in bytes."""

    def match(self, method: str, path: str) -> Mapping[str, str] | None:
        """Return the placeholders' values, or None when this is another endpoint."""
        if method != self.method:
            return None
        found = _pattern(self.path).fullmatch(path)
        return None if found is None else found.groupdict()


def head(environ: WSGIEnvironment, now: datetime) -> Request:
    """Return a WSGI call as a request, its body still unread."""
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in {"CONTENT_TYPE", "CONTENT_LENGTH"}
    }
    return Request(
        method=str(environ["REQUEST_METHOD"]),
        path=str(environ.get("PATH_INFO", "/")),
        query=tuple(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
        headers=headers,
        body=b"",
        at=now,
    )


def whole(environ: WSGIEnvironment, opening: Request, largest: int) -> Request | None:
    """Return the request with its body, None where that is longer than ``largest`` bytes."""
    length = opening.headers.get("content-length", "")
    size = int(length) if length.isdecimal() else 0
    if size > largest or opening.headers.get("transfer-encoding") == "chunked":
        return None
    return replace(opening, body=environ["wsgi.input"].read(size)) if size else opening


def send(answer: Answer, start: StartResponse, now: datetime) -> list[bytes]:
    """Start a WSGI response with an answer and return its body."""
    headers = {
        "date": format_datetime(now.astimezone(UTC), usegmt=True),
        "content-length": str(len(answer.body)),
        **answer.headers,
    }
    phrase = HTTPStatus(answer.status).phrase
    start(f"{answer.status} {phrase}", list(headers.items()))
    return [answer.body]


@lru_cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))


def _unique(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    found = dict(pairs)
    if len(found) != len(pairs):
        message = "a key stands twice"
        raise ValueError(message)
    return found


def _no_constant(name: str) -> JsonValue:
    raise ValueError(name)
