"""The shapes of our files: which keys may stand where; their JSON Schemas come from here too."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from microcom.core.steps import JsonValue
from microcom.intake.words import (
    FORMAT,
    AltRule,
    AltText,
    Brand,
    Count,
    Flag,
    Handle,
    Kind,
    Late,
    Maybe,
    Name,
    OrEmpty,
    Positive,
    Redirect,
    Seconds,
    Span,
    Text,
    Version,
    Word,
    Zone,
    refuse,
    shown,
)


class Shape(BaseModel):
    """A block of keys; a key that is not listed is a mistake."""

    model_config = ConfigDict(
        extra="forbid",
        defer_build=True,
        frozen=True,
        model_title_generator=lambda shape: shape.__name__.removesuffix("Shape"),
    )


class CeilingShape(Shape):
    """The most posts of one account; above it the account is parked."""

    hour: Maybe[Positive] = Field(None, description="posts in an hour")
    day: Maybe[Positive] = Field(None, description="posts in a day")


class MissedShape(Shape):
    """What becomes of a delivery that is late."""

    do: Maybe[Late] = Field(None, description="send, hold or skip it")
    after: Maybe[Span] = Field(None, description="how late is too late")


class RulesShape(Shape):
    """Rules; the same keys at every level, and the most specific level wins key by key."""

    ceiling: Annotated[CeilingShape, OrEmpty] = CeilingShape()
    missed: Annotated[MissedShape, OrEmpty] = MissedShape()
    max_hashtags: Maybe[Count] = Field(None, description="hashtags in a post, at most")
    banned: Maybe[list[Word]] = Field(None, description="words that no post may hold")
    alt: Maybe[AltRule] = Field(
        None, description="a picture without alt text: require it, warn, or off"
    )
    stop_after: Maybe[Positive] = Field(None, description="failures in a row that park an account")
    stage: Maybe[Span] = Field(None, description="how long ahead files are uploaded")


Rules = Annotated[RulesShape, OrEmpty]


class AppShape(Shape):
    """A developer app on a platform. Its id is public; secrets never stand in this file."""

    model_config = ConfigDict(extra="allow")

    platform: Name
    client_id: Maybe[Text] = Field(None, description="the id that the platform gave the app")
    kind: Maybe[Kind] = Field(None, description="what it was registered as")
    redirect: Maybe[Redirect] = Field(
        None, description="where a login comes back to, as it was registered"
    )


class ClientShape(Shape):
    """An agency's customer, and what holds for all of its accounts."""

    name: Maybe[Text] = Field(None, description="how people call it")
    timezone: Maybe[Zone] = None
    rules: Rules = RulesShape()
    platforms: Annotated[dict[Name, Rules], OrEmpty] = Field({}, description="rules by platform")
    use: Annotated[dict[Name, Name], OrEmpty] = Field({}, description="the app for each platform")


class CommunityShape(Shape):
    """A place an account can post to. Keys that name it are its platform's own."""

    model_config = ConfigDict(extra="allow")

    rules: Rules = RulesShape()


class AccountShape(Shape):
    """One login on one platform. Keys that only its platform knows are checked against its list."""

    model_config = ConfigDict(extra="allow")

    platform: Name
    client: Maybe[Name] = Field(None, description="whose account it is: a name under clients")
    handle: Handle = Field(description="the login's name on the platform, without @")
    timezone: Maybe[Zone] = None
    app: Maybe[Name] = Field(None, description="the app it speaks through: a name under apps")
    default: Maybe[Name] = Field(None, description="the community that its bare name means")
    rules: Rules = RulesShape()
    communities: Annotated[dict[Name, Annotated[CommunityShape, OrEmpty]], OrEmpty] = {}


def _group(value: JsonValue) -> JsonValue:
    if not isinstance(value, list | dict):
        refuse(
            "config.list", f"expected a list of targets, found {shown(value)}", "Write [acme-x]."
        )
    return {"targets": value} if isinstance(value, list) else value


def _listed(value: JsonValue) -> JsonValue:
    return [value] if isinstance(value, str) else value


class GroupShape(Shape):
    """A named list of targets, of one client unless it says otherwise."""

    across_clients: Maybe[Flag] = Field(None, description="whether it may mix clients")
    targets: list[Text] = Field(description="account, or account/community")


class AccountsFile(Shape):
    """Who posts where. No secrets here: they live in the vault."""

    microcom: Version = Field(FORMAT, description="the version of this format")
    project: Name = Field(description="which posts belong together; the same on every machine")
    timezone: Maybe[Zone] = Field(None, description="where clients and accounts give none")
    rules: Rules = RulesShape()
    platforms: Annotated[dict[Name, Rules], OrEmpty] = Field({}, description="rules by platform")
    apps: Annotated[dict[Name, AppShape], OrEmpty] = {}
    use: Annotated[dict[Name, Name], OrEmpty] = Field({}, description="the app for each platform")
    clients: Annotated[dict[Name, Annotated[ClientShape, OrEmpty]], OrEmpty] = {}
    accounts: Annotated[dict[Name, AccountShape], OrEmpty] = {}
    groups: Annotated[dict[Name, Annotated[GroupShape, BeforeValidator(_group)]], OrEmpty] = {}


class MediaShape(Shape):
    """A picture or video."""

    file: Text = Field(description="relative to this file")
    alt: Maybe[AltText] = Field(None, description="what it shows; an empty text: decoration")
    part: Positive = Field(1, description="the part of the thread it hangs on")
    cover: Maybe[Seconds] = Field(None, description="the second of a video to show first")


class LabelsShape(Shape):
    """What a post says about itself."""

    ai: Maybe[Flag] = Field(None, description="made or changed by AI")
    paid: Maybe[Flag] = Field(None, description="a paid partnership")
    brand: Maybe[Brand] = Field(None, description="whose business it promotes")


def _file(value: JsonValue) -> JsonValue:
    return {"file": value} if isinstance(value, str) else value


class PostKeys(Shape):
    """What stands between the first two lines of --- in a post file."""

    id: Maybe[Name] = Field(None, description="keeps it the same post when the file moves")
    to: Annotated[list[Text], BeforeValidator(_listed)] = Field(
        [], description="targets and groups"
    )
    at: Maybe[Text] = Field(None, description="when, on the wall clock of each target")
    campaign: Maybe[Name] = Field(None, description="which posts belong together")
    title: Maybe[Text] = Field(None, description="where a platform has titles")
    link: Maybe[Text] = Field(None, description="in the platform's field, else after the text")
    media: Annotated[
        list[Annotated[MediaShape, BeforeValidator(_file)]], BeforeValidator(_listed)
    ] = Field([], description="pictures or video")
    labels: Annotated[LabelsShape, OrEmpty] = LabelsShape()
    options: Annotated[dict[Name, dict[Name, Text]], OrEmpty] = Field(
        {}, description="keys for one platform, by its name"
    )
