from __future__ import annotations

import pytest

from microcom.cli.changelist import laid_out

LINES = (
    ("acme-x/timeline", "menu", "Thu 4 Dec 2031 09:00 Paris = 08:00 UTC", "$0.015", ""),
    ("acme-pins/home-bar", "winter-menu-2031", "Thu 4 Dec 2031 09:00 Paris = 08:00 UTC", "", ""),
    ("lumen-x/timeline", "menu", "Thu 4 Dec 2031 09:00 Paris = 08:00 UTC", "", "late " * 20),
)


@pytest.mark.parametrize("width", [None, 300])
def test_changes_stand_in_columns(width: int | None) -> None:
    """A pipe, and a screen that is wide enough, show a line for each change."""
    shown = laid_out(LINES, width)
    assert shown[0] == (
        "acme-x/timeline     menu              Thu 4 Dec 2031 09:00 Paris = 08:00 UTC  $0.015"
    )
    assert not any("\n" in one for one in shown)


def test_a_narrow_screen_breaks_no_name() -> None:
    """Where a line would be too wide, time, price and reason stand below it, and fit."""
    shown = laid_out(LINES, 60)
    assert shown[0].splitlines() == [
        "acme-x/timeline     menu",
        "    Thu 4 Dec 2031 09:00 Paris = 08:00 UTC  $0.015",
    ]
    assert all(len(row) <= 60 for one in shown for row in one.splitlines())
    assert laid_out([], 60) == []
