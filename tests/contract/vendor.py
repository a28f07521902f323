"""The vendors' own OpenAPI documents, and what they say of a call and its answer."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import HTTP
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from microcom.emulator.call import Route

SPECS = Path(os.environ.get("MICROCOM_SPECS") or Path(__file__).parents[2] / "../shared/specs")


OAUTH = ("authorize", "consent", "token", "revoke")
"""Endpoints of an emulator that the documents here leave out."""


def described(routes: Iterable[Route]) -> list[Route]:
    """Return the endpoints that a vendor's document describes."""
    return [route for route in routes if route.name not in OAUTH]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call as it left, and the answer as it came."""

    method: str
    url: str
    body: bytes
    status: int
    kind: str
    answer: bytes
    sent_kind: str = "application/json"

    @property
    def path(self) -> str:
        """Return the path of the call."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """Return the query of the call."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


class Vendor:
    """One vendor's document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        # Duplicate values in its lists make a vendor's document invalid in itself: not ours to say.
        config = Config(
            spec_validator_cls=None,  # type: ignore[arg-type] # as its own documentation says
            extra_media_type_deserializers={"application/problem+json": _from_json},
        )
        self._api = OpenAPI.from_dict(document, config=config)

    def complaints(self, exchange: Exchange) -> list[str]:
        """Return what the document has against a call and its answer, each in a sentence."""
        parts = urlsplit(exchange.url)
        request = MockRequest(
            f"{parts.scheme}://{parts.netloc}",
            exchange.method.lower(),
            exchange.path,
            args=exchange.query,
            headers={"authorization": "Bearer token"},
            data=_json(exchange) or None,
            content_type="application/json",
        )
        response = MockResponse(
            exchange.answer, status_code=exchange.status, content_type=exchange.kind
        )
        found = [f"request: query {name} is not defined" for name in self._unknown(exchange)]
        found += _said("request", lambda: self._api.validate_request(request))
        found += _said("response", lambda: self._api.validate_response(request, response))
        return found

    def _unknown(self, exchange: Exchange) -> list[str]:
        """Return the query's names that the operation does not define."""
        for template, operations in self._document["paths"].items():
            operation = operations.get(exchange.method.lower())
            if operation is not None and _fits(template, exchange.path):
                defined = {self._named(parameter) for parameter in operation.get("parameters", ())}
                return [name for name in exchange.query if name not in defined]
        return []

    def _named(self, parameter: dict[str, Any]) -> str:
        if "$ref" in parameter:
            parameter = self._document["components"]["parameters"][parameter["$ref"].split("/")[-1]]
        return str(parameter["name"])


@lru_cache
def vendor(name: str) -> Vendor:
    """Return a vendor's document; skip the test where it is not there."""
    path = SPECS / f"{name}-openapi-subset.json"
    if not path.is_file():
        pytest.skip(f"the vendors' documents are not part of this repository: no {path.name}")
    return Vendor(json.loads(path.read_text(encoding="utf-8")))


def _json(exchange: Exchange) -> bytes:
    """Return what was sent as JSON: a form as the object that the document takes in its place."""
    if not exchange.sent_kind.startswith("multipart/"):
        return exchange.body
    head = f"Content-Type: {exchange.sent_kind}\r\n\r\n".encode()
    form = message_from_bytes(head + exchange.body, policy=HTTP)
    fields: dict[str, Any] = {}
    for part in form.iter_parts():
        content: Any = part.get_payload(decode=True)
        name = str(part.get_param("name", header="content-disposition"))
        fields[name] = b64encode(content).decode() if part.get_filename() else content.decode()
    if "segment_index" in fields:
        fields["segment_index"] = int(fields["segment_index"])
    return json.dumps(fields).encode()


def _fits(template: str, path: str) -> bool:
    pieces = list(zip(template.split("/"), path.split("/"), strict=False))
    same = all(wanted == got or wanted.startswith("{") for wanted, got in pieces)
    exact = template.count("/") == path.count("/")
    return same and exact and not (template.endswith("{id}") and path.endswith("/me"))


def _said(which: str, validate: Callable[[], None]) -> list[str]:
    try:
        validate()
    except OpenAPIError as error:
        reasons = getattr(error.__cause__, "schema_errors", ())
        return [f"{which}: {error} {[reason.message for reason in reasons]}"]
    return []


def _from_json(body: bytes, **_: str) -> object:
    return json.loads(body)
