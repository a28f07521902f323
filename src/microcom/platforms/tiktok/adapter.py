"""How microcom speaks to TikTok: the Content Posting API, as an account's own user."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.account import Account, Community
from microcom.core.capability import (
    Capabilities,
    Ceiling,
    FileRule,
    MediaRule,
    Proof,
    Range,
    TextRule,
)
from microcom.core.login import Challenge, Identity, Login, OAuth2, SecretIn
from microcom.core.media import MediaKind
from microcom.core.options import Option
from microcom.core.passage import Outgoing, Receipt
from microcom.core.platform import Platform
from microcom.core.text import Counting
from microcom.platforms.tiktok import addresses
from microcom.platforms.tiktok.audiences import AUDIENCE, INBOX, PLACES

if TYPE_CHECKING:
    from microcom.core.limit import Limit
    from microcom.core.post import Snapshot
    from microcom.core.problem import Problem
    from microcom.core.settling import Mark, Verdict
    from microcom.core.steps import Call, Reply, Steps
    from microcom.errors import PlatformError

# developers.tiktok.com, media transfer guide and photo post reference, 2026. What an account may
# post at most is asked of TikTok before each post; ten minutes is the API's own ceiling.
MEDIA = MediaRule(
    files=(
        FileRule(
            MediaKind.VIDEO,
            ("video/mp4", "video/quicktime", "video/webm"),
            4_000_000_000,
            width=Range(360, 4096),
            height=Range(360, 4096),
            seconds=Range(most=600),
            fps=Range(23, 60),
            codecs=("h264", "hevc", "vp8", "vp9"),
        ),
        FileRule(MediaKind.IMAGE, ("image/jpeg", "image/webp"), 20_000_000, 35, hosted=True),
    ),
    source="developers.tiktok.com, media transfer guide and photo post, 2026",
    needed=True,
)
FOR_AN_AUDIENCE = Capabilities(
    kind=AUDIENCE,
    text=TextRule(limit=2200, counting=Counting.UTF16),
    thread_parts=1,
    part_gap=0.0,
    # Our own choice: TikTok lets an account post about fifteen times a day through all its tools.
    ceiling=Ceiling(hour=3, day=12),
    price=None,
    # How long a request may sit inside TikTok is not documented: our own choice. What is visible
    # when does not matter: TikTok itself says how many bytes it has.
    proof=Proof(
        lands_within=timedelta(seconds=60),
        visible_within=timedelta(seconds=60),
        can_prove_absence=True,
    ),
    source="developers.tiktok.com, 2026 (the text of 24 August was not read). Our own choice, "
    "where TikTok says nothing: ceiling, lands and seen within",
    media=MEDIA,
    title_limit=90,
    labels=("ai", "paid", "brand"),
)
CAPABILITIES: Mapping[str, Capabilities] = {
    AUDIENCE: FOR_AN_AUDIENCE,
    INBOX: Capabilities(
        kind=INBOX,
        text=FOR_AN_AUDIENCE.text,
        thread_parts=1,
        part_gap=0.0,
        # Five drafts that nobody has finished are the most in 24 hours.
        ceiling=Ceiling(hour=3, day=5),
        price=None,
        proof=FOR_AN_AUDIENCE.proof,
        source=FOR_AN_AUDIENCE.source,
        media=MEDIA,
        takes_text=False,
    ),
}
REACTIONS = (
    Option("comments", bool, default=None, help="People may comment; off unless said."),
    Option("duets", bool, default=None, help="People may make duets with it; off unless said."),
    Option("stitches", bool, default=None, help="People may stitch it; off unless said."),
)


# developers.tiktok.com, Login Kit for desktop and OAuth v2, 2026.
LOGIN = Login(
    scopes=("user.info.basic", "user.info.profile", "video.publish", "video.upload"),
    token_page="https://developers.tiktok.com/apps",  # noqa: S106 - a page, not a token
    hosts=("open.tiktokapis.com",),
    oauth2=OAuth2(
        authorize="https://www.tiktok.com/v2/auth/authorize/",
        token=f"{addresses.API}/v2/oauth/token/",
        revoke=f"{addresses.API}/v2/oauth/revoke/",
        redirect="http://127.0.0.1:8085/callback/",
        challenge=Challenge.HEX,
        secret_in=SecretIn.FORM,
        client_id="client_key",
        separator=",",
        # Else TikTok's page lets in whoever is logged in there, unasked. Documented for web only.
        asks=(("disable_auto_auth", "1"),),
        refresh_expires="refresh_expires_in",
        refresh_lives=timedelta(days=180),
        early=timedelta(minutes=10),
        idle=timedelta(days=60),
    ),
    walls=(
        "An app without TikTok's audit may fill inboxes, and post to only-me of private accounts.",
    ),
    by_hand="TikTok's app: Settings, Security and permissions, Manage app permissions",
    permissions="Login Kit (desktop) and Content Posting API",
)


class TikTok(Platform):
    """The platform TikTok; the audience is a community, so it is chosen each time."""

    name: str = "tiktok"
    capabilities: Mapping[str, Capabilities] = CAPABILITIES
    login: Login = LOGIN
    app_options: Sequence[Option] = (
        Option("audited", bool, default=False, help="TikTok has audited the app for direct posts."),
        Option("photo_urls", str, default=None, help="An https prefix verified for the app."),
    )
    place_options: Sequence[Option] = REACTIONS
    post_options: Sequence[Option] = REACTIONS
    places: Sequence[Community] = PLACES
    default: str | None = None

    def validate(self, snapshot: Snapshot, account: Account, community: Community) -> list[Problem]:
        """Return what TikTok would refuse, or an account's own rules do; and what one agrees to."""
        from microcom.platforms.tiktok.manners import check

        return check(snapshot, account, community, self.capabilities[community.kind])

    def publish(self, delivery: Outgoing) -> Steps[Receipt]:
        """Ask what the account may, announce the file, send it, and wait until it is live."""
        from microcom.platforms.tiktok.posting import photos, video

        if delivery.snapshot.media[0].kind is MediaKind.IMAGE:
            return (yield from photos(delivery))
        return (yield from video(delivery))

    def settle(self, mark: Mark, owned: Collection[str]) -> Steps[Verdict]:
        """Ask TikTok how much it has of the video whose last chunk got no answer."""
        from microcom.platforms.tiktok.progress import look

        del owned
        return (yield from look(mark))

    def explain(self, reply: Reply) -> PlatformError | None:
        """Return the refusal that TikTok states in its own words, whatever the status, or None."""
        from microcom.platforms.tiktok.explain import explain

        return explain(reply)

    def limits(self, call: Call) -> Sequence[Limit]:
        """Return TikTok's limit on a call: of the token in a minute."""
        from microcom.platforms.tiktok.limits import limits

        return limits(call)

    def walls(self, account: Account) -> Sequence[str]:
        """Return what an app may not do that TikTok has not audited."""
        return () if account.options.get("audited") else LOGIN.walls

    def identify(self) -> Steps[Identity]:
        """Ask TikTok whose token this is."""
        from microcom.platforms.tiktok.progress import whose

        return (yield from whose())

    def recognise(self, address: str) -> str | None:
        """Return the id in a post's address (``tiktok.com/@NAME/video/ID``) or a bare id."""
        return addresses.recognised(address)

    def page(self, account: Account, community: Community) -> str:
        """Return the account's own page, which has its newest videos."""
        del community
        return addresses.person(account.handle)
