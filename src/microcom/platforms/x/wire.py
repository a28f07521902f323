"""The bodies of X that are read, in both of its vocabularies.

Since August 2026 X says ``post`` where it said ``tweet``, and mirrors the words it is asked in
(docs.x.com OpenAPI 2.167; measured live by a third party on 2026-08-23). Unknown keys are let be.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import AliasChoices, BaseModel, Field, ValidationError

from microcom.core.steps import Reply

Id = Annotated[str, Field(pattern=r"^[0-9]{1,19}$")]
Text = Annotated[str, Field(max_length=200_000)]
Model = TypeVar("Model", bound=BaseModel)


class Url(BaseModel):
    """A link in a post: X's short one, and where it leads."""

    url: str | None = None
    expanded_url: str | None = None
    media_key: str | None = None


class Entities(BaseModel):
    """What X found in a text."""

    urls: list[Url] | None = None


class Note(BaseModel):
    """The whole text of a long post."""

    text: Text
    entities: Entities | None = None


class Attachments(BaseModel):
    """What hangs on a post."""

    media_keys: list[str] | None = None
    poll_ids: list[str] | None = None


class Reference(BaseModel):
    """Another post that a post speaks of: ``replied_to``, ``quoted``, ``retweeted``."""

    type: str
    id: Id


class Post(BaseModel):
    """A post of a timeline."""

    id: Id
    text: Text = ""
    created_at: datetime | None = None
    conversation_id: str | None = None
    attachments: Attachments | None = None
    entities: Entities | None = None
    note: Note | None = Field(None, validation_alias=AliasChoices("note_tweet", "note_post"))
    references: list[Reference] | None = Field(
        None, validation_alias=AliasChoices("referenced_tweets", "referenced_posts")
    )


class Meta(BaseModel):
    """Where a page stands in its listing, and how many posts it has."""

    result_count: int
    next_token: str | None = Field(None, max_length=500)


class Trouble(BaseModel):
    """Something that a 200 could not show: a post, or something that a post refers to."""

    section: str | None = None
    parameter: str | None = None

    @property
    def is_beside(self) -> bool:
        """Say whether only something that a post refers to is missing."""
        asked = (self.parameter or "").startswith(("referenced_", "attachments."))
        return self.section == "includes" or asked


class Page(BaseModel):
    """One page of a timeline."""

    data: list[Post] = Field([], max_length=100)
    meta: Meta
    errors: list[Trouble] = []

    @property
    def is_whole(self) -> bool:
        """Say whether every post of the page is there; what posts refer to may be missing."""
        beside = all(trouble.is_beside for trouble in self.errors)
        return beside and self.meta.result_count == len(self.data)


class User(BaseModel):
    """Whom a token speaks for."""

    id: Id
    username: str = Field(pattern=r"^\w{1,50}$")
    newest: Id | None = Field(
        None, validation_alias=AliasChoices("most_recent_post_id", "most_recent_tweet_id")
    )


class Me(BaseModel):
    """The answer to "who am I"."""

    data: User


def page(reply: Reply) -> Page | None:
    """Return a page of a timeline, or None when the reply is none."""
    return _read(Page, reply)


def me(reply: Reply) -> User | None:
    """Return whom the token speaks for, or None when the reply does not say."""
    found = _read(Me, reply)
    return None if found is None else found.data


def _read(model: type[Model], reply: Reply) -> Model | None:
    try:
        return model.model_validate(reply.json())
    except ValidationError:
        return None
