"""How microcom speaks to X: the API version 2, as an account's own user."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from microcom.core.account import Account, Community
from microcom.core.bodies import Json
from microcom.core.capability import Capabilities, Ceiling, Price, Proof, TextRule
from microcom.core.login import Identity, Login
from microcom.core.options import Option
from microcom.core.passage import Outgoing, Receipt
from microcom.core.platform import Platform
from microcom.core.problem import Problem, Severity
from microcom.core.steps import Call, Effect, Wait
from microcom.core.text import Counting
from microcom.platforms.x import addresses

if TYPE_CHECKING:
    from microcom.core.post import Snapshot
    from microcom.core.settling import Mark, Verdict
    from microcom.core.steps import Reply, Steps
    from microcom.errors import PlatformError

TIMELINE = "timeline"
PREMIUM = "premium"

CAPABILITIES: Mapping[str, Capabilities] = {
    TIMELINE: Capabilities(
        kind=TIMELINE,
        # docs.x.com, fundamentals/counting-characters; long posts since 2024-08-20, for Premium.
        # How long posts are counted is not documented; the same weights are assumed.
        text=TextRule(limit=280, counting=Counting.WEIGHTED, long_limit=25_000),
        # X states no limit for threads made of replies; its own composer stops at 25.
        thread_parts=25,
        # Our own choice: replies sent faster than one a second or two are taken for spam.
        part_gap=2.0,
        # Our own choice, far below the API's 100 posts in 15 minutes: suspensions happen to
        # accounts that only ever used the API (github.com/plhery/node-twitter-api-v2/issues/629).
        ceiling=Ceiling(hour=50, day=300),
        price=Price(post=15_000, post_with_link=200_000, as_of=date(2026, 4, 20)),
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
    ),
}


class X(Platform):
    """The platform X, posting text and threads to an account's timeline."""

    name: str = "x"
    capabilities: Mapping[str, Capabilities] = CAPABILITIES
    login: Login = Login(
        scopes=("tweet.read", "tweet.write", "users.read", "offline.access"),
        token_page="https://console.x.com",  # noqa: S106 - a page, not a token
    )
    options: Sequence[Option] = (
        Option(PREMIUM, bool, default=False, help="The account has X Premium: long posts allowed."),
    )
    places: Sequence[Community] = (Community(TIMELINE, TIMELINE),)
    default: str | None = TIMELINE

    def validate(self, snapshot: Snapshot, account: Account, community: Community) -> list[Problem]:
        """Return what X would refuse, or an account's own rules do."""
        from microcom.core.compose import check

        facts = self.capabilities[community.kind]
        premium = account.options.get(PREMIUM) is True
        problems = check(snapshot, facts, long_posts=premium, rules=community.rules)
        if not premium:
            problems = [_with_premium(problem) for problem in problems]
        return [*problems, *_repeated(snapshot)]

    def publish(self, delivery: Outgoing) -> Steps[Receipt]:
        """Post the parts one after the other, each a reply to the one before."""
        gap = self.capabilities[delivery.kind].part_gap
        ids: list[str] = []
        for number, text in enumerate(delivery.snapshot.parts):
            if ids:
                yield Wait(gap, "a moment between two parts")
            reply = yield _post(number, text, ids[-1] if ids else None, delivery)
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

    def identify(self) -> Steps[Identity]:
        """Ask X whose token this is, and for the id of their newest post."""
        from microcom.platforms.x.timeline import whose

        return (yield from whose())

    def recognise(self, address: str) -> str | None:
        """Return the id in a post's address (``https://x.com/NAME/status/ID``) or a bare id."""
        return addresses.recognised(address)


def _post(number: int, text: str, reply_to: str | None, delivery: Outgoing) -> Call:
    body: dict[str, object] = {"text": text}
    if reply_to is not None:
        body["reply"] = {"in_reply_to_tweet_id": reply_to}
    return Call(
        name=f"post:{number}",
        method="POST",
        url=f"{addresses.API}/2/tweets",
        effect=Effect.PUBLISH,
        body=Json(body),
        keeps=("data.id",),
        remote_id="data.id",
        evidence={"text": text, "reply_to": reply_to, "handle": delivery.handle},
    )


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
