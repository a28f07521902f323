"""How microcom speaks to X: the API version 2, as an account's own user."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from microcom.core.account import Account, Community
from microcom.core.bodies import Json
from microcom.core.capability import (
    Capabilities,
    Ceiling,
    FileRule,
    MediaRule,
    Policy,
    Price,
    Proof,
    Range,
    SamenessRule,
    TextRule,
)
from microcom.core.login import AppKind, Identity, Login, OAuth2
from microcom.core.media import MediaKind
from microcom.core.options import Option
from microcom.core.passage import Outgoing, Receipt
from microcom.core.platform import Platform
from microcom.core.problem import Problem, Severity
from microcom.core.steps import Call, Effect, Wait
from microcom.core.text import Counting
from microcom.platforms.x import addresses

if TYPE_CHECKING:
    from microcom.core.limit import Left, Limit
    from microcom.core.post import Snapshot
    from microcom.core.settling import Mark, Verdict
    from microcom.core.steps import JsonValue, Reply, Steps
    from microcom.errors import PlatformError

TIMELINE = "timeline"
COMMUNITY = "community"
PREMIUM = "premium"

# docs.x.com, x-api/media/quickstart/best-practices, August 2026. Premium accounts may post longer
# and larger video, with figures that are not documented for the API: they are held to these.
MEDIA = MediaRule(
    files=(
        FileRule(
            MediaKind.IMAGE, ("image/jpeg", "image/png", "image/webp", "image/gif"), 5_000_000, 4
        ),
        FileRule(
            MediaKind.ANIMATION,
            ("image/gif",),
            15_000_000,
            width=Range(most=1280),
            height=Range(most=1080),
            max_frames=350,
            max_pixels=300_000_000,
        ),
        FileRule(
            MediaKind.VIDEO,
            ("video/mp4", "video/quicktime"),
            512_000_000,
            width=Range(32, 1280),
            height=Range(32, 1280),
            ratio=Range(1 / 3, 3),
            seconds=Range(0.5, 140),
            fps=Range(most=60),
            codecs=("h264",),
            pixels=("yuv420p", "yuvj420p"),
        ),
    ),
    source="docs.x.com, media best practices, August 2026",
    lives=timedelta(hours=24),
    alt_limit=1000,
    # Whether X takes alt text for video is not documented: it is not sent.
    alt_kinds=(MediaKind.IMAGE, MediaKind.ANIMATION),
)

ON_THE_TIMELINE = Capabilities(
    kind=TIMELINE,
    # docs.x.com, fundamentals/counting-characters; long posts since 2024-08-20, for Premium.
    # How long posts are counted is not documented; the same weights are assumed.
    text=TextRule(280, Counting.WEIGHTED, long_limit=25_000, long_option=PREMIUM),
    # X states no limit for threads made of replies; its own composer stops at 25.
    thread_parts=25,
    # Our own choice: replies sent faster than one a second or two are taken for spam.
    part_gap=2.0,
    # Our own choice, far below the API's 100 posts in 15 minutes: suspensions happen to
    # accounts that only ever used the API (github.com/plhery/node-twitter-api-v2/issues/629).
    ceiling=Ceiling(hour=50, day=300),
    price=Price(post=15_000, post_with_link=200_000, alt=5_000, as_of=date(2026, 4, 20)),
    # How long a request may sit inside X, and after how long the author's own timeline shows
    # a post, is nowhere documented: both are our own choice.
    proof=Proof(
        lands_within=timedelta(seconds=60),
        visible_within=timedelta(seconds=120),
        can_prove_absence=True,
    ),
    source="docs.x.com and its OpenAPI document 2.167, August 2026. Our own choice, where X "
    "says nothing: parts of a thread and the time between them, hashtags, ceiling, lands "
    "and seen within",
    max_hashtags=2,  # more reads as spam; no limit of the API
    max_cashtags=1,  # docs.x.com, manage-tweets/introduction, self-serve apps
    media=MEDIA,
    labels=("ai", "paid"),  # made_with_ai and paid_partnership, OpenAPI 2.160
    # X counts later and scheduled posts too, and does not say for how long.
    sameness=SamenessRule(
        text=Policy.REFUSE,
        source="X's developer guidelines, August 2026: no like content from several accounts",
    ),
)
CAPABILITIES: Mapping[str, Capabilities] = {
    TIMELINE: ON_THE_TIMELINE,
    # X announced that Communities end on 2026-05-30; its API still documents them. Whether the
    # author's timeline shows such posts is unverified, so absence cannot be proven.
    COMMUNITY: replace(
        ON_THE_TIMELINE,
        kind=COMMUNITY,
        proof=replace(ON_THE_TIMELINE.proof, can_prove_absence=False),
        source=f"{ON_THE_TIMELINE.source}. Unverified: whether X still takes posts to communities",
    ),
}


# docs.x.com, fundamentals/authentication, August 2026.
LOGIN = Login(
    scopes=("tweet.read", "tweet.write", "users.read", "media.write", "offline.access"),
    token_page="https://console.x.com",  # noqa: S106 - a page, not a token
    hosts=("api.x.com",),
    oauth2=OAuth2(
        authorize="https://x.com/i/oauth2/authorize",
        token=f"{addresses.API}/2/oauth2/token",
        revoke=f"{addresses.API}/2/oauth2/revoke",
        revokes_refresh=True,
        kinds=(AppKind.CONFIDENTIAL, AppKind.PUBLIC, AppKind.OAUTH1),
        # A spent refresh token is answered with either (github.com/gptme/gptme-contrib/issues/600).
        refused=("invalid_grant", "invalid_request"),
        code_lives=timedelta(seconds=30),
        # X does not say how long a refresh token lives; others met six months. Half of that.
        idle=timedelta(days=90),
    ),
    oauth1=True,
    walls=(
        "X asks for money: the app's project needs credit before it may post.",
        "The app has to be in a project (else X answers that the client is not enrolled).",
    ),
    by_hand="https://x.com/settings/connected_apps",
    permissions="Read and write",
)


class X(Platform):
    """The platform X, posting to an account's timeline; communities as what they were."""

    name: str = "x"
    capabilities: Mapping[str, Capabilities] = CAPABILITIES
    login: Login = LOGIN
    options: Sequence[Option] = (
        Option(PREMIUM, bool, default=False, help="The account has X Premium: long posts allowed."),
    )
    place_options: Sequence[Option] = (
        Option("community", str, default=None, help="A community: its number or address."),
        Option("share", bool, default=False, help="Show its posts to followers too."),
    )
    places: Sequence[Community] = (Community(TIMELINE, TIMELINE),)
    default: str | None = TIMELINE

    def kind_of(self, settings: Mapping[str, JsonValue]) -> str | Problem:
        """Return ``community`` for what names one."""
        if addresses.community(settings.get("community")) is not None:
            return COMMUNITY
        message = "an X community needs its number."
        hint = "Write community: 1492837465102938475, or its address on x.com."
        return Problem("community.number", message, hint)

    def validate(self, snapshot: Snapshot, account: Account, community: Community) -> list[Problem]:
        """Return what X would refuse, or an account's own rules do."""
        from microcom.core.compose import check

        facts = self.capabilities[community.kind]
        limit, rules = facts.text.limit_of(account.options), community.rules
        problems = check(snapshot, facts, limit=limit, rules=rules, place="X")
        if limit == facts.text.limit:
            problems = [_with_premium(problem) for problem in problems]
        if community.kind == COMMUNITY:
            problems.append(LEGACY)
        return [*problems, *_repeated(snapshot)]

    def publish(self, delivery: Outgoing) -> Steps[Receipt]:
        """Upload the files, then post the parts one after the other, each a reply to the last."""
        from microcom.platforms.x.media import uploaded

        snapshot = delivery.snapshot
        gap = self.capabilities[delivery.kind].part_gap
        media = yield from uploaded(snapshot.media)
        ids: list[str] = []
        for number in range(len(snapshot.parts)):
            if ids:
                yield Wait(gap, "a moment between two parts")
            own = [one for one, of in zip(media, snapshot.media, strict=True) if of.part == number]
            reply = yield _post(number, ids[-1] if ids else None, own, delivery)
            ids.append(str(reply.at_path("data.id")))
        return Receipt(ids[0], addresses.post(delivery.handle, ids[0]), tuple(ids))

    def settle(self, mark: Mark, owned: Collection[str]) -> Steps[Verdict]:
        """Look for the post of a marked call in its author's timeline."""
        from microcom.platforms.x.timeline import look

        return (yield from look(mark, owned))

    def explain(self, reply: Reply) -> PlatformError | None:
        """Return the refusal that X states in its own words, or None."""
        if reply.ok:
            return None
        from microcom.platforms.x.explain import explain

        return explain(reply)

    def limits(self, call: Call) -> Sequence[Limit]:
        """Return X's limits on a call: of the user in fifteen minutes, of user and app in a day."""
        from microcom.platforms.x.limits import limits

        return limits(call)

    def left(self, call: Call, reply: Reply) -> Mapping[str, Left]:
        """Return what X's three families of headers tell."""
        from microcom.platforms.x.limits import left

        return left(call, reply)

    def identify(self) -> Steps[Identity]:
        """Ask X whose token this is, and for the id of their newest post."""
        from microcom.platforms.x.timeline import whose

        return (yield from whose())

    def recognise(self, address: str) -> str | None:
        """Return the id in a post's address (``https://x.com/NAME/status/ID``) or a bare id."""
        return addresses.recognised(address)

    def page(self, account: Account, community: Community) -> str:
        """Return the account's own page, or the page of a community of X's."""
        if community.kind == COMMUNITY:
            return addresses.room(community.settings.get("community"))
        return addresses.person(account.handle)


LEGACY = Problem(
    "x.community",
    "X said that Communities end on 30 May 2026; it may refuse this post.",
    "The dependable place is the account's own timeline.",
    severity=Severity.NOTICE,
)


def _post(number: int, reply_to: str | None, media: Sequence[str], delivery: Outgoing) -> Call:
    text = delivery.snapshot.parts[number]
    evidence = {"text": text, "reply_to": reply_to, "handle": delivery.handle}
    return Call(
        name=f"post:{number}",
        method="POST",
        url=f"{addresses.API}/2/tweets",
        effect=Effect.PUBLISH,
        body=Json(_body(text, reply_to, media, delivery)),
        keeps=("data.id",),
        remote_id="data.id",
        evidence={**evidence, "media": len(media)} if media else evidence,
    )


def _body(
    text: str, reply_to: str | None, media: Sequence[str], delivery: Outgoing
) -> dict[str, JsonValue]:
    """Return what X is asked to post: nothing that was not said (OpenAPI 2.167)."""
    body: dict[str, JsonValue] = {"text": text} if text else {}
    if media:
        body["media"] = {"media_ids": list(media)}
    if reply_to is not None:
        body["reply"] = {"in_reply_to_tweet_id": reply_to}
    elif delivery.kind == COMMUNITY:
        # Whether replies have to name the community is not documented; X's own do not.
        body["community_id"] = addresses.community(delivery.settings.get("community"))
        if delivery.settings.get("share"):
            body["share_with_followers"] = True
    labels = delivery.snapshot.labels
    if labels.ai:
        body["made_with_ai"] = True
    if labels.paid:
        body["paid_partnership"] = True
    return body


def _with_premium(problem: Problem) -> Problem:
    if problem.code != "text.too_long":
        return problem
    hint = f"{problem.hint} If the account has X Premium, say `premium: true` there."
    return replace(problem, hint=hint)


def _repeated(snapshot: Snapshot) -> Iterator[Problem]:
    """Yield a problem for a part that repeats an earlier one: X takes it for a duplicate."""
    first: dict[str, int] = {}
    for number, text in enumerate(snapshot.parts, 1):
        earlier = first.setdefault(" ".join(text.split()), number)
        if earlier != number:
            message = f"Part {number} says the same as part {earlier}; X refuses duplicates."
            hint = "Change one of them."
            yield Problem("thread.repeated", message, hint, severity=Severity.WOULD_REFUSE)
