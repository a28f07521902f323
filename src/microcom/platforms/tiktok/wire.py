"""The bodies of TikTok that are read. Unknown keys are let be."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from microcom.core.steps import Reply

Model = TypeVar("Model", bound=BaseModel)
Id = Annotated[str, BeforeValidator(lambda value: str(value) if type(value) is int else value)]
"""Ids have nineteen digits and come as numbers; they are text from here on."""


class Creator(BaseModel):
    """What an account may do right now (query_creator_info)."""

    creator_username: str = ""
    creator_nickname: str = ""
    privacy_level_options: list[str] = []
    comment_disabled: bool = False
    duet_disabled: bool = False
    stitch_disabled: bool = False
    max_video_post_duration_sec: int | None = None


class Status(BaseModel):
    """How far a post has come (get_video_status); TikTok spells it ``publicaly``."""

    status: str = ""
    fail_reason: str = ""
    uploaded_bytes: int | None = None
    ids: list[Id] = Field([], validation_alias="publicaly_available_post_id", max_length=100)


class User(BaseModel):
    """Whom a token speaks for."""

    open_id: str = Field(min_length=1, max_length=200)
    username: str = ""
    display_name: str = ""


def creator(reply: Reply) -> Creator | None:
    """Return what the account may do, or None when the reply does not say."""
    return _read(Creator, reply.at_path("data"))


def status(reply: Reply) -> Status | None:
    """Return how far a post has come, or None when the reply does not say."""
    return _read(Status, reply.at_path("data"))


def user(reply: Reply) -> User | None:
    """Return whom the token speaks for, or None when the reply does not say."""
    return _read(User, reply.at_path("data.user"))


def _read(model: type[Model], value: object) -> Model | None:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None
