"""The refusals X is known to give, each with how X words it and what it means here.

True in August 2026 (docs.x.com, x-api/fundamentals/response-codes-and-errors, and the threads
named beside them). Many have no code of their own: phrases tell them apart. Codes are those of the
first API, which still turn up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from microcom.errors import (
    Duplicate,
    NeedsLogin,
    OutOfCredit,
    PlatformError,
    Rejected,
    TokenExpired,
)
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.platforms.x.envelope import Said

LOGIN_AGAIN = "Log the account in again with every permission microcom asks for."
AT_CONSOLE = "Look at the app on console.x.com."


@dataclass(frozen=True, slots=True)
class Row:
    """One refusal: how X words it, and what it means here."""

    code: str
    error: Callable[..., PlatformError]
    message: str
    hint: str | None = None
    segments: tuple[str, ...] = ()
    codes: tuple[int, ...] = ()
    phrases: tuple[str, ...] = ()
    quotes: bool = False  # X's own sentence is worth showing

    def says(self, said: Said) -> PlatformError:
        """Return the error this row stands for."""
        message = self.message
        if self.quotes and said.quote:
            message += f' It says: "{said.quote}"'
        if self.quotes and said.parameters:
            message += f" It names: {', '.join(said.parameters)}."
        return self.error(message, code=self.code, hint=self.hint)


SCOPE = Row(
    "x.scope",
    NeedsLogin,
    "The token lacks a right that this call needs (tweet.write?).",
    LOGIN_AGAIN,
    segments=("oauth1-permissions",),
    codes=(261,),
    phrases=("oauth1 app permissions", "missing scope", "required scope"),
)
CREDIT = Row(
    "x.credit",
    OutOfCredit,  # github.com/tryethernal/ethernal/issues/1324
    "The app has no credit left with X, or has reached its spending limit.",
    "Buy credits on console.x.com, then: microcom resume.",
    segments=("credits", "credits-depleted"),
)
ENROLMENT = Row(
    "x.not_enrolled",
    Rejected,  # xurl's README: what X's own tool tells its users
    "The developer app is not in a package that may use this call.",
    "On console.x.com, move the app to Pay-per-use and its Production environment.",
)
OAUTH_REFUSED = Row(
    "x.token_refused",
    NeedsLogin,
    "X no longer takes this login.",
    "Log the account in again: microcom login ACCOUNT.",
)
OAUTH_APP = Row(
    "x.oauth_app", Rejected, "X does not take the app's credentials.", AT_CONSOLE, quotes=True
)
UNAUTHORIZED = Row("x.unauthorized", TokenExpired, "X no longer takes the token.")
INVALID = Row("x.invalid", Rejected, "X finds something wrong with the request.", quotes=True)
NOT_FOUND = Row("x.not_found", Rejected, "X does not find what the call speaks of.", quotes=True)
REFUSED = Row("x.refused", Rejected, "X refused it.", quotes=True)

ROWS = (
    Row(
        "x.duplicate",
        Duplicate,  # github.com/akrherz/iembot/issues/163; the earlier post's id is not told
        "X refuses it: this account posted the same text a short while ago.",
        "Look at the account; change a word to post it once more.",
        codes=(187,),
        phrases=("duplicate content", "status is a duplicate"),
    ),
    # X does not say when a suspension or lock ends, and only a person can end it: no date to
    # wait for, so the account is parked like one that has to be logged in again.
    Row(
        "x.suspended",
        NeedsLogin,  # github.com/akrherz/iembot/issues/156
        "X has suspended the account.",
        "Appeal at help.x.com; when it is back: microcom resume ACCOUNT.",
        segments=("user-suspended",),
        codes=(63, 64),
        phrases=("is suspended", "has been suspended", "suspended from accessing"),
    ),
    Row(
        "x.locked",
        NeedsLogin,
        "X has locked the account until its owner proves to be one.",
        "Open x.com as that account and do what it asks; then: microcom resume ACCOUNT.",
        codes=(326,),
        phrases=("temporarily locked", "log in to https://twitter.com to unlock"),
    ),
    Row(
        "x.automated",
        NeedsLogin,
        "X takes the account for a spammer and refuses its posts for now.",
        "Post less often, look at x.com as that account, then: microcom resume ACCOUNT.",
        codes=(226,),
        phrases=("looks like it might be automated",),
    ),
    Row(
        "x.app_token",
        NeedsLogin,
        "The token is an app's own; posting takes a token of the account's user.",
        LOGIN_AGAIN,
        segments=("unsupported-authentication",),
        codes=(220,),
    ),
    SCOPE,
    CREDIT,
    Row(
        "x.media",
        Rejected,
        "X does not know the media any more, or not for this account.",
        phrases=("media ids are invalid",),
        codes=(324,),
    ),
    Row(
        "x.empty",
        Rejected,
        "X got neither text nor media.",
        phrases=("include either text or media",),
    ),
    Row(
        "x.reply",
        Rejected,  # docs.x.com, manage-tweets/introduction: since 2026-02-23
        "X lets an app reply only to the account's own posts and to those that mention it.",
        "Reply to one of those, or post it by itself.",
        codes=(433,),
        phrases=(
            "reply to this conversation is not allowed",
            "reply to or quote posts where you are mentioned",
        ),
    ),
    Row(
        "x.reply_gone",
        Rejected,
        "The post it replies to is deleted, or hidden from this account.",
        codes=(385,),
        phrases=("deleted or not visible to you",),
    ),
    Row(
        "x.cashtags",
        Rejected,
        "X takes at most one cashtag in a post.",
        "Leave out the others.",
        phrases=("cashtag",),
    ),
    Row(
        "x.crypto_address",
        Rejected,
        "X refuses crypto wallet addresses in the first seven days after an app was authorised.",
        "Leave the address out, or wait.",
        phrases=("crypto", "wallet address"),
    ),
    Row(
        "x.video_length",
        Rejected,
        "The video is longer than X lets this account post.",
        phrases=("longer than 2 minutes", "longer than 10 minutes"),
    ),
    Row(
        "x.too_long",
        Rejected,
        "X finds the text too long for this account.",
        "Long posts need X Premium.",
        codes=(186,),
        phrases=("needs to be a bit shorter",),
    ),
    Row(
        "x.feature",
        Rejected,
        "The app or account has no access to a feature this post uses.",
        AT_CONSOLE,
        codes=(453,),
        phrases=("access to this feature", "subset of x api", "subset of twitter api"),
        quotes=True,
    ),
    Row(
        "x.not_permitted",
        Rejected,
        "X does not permit this post and does not say why.",
        "Often: too long without X Premium, a community's rule, or X's policy.",
        phrases=("you are not permitted to perform this action",),
    ),
)
"""From the particular to the general; within each way of telling the first that fits wins."""
