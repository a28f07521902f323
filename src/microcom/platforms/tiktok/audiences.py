"""The audiences of TikTok, which are the communities of every account."""

from __future__ import annotations

from microcom.core.account import Community

INBOX = "inbox"
AUDIENCE = "audience"
LEVEL = "level"
"""The setting of a built-in community that holds TikTok's own name of its audience."""

UNAUDITED = "needs an app that TikTok has audited"
PLACES = (
    Community("inbox", INBOX, about="a draft that you finish in the app; any app may"),
    Community(
        "only-me",
        AUDIENCE,
        {LEVEL: "SELF_ONLY"},
        about="seen by the account alone; an unaudited app may while the account is private",
    ),
    Community(
        "friends",
        AUDIENCE,
        {LEVEL: "MUTUAL_FOLLOW_FRIENDS"},
        about=f"those who follow each other; {UNAUDITED}",
    ),
    Community(
        "followers",
        AUDIENCE,
        {LEVEL: "FOLLOWER_OF_CREATOR"},
        about=f"followers of a private account; {UNAUDITED}",
    ),
    Community("public", AUDIENCE, {LEVEL: "PUBLIC_TO_EVERYONE"}, about=f"everyone; {UNAUDITED}"),
)
