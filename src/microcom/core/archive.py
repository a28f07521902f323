"""What an export is: a zip of members with known names, and a manifest that vouches for each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from microcom.errors import UserError
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.core.steps import JsonValue

FORMAT = 1
MANIFEST = "manifest.json"
SECRETS = "secrets.sealed"
LARGEST_MANIFEST = 64 << 20
LONGEST_ROW = 8 << 20
"""Bytes of one row: far more than the longest post with everything that belongs to it."""
MOST_SQUEEZED = 500
"""How many times larger than in the archive a table may be: what is read never runs away."""
_NAMES = re.compile(
    r"tables/[a-z_]{1,40}\.jsonl|media/[0-9a-f]{64}|secrets\.sealed"
    r"|config/accounts\.yaml|config/accounts\.d/[^/\\\x00-\x1f.][^/\\\x00-\x1f]{0,200}\.ya?ml"
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an export: how many bytes it has, and their SHA-256 (hex)."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export says of itself.

    ``store`` and ``marks`` are the name of the queue it was made of and how far that had come;
    ``made`` is the moment up to which it knows everything, in microseconds since 1970. ``columns``
    are those of each table, in the order of its rows. ``client`` is whose alone it is, if anyone's.
    """

    store: str
    marks: int
    made: int
    schema: int
    world: str
    actor: str
    program: str
    client: str | None
    columns: Mapping[str, tuple[str, ...]]
    rows: Mapping[str, int]
    members: Mapping[str, Member]

    @property
    def has_secrets(self) -> bool:
        """Say whether tokens and app secrets are in it, sealed."""
        return SECRETS in self.members

    def media(self) -> list[str]:
        """Return the SHA-256 of each media file in it."""
        names = (name for name in self.members if name.startswith("media/"))
        return [name.removeprefix("media/") for name in names]

    def config(self) -> list[str]:
        """Return the names of the accounts files in it."""
        return [name for name in self.members if name.startswith("config/")]

    def to_json(self) -> str:
        """Return it as text."""
        return json.dumps({"microcom_export": FORMAT, **asdict(self)}, indent=1)

    @classmethod
    def of(cls, text: bytes, path: str) -> Manifest:
        """Return what :meth:`to_json` wrote; raise UserError ``archive.*`` for anything else."""
        try:
            said = json.loads(text)
            number = _number(said["microcom_export"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise foreign(path) from error
        if number > FORMAT:
            message = f"{path} was exported by a newer microcom (format {number})."
            hint = f"This one reads format {FORMAT}: upgrade microcom."
            raise UserError(message, code="archive.newer", hint=hint)
        try:
            return _manifest(said)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise damaged(path, "its manifest is not whole") from error


def table(name: str) -> str:
    """Return the member that holds a table's rows."""
    return f"tables/{name}.jsonl"


def may_be(name: str) -> bool:
    """Say whether an export may have a member of that name."""
    return name == MANIFEST or _NAMES.fullmatch(name) is not None


def foreign(path: str) -> UserError:
    """Return the error for a file that is no export at all."""
    message = f"{path} is no export of microcom, or its end is missing."
    return UserError(message, code="archive.foreign", hint="Give a file that `export` wrote.")


def damaged(path: str, what: str) -> UserError:
    """Return the error for an export that is not as it was written."""
    message = f"The export {path} is damaged: {what}."
    return UserError(message, code="archive.damaged", hint="Nothing was written. Take another one.")


def _manifest(said: Mapping[str, JsonValue]) -> Manifest:
    members = {
        _text(name): Member(_number(one["bytes"]), _text(one["sha256"]))
        for name, one in said["members"].items()
    }
    if not all(map(may_be, members)):
        raise ValueError
    client = said["client"]
    return Manifest(
        store=_text(said["store"]),
        marks=_number(said["marks"]),
        made=_number(said["made"]),
        schema=_number(said["schema"]),
        world=_text(said["world"]),
        actor=_text(said["actor"]),
        program=_text(said["program"]),
        client=None if client is None else _text(client),
        columns={name: tuple(map(_text, names)) for name, names in said["columns"].items()},
        rows={name: _number(count) for name, count in said["rows"].items()},
        members=members,
    )


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _number(value: JsonValue) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise ValueError
    return value
