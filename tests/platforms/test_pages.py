"""Where a person looks for what is in doubt."""

from __future__ import annotations

import pytest

from microcom.core.account import Account, Community, Rules
from microcom.core.platform import Shows
from microcom.platforms import load


def account(platform: str, handle: str, place: Community) -> Account:
    """Return an account with one community."""
    return Account(
        name="acme",
        platform=platform,
        handle=handle,
        project="p",
        timezone="UTC",
        client=None,
        app=platform,
        communities={place.name: place},
        default=None,
        rules=Rules(),
    )


@pytest.mark.parametrize(
    ("platform", "place", "address"),
    [
        ("x", Community("timeline", "timeline"), "https://x.com/acme"),
        (
            "x",
            Community("pen-people", "community", {"community": "1493446837214187523"}),
            "https://x.com/i/communities/1493446837214187523",
        ),
        ("pinterest", Community("cups", "board"), "https://www.pinterest.com/acme/"),
        ("tiktok", Community("public", "audience"), "https://www.tiktok.com/@acme"),
    ],
)
def test_each_platform_says_where_to_look(platform: str, place: Community, address: str) -> None:
    """The page of the account, or of the community where the post would stand, opens by itself."""
    found = load(platform)
    assert isinstance(found, Shows)
    assert found.page(account(platform, "@acme", place), place) == address
