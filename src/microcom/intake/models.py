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
    CareRule,
    Count,
    Days,
    FitRule,
    Flag,
    Handle,
    Kind,
    Label,
    Language,
    Late,
    Maybe,
    Money,
    Name,
    OrEmpty,
    PolicyRule,
    Positive,
    Quiet,
    Redirect,
    Seconds,
    Slot,
    Span,
    Text,
    Variable,
    Version,
    Word,
    Wording,
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


def _listed(value: JsonValue) -> JsonValue:
    return [value] if isinstance(value, str) else value


class CeilingShape(Shape):
    """The most posts of one account; above it the account is parked."""

    hour: Maybe[Positive] = Field(None, description="posts in an hour")
    day: Maybe[Positive] = Field(None, description="posts in a day")


class MissedShape(Shape):
    """What becomes of a delivery that is late."""

    do: Maybe[Late] = Field(None, description="send, hold or skip it")
    after: Maybe[Span] = Field(None, description="how late is too late")


class SamenessShape(Shape):
    """What is too alike among the posts of a client: refuse it, warn, or off."""

    days: Maybe[Positive] = Field(None, description="how far back posts are compared")
    text: Maybe[PolicyRule] = Field(None, description="the same text, or nearly")
    media: Maybe[PolicyRule] = Field(None, description="the same file at one place")
    link: Maybe[PolicyRule] = Field(None, description="the same link too soon")


class RulesShape(Shape):
    """Rules; the same keys at every level, and the most specific level wins key by key."""

    ceiling: Annotated[CeilingShape, OrEmpty] = CeilingShape()
    missed: Annotated[MissedShape, OrEmpty] = MissedShape()
    max_hashtags: Maybe[Count] = Field(None, description="hashtags in a post, at most")
    max_links: Maybe[Count] = Field(None, description="links in a text, at most")
    banned: Maybe[list[Word]] = Field(None, description="words that no post may hold")
    must_state: Maybe[list[Label]] = Field(None, description="labels that each post answers")
    alt: Maybe[AltRule] = Field(
        None, description="a picture without alt text: require it, warn, or off"
    )
    fit: Maybe[FitRule] = Field(
        None, description="text over the limit: refuse it, trim it, or go on in a thread"
    )
    media: Maybe[CareRule] = Field(
        None, description="a file that does not fit: check it, or fix a copy of it"
    )
    gap: Maybe[Span] = Field(None, description="the least time between two posts of an account")
    quiet: Maybe[Annotated[list[Quiet], BeforeValidator(_listed)]] = Field(
        None, description="stretches of the target's wall clock when nothing goes out"
    )
    jitter: Maybe[Span] = Field(None, description="how much later, by chance, a post may go out")
    sameness: Annotated[SamenessShape, OrEmpty] = SamenessShape()
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
    monthly_budget_usd: Maybe[Money] = Field(
        None, description="the most that all of its accounts may spend in a month"
    )


class LinksShape(Shape):
    """What becomes of the links in posts."""

    utm: Annotated[dict[Name, Text], OrEmpty] = Field(
        {}, description="utm parameters to add; the values are templates"
    )
    only: Annotated[list[Text], BeforeValidator(_listed)] = Field(
        [], description="hosts that links may lead to; others are refused"
    )
    deny: Annotated[list[Text], BeforeValidator(_listed)] = Field(
        [], description="hosts that links may not lead to"
    )
    untouched: Annotated[list[Text], BeforeValidator(_listed)] = Field(
        [], description="hosts whose links never get a parameter"
    )


Links = Annotated[LinksShape, OrEmpty]
Budgets = Annotated[dict[Name, Money], OrEmpty]
Blackout = Annotated[list[Days], BeforeValidator(_listed)]


class ClientShape(Shape):
    """An agency's customer, and what holds for all of its accounts."""

    name: Maybe[Text] = Field(None, description="how people call it")
    timezone: Maybe[Zone] = None
    monthly_budget_usd: Budgets = Field({}, description="the most to spend in a month, by platform")
    blackout: Blackout = Field([], description="days when nothing goes out")
    links: Links = LinksShape()
    rules: Rules = RulesShape()
    platforms: Annotated[dict[Name, Rules], OrEmpty] = Field({}, description="rules by platform")
    use: Annotated[dict[Name, Name], OrEmpty] = Field({}, description="the app for each platform")


class WordsShape(Shape):
    """What a place gives to the words of each post."""

    model_config = ConfigDict(extra="allow")

    timezone: Maybe[Zone] = None
    language: Maybe[Language] = Field(None, description="what people speak there, such as fr")
    tags: Maybe[Annotated[list[Word], BeforeValidator(_listed)]] = Field(
        None, description="hashtags of each post there, without #"
    )
    vars: Annotated[dict[Variable, Text], OrEmpty] = Field(
        {}, description="values for templates: {{ greeting }}"
    )
    slots: Maybe[Annotated[list[Slot], BeforeValidator(_listed)]] = Field(
        None, description="weekly times: mon-fri 09:00"
    )


class CommunityShape(WordsShape):
    """A place an account can post to. Keys that name it are its platform's own."""

    rules: Rules = RulesShape()


class AccountShape(WordsShape):
    """One login on one platform. Keys that only its platform knows are checked against its list."""

    platform: Name
    client: Maybe[Name] = Field(None, description="whose account it is: a name under clients")
    handle: Handle = Field(description="the login's name on the platform, without @")
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


class GroupShape(Shape):
    """A named list of targets, of one client unless it says otherwise."""

    across_clients: Maybe[Flag] = Field(None, description="whether it may mix clients")
    targets: list[Text] = Field(description="account, or account/community")


class AccountsFile(Shape):
    """Who posts where. No secrets here: they live in the vault."""

    microcom: Version = Field(FORMAT, description="the version of this format")
    project: Name = Field(description="which posts belong together; the same on every machine")
    timezone: Maybe[Zone] = Field(None, description="where clients and accounts give none")
    monthly_budget_usd: Budgets = Field({}, description="as of a client, for accounts without one")
    blackout: Blackout = Field([], description="days when nothing goes out, for every client")
    links: Links = LinksShape()
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


MediaList = Annotated[list[Annotated[MediaShape, BeforeValidator(_file)]], BeforeValidator(_listed)]
Tags = Annotated[list[Word], BeforeValidator(_listed)]


class WordingKeys(Shape):
    """What a post says, and when: the same keys for all of its targets and for some of them."""

    at: Maybe[Text] = Field(None, description="when, on the wall clock of each target")
    title: Maybe[Wording] = Field(None, description="where a platform has titles")
    link: Maybe[Wording] = Field(None, description="in the platform's field, else after the text")
    tags: Maybe[Tags] = Field(None, description="hashtags, without #")
    media: Maybe[MediaList] = Field(None, description="pictures or video")
    labels: Annotated[LabelsShape, OrEmpty] = LabelsShape()
    fit: Maybe[FitRule] = Field(None, description="text over the limit: refuse, trim or thread")
    vars: Annotated[dict[Variable, Text], OrEmpty] = Field({}, description="values for templates")
    options: Annotated[dict[Name, dict[Name, Text]], OrEmpty] = Field(
        {}, description="keys for one platform, by its name"
    )


class VariantKeys(WordingKeys):
    """What a post says otherwise for some of its targets; a key that is left out stays the same."""

    text: Maybe[Wording] = Field(None, description="instead of the text below; an empty one: none")


class IdentityKeys(Shape):
    """Which post it is, and where it goes."""

    id: Maybe[Name] = Field(None, description="keeps it the same post when the file moves")
    to: Annotated[list[Text], BeforeValidator(_listed)] = Field(
        [], description="targets and groups"
    )
    campaign: Maybe[Name] = Field(None, description="which posts belong together")


class PostKeys(WordingKeys, IdentityKeys):
    """What stands between the first two lines of --- in a post file."""

    for_: Annotated[dict[Text, Annotated[VariantKeys, OrEmpty]], OrEmpty] = Field(
        {},
        alias="for",
        description="otherwise for client:NAME, platform:NAME, group:NAME, ACCOUNT or"
        " ACCOUNT/COMMUNITY; later in this list wins",
    )
