"""The bodies of Pinterest that are read. Unknown keys are let be; only ids have to be there.

Pins come back with a naive time in UTC, ``2022-10-13T01:40:29`` (seen live;
github.com/pinterest/api-quickstart/issues/78).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, Field, ValidationError

from microcom.core.steps import Reply

Id = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
Words = Annotated[str, Field(max_length=10_000)]
Model = TypeVar("Model", bound=BaseModel)


def _aware(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


class Owner(BaseModel):
    """Whose board it is."""

    username: str | None = None


class Board(BaseModel):
    """A board, an account's own or a group's."""

    id: Id
    name: Words = ""
    owner: Owner | None = None
    is_ads_only: bool | None = None
    pin_count: int | None = None


class Section(BaseModel):
    """A section of a board."""

    id: Id
    name: Words = ""


class Shown(BaseModel):
    """What a pin shows; the list is the slots of a carousel."""

    media_type: str | None = None
    items: list[dict[str, object]] | None = None


class Pin(BaseModel):
    """A pin of a board or section."""

    id: Id
    created_at: Annotated[datetime | None, AfterValidator(_aware)] = None
    title: Words | None = None
    description: Words | None = None
    link: Words | None = None
    board_id: str | None = None
    board_section_id: str | None = None
    creative_type: str | None = None
    is_owner: bool | None = None
    media: Shown | None = None


class Person(BaseModel):
    """Whom a token speaks for."""

    id: str = Field(min_length=1, max_length=50)
    username: str = Field(min_length=1, max_length=100)
    account_type: str | None = None


class Boards(BaseModel):
    """A page of boards."""

    items: list[Board]
    bookmark: str | None = None


class Sections(BaseModel):
    """A page of sections."""

    items: list[Section]
    bookmark: str | None = None


class Pins(BaseModel):
    """A page of pins."""

    items: list[Pin]
    bookmark: str | None = None


def boards(reply: Reply) -> Boards | None:
    """Return a page of boards, or None when the reply is none."""
    return _read(Boards, reply)


def sections(reply: Reply) -> Sections | None:
    """Return a page of sections, or None when the reply is none."""
    return _read(Sections, reply)


def pins(reply: Reply) -> Pins | None:
    """Return a page of pins, or None when the reply is none."""
    return _read(Pins, reply)


def board(reply: Reply) -> Board | None:
    """Return a board, or None when the reply is none."""
    return _read(Board, reply)


def person(reply: Reply) -> Person | None:
    """Return whom the token speaks for, or None when the reply does not say."""
    return _read(Person, reply)


def _read(model: type[Model], reply: Reply) -> Model | None:
    try:
        return model.model_validate(reply.json())
    except ValidationError:
        return None
