"""How microcom speaks to Pinterest: the API version 5, as an account's own user."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from microcom.core.account import Account, Community, Offered
from microcom.core.capability import (
    Capabilities,
    Ceiling,
    FileRule,
    MediaRule,
    Policy,
    Proof,
    Range,
    SamenessRule,
    TextRule,
)
from microcom.core.login import Challenge, Identity, Login, OAuth2
from microcom.core.media import MediaKind
from microcom.core.options import Option
from microcom.core.passage import Outgoing, Receipt
from microcom.core.platform import Platform
from microcom.core.problem import Problem, Severity
from microcom.core.text import Counting
from microcom.platforms.pinterest import addresses
from microcom.platforms.pinterest.names import ACTING

if TYPE_CHECKING:
    from microcom.core.limit import Left, Limit
    from microcom.core.post import Snapshot
    from microcom.core.settling import Mark, Verdict
    from microcom.core.steps import Call, JsonValue, Reply, Steps
    from microcom.errors import PlatformError

BOARD = "board"
WISE_DESCRIPTION = 500
"""Pinterest's help pages say 500, its OpenAPI document 800: the longer one is only warned about."""

# OpenAPI 5.23 for the forms and their limits; help.pinterest.com, product specs, for files. Stored
# versions of that page name 10, 20 and 32 MB for a picture: the middle one is enforced. The
# smallest sizes are our own choice: Pinterest refuses "too small" without a number (error 233).
MEDIA = MediaRule(
    files=(
        FileRule(
            MediaKind.IMAGE,
            ("image/jpeg", "image/png"),
            20_000_000,
            most=5,
            width=Range(200),
            height=Range(300),
            wise=(600, 900),
        ),
        FileRule(
            MediaKind.VIDEO,
            ("video/mp4", "video/quicktime"),
            2_000_000_000,
            ratio=Range(0.5, 1.91),
            seconds=Range(4, 900),
            codecs=("h264", "hevc"),
        ),
    ),
    source="Pinterest OpenAPI 5.23 and help.pinterest.com, product specs, 2025",
    needed=True,
    alt_limit=500,
    one_shape=True,
)
CAPABILITIES: Mapping[str, Capabilities] = {
    BOARD: Capabilities(
        kind=BOARD,
        text=TextRule(limit=800, counting=Counting.CODEPOINTS),
        thread_parts=1,
        part_gap=0.0,
        # Our own choice: Pinterest publishes no number, and blocks what looks like a burst.
        ceiling=Ceiling(hour=3, day=10),
        price=None,
        # Neither is documented: our own choice.
        proof=Proof(
            lands_within=timedelta(seconds=60),
            visible_within=timedelta(seconds=300),
            can_prove_absence=True,
        ),
        source="Pinterest OpenAPI 5.23 (12/2025) with the changes up to 5.28. Our own choice, "
        "where Pinterest says nothing: ceiling, smallest pictures, lands and seen within",
        media=MEDIA,
        title_limit=100,
        link_limit=2048,
        labels=("ai",),
        # What Pinterest calls repetitive it gives no numbers for: all of them are our own choice.
        sameness=SamenessRule(
            text=Policy.WARN,
            media=Policy.REFUSE,
            link=Policy.WARN,
            source="our own choice: Pinterest's community guidelines bar repetitive content",
        ),
    )
}


# developers.pinterest.com, OAuth and its OpenAPI document, 2026.
LOGIN = Login(
    scopes=("user_accounts:read", "boards:read", "boards:write", "pins:read", "pins:write"),
    token_page="https://developers.pinterest.com/apps/",  # noqa: S106 - a page, not a token
    hosts=("api.pinterest.com",),
    oauth2=OAuth2(
        authorize="https://www.pinterest.com/oauth/",
        token=f"{addresses.API}/oauth/token",
        redirect="http://localhost:8085/",
        # The document knows no code_verifier; whether Pinterest would check one is unverified.
        challenge=Challenge.NONE,
        separator=",",
        # Apps made before 2025-09-25 have to ask for tokens that can be renewed without end.
        gives=(("continuous_refresh", "true"),),
        refused=("invalid_grant", "283"),
        refresh_expires="refresh_token_expires_in",
        refresh_lives=timedelta(days=60),
        early=timedelta(days=7),
        idle=timedelta(days=30),
    ),
    walls=(
        "The account has to be a business account.",
        "An app with trial access may make pins in Pinterest's own sandbox only.",
    ),
    by_hand="https://www.pinterest.com/settings/security (Connected apps)",
    permissions="Standard access",
)


class Pinterest(Platform):
    """The platform Pinterest; its boards and sections are named in the accounts file."""

    name: str = "pinterest"
    capabilities: Mapping[str, Capabilities] = CAPABILITIES
    login: Login = LOGIN
    options: Sequence[Option] = (
        Option(ACTING, str, default=None, help="Act as the owner of this ad account."),
    )
    app_options: Sequence[Option] = (
        Option("access", str, default="standard", help="trial or standard, as Pinterest granted."),
    )
    place_options: Sequence[Option] = (
        Option("board", str, default=None, help="A board's name."),
        Option("section", str, default=None, help="A section of it, by name."),
        Option("owner", str, default=None, help="Whose group board it is, if not your own."),
    )

    def kind_of(self, settings: Mapping[str, JsonValue]) -> str | Problem:
        """Return ``board`` for what names one."""
        if settings.get("board"):
            return BOARD
        message = "a community of Pinterest needs a board."
        hint = "Write {board: NAME}; `microcom communities list ACCOUNT --live` shows them."
        return Problem("community.board", message, hint)

    def validate(self, snapshot: Snapshot, account: Account, community: Community) -> list[Problem]:
        """Return what Pinterest would refuse, or an account's own rules do."""
        from microcom.core.compose import check

        facts = self.capabilities[community.kind]
        problems = check(snapshot, facts, rules=community.rules, place="Pinterest")
        return [*problems, *_walls(snapshot, account, community)]

    def publish(self, delivery: Outgoing) -> Steps[Receipt]:
        """Find the board by its name, upload a video if it is one, and make the pin."""
        from microcom.platforms.pinterest.pinning import pinned

        return (yield from pinned(delivery))

    def settle(self, mark: Mark, owned: Collection[str]) -> Steps[Verdict]:
        """Look for the pin of a marked call on its board or section."""
        from microcom.platforms.pinterest.looking import look

        return (yield from look(mark, owned))

    def explain(self, reply: Reply) -> PlatformError | None:
        """Return the refusal that Pinterest states in its own words, or None."""
        if reply.ok:
            return None
        from microcom.platforms.pinterest.explain import explain

        return explain(reply)

    def limits(self, call: Call) -> Sequence[Limit]:
        """Return Pinterest's limits on a call: of the user and app in a minute."""
        from microcom.platforms.pinterest.limits import limits

        return limits(call)

    def left(self, call: Call, reply: Reply) -> Mapping[str, Left]:
        """Return what Pinterest tells of the window that is nearest to its end."""
        from microcom.platforms.pinterest.limits import left

        return left(call, reply)

    def walls(self, account: Account) -> Sequence[str]:
        """Return what trial access keeps an account from."""
        return (_trial(account),) if account.options.get("access") == "trial" else ()

    def identify(self) -> Steps[Identity]:
        """Ask Pinterest whose token this is, and for the id of their newest pin."""
        from microcom.platforms.pinterest.looking import whose

        return (yield from whose())

    def recognise(self, address: str) -> str | None:
        """Return the id in a pin's address (``https://www.pinterest.com/pin/ID/``) or a bare id."""
        return addresses.recognised(address)

    def page(self, account: Account, community: Community) -> str:
        """Return the account's own page, which has its newest pins."""
        del community
        return addresses.person(account.handle)

    def communities(self, account: Account) -> Steps[Sequence[Offered]]:
        """Return every board with its sections, as they stand in an accounts file."""
        from microcom.platforms.pinterest.boards import offered

        return (yield from offered(account.options, account.handle))


def _trial(account: Account) -> str:
    return (
        f"The app {account.app} has trial access: Pinterest lets it make pins in its own sandbox "
        "only."
    )


def _walls(snapshot: Snapshot, account: Account, community: Community) -> Iterator[Problem]:
    """Yield what stands in the way beyond limits: trial access, group boards, long descriptions."""
    if account.options.get("access") == "trial":
        hint = "Ask for standard access in Pinterest's portal, then say `access: standard`."
        yield Problem("pinterest.trial", _trial(account), hint, severity=Severity.WOULD_REFUSE)
    owner = community.settings.get("owner")
    if isinstance(owner, str) and owner.casefold() != account.handle.casefold():
        message = f"The board is {owner}'s: Pinterest documents pins on one's own boards only."
        yield Problem("pinterest.group", message, severity=Severity.NOTICE)
    if sum(bool(one.alt) for one in snapshot.media) > 1:
        message = "Pinterest keeps one alt text of a carousel: the first."
        yield Problem("pinterest.alt", message, severity=Severity.NOTICE)
    if any(len(part) > WISE_DESCRIPTION for part in snapshot.parts):
        message = f"Pinterest's help says {WISE_DESCRIPTION} characters; the rest may be cut."
        yield Problem("pinterest.description", message, severity=Severity.NOTICE)
