"""Reading forms as a strict service does: form-encoded, and multipart (RFC 7578)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.emulator.call import Request

KIND = re.compile(
    r'multipart/form-data;\s*boundary="?(?P<boundary>[0-9A-Za-z\'()+_,./:=? -]{1,70})"?'
)
NAMED = re.compile(rb'(?:\A|;)\s*(?P<key>name|filename)="(?P<value>[^"]*)"')
MOST_FIELDS = 64


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form; ``filename`` and ``mime`` are None for a plain one."""

    name: str
    content: bytes
    filename: str | None = None
    mime: str | None = None

    @property
    def text(self) -> str:
        """Return the content as text; raise ValueError for what is none."""
        return self.content.decode()


def fields(request: Request) -> dict[str, str]:
    """Return the fields of a form-encoded request; raise ValueError for anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        message = "not a form"
        raise ValueError(message)
    pairs = parse_qsl(
        request.body.decode(),
        keep_blank_values=True,
        strict_parsing=True,
        max_num_fields=MOST_FIELDS,
    )
    if len(dict(pairs)) != len(pairs):
        message = "a field stands twice"
        raise ValueError(message)
    return dict(pairs)


def form(request: Request) -> list[Field]:
    """Return the fields of a request's form, in order; raise ValueError for anything else."""
    kind = KIND.fullmatch(request.headers.get("content-type", ""))
    if kind is None:
        message = "not a multipart form"
        raise ValueError(message)
    line = b"--" + kind["boundary"].encode()
    first, *parts = (b"\r\n" + request.body).split(b"\r\n" + line)
    if first or not parts or parts[-1].strip(b"\r\n") != b"--" or len(parts) > MOST_FIELDS:
        message = "the form does not begin, part or end with its boundary"
        raise ValueError(message)
    return [_field(part) for part in parts[:-1]]


def _field(part: bytes) -> Field:
    head, blank, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    lines = dict(line.split(b":", 1) for line in head.split(b"\r\n") if b":" in line)
    said = {name.strip().lower(): value.strip() for name, value in lines.items()}
    names = {
        found["key"]: found["value"].decode()
        for found in NAMED.finditer(said.get(b"content-disposition", b""))
    }
    if not blank or b"name" not in names:
        message = "a field without a name"
        raise ValueError(message)
    mime = said.get(b"content-type")
    return Field(
        names[b"name"], content, names.get(b"filename"), None if mime is None else mime.decode()
    )
