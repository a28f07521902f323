"""Times in a plan: slots, gaps, quiet hours and blackouts, and what waits already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.intake.fakes import FakeRegistry

from microcom.core.config import Config
from microcom.core.diary import Diary, Entry
from microcom.core.plan import Plan, plan
from microcom.core.post import Post
from microcom.core.target import Target
from microcom.intake.accounts import understood
from microcom.intake.templates import render

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday; 10:00 in Paris
REGISTRY = FakeRegistry()
PLATFORMS = {name: REGISTRY.load(name) for name in REGISTRY.names()}
ACCOUNTS = """\
project: p
timezone: Europe/Paris
blackout: [2026-12-24/2026-12-26]
rules: {gap: 20m, quiet: ["22:00-07:00"]}
accounts:
  pond:
    platform: pond
    handle: a
    slots: ["mon-fri 09:00"]
    communities: {corner: {slots: ["sat 11:00"], timezone: Asia/Tokyo}}
  calm: {platform: pond, handle: b, rules: {jitter: 30m, gap: 0m}}
"""


@pytest.fixture(scope="module")
def config() -> Config:
    """Return accounts with rules of time."""
    return understood({"accounts.yaml": ACCOUNTS.encode()}, REGISTRY)


def _plan(config: Config, at: str, diary: Diary, to: str = "pond", post: str = "a") -> Plan:
    file = Post(post, ("Hi",), to=(to,), at=at, source="posts/a.md")
    return plan(file, config, PLATFORMS, NOW, render=render, diary=diary, past=True)


def _due(config: Config, at: str, diary: Diary, to: str = "pond", post: str = "a") -> str:
    (one,) = _plan(config, at, diary, to, post).deliveries
    return f"{one.due:%m-%d %H:%M}"


def test_slots_fill_in_order(config: Config) -> None:
    """Each post takes the first slot that nobody has, of the community before the account's."""
    diary = Diary(taken=lambda _: [datetime(2026, 11, 24, 8, 0, tzinfo=UTC)])
    assert [_due(config, "slot", diary, post=name) for name in "abc"] == [
        "11-25 08:00",
        "11-26 08:00",
        "11-27 08:00",
    ]
    assert _due(config, "slot after 2026-12-01", diary) == "12-01 08:00"
    assert _due(config, "slot", diary, "pond/corner") == "11-28 02:00"  # 11:00 in Tokyo


def test_a_time_moves_out_of_the_way(config: Config) -> None:
    """Quiet hours, blackouts and others of the account move a post later, and say so."""
    diary = Diary()
    assert _due(config, "2026-12-01 12:00", diary, post="a") == "12-01 11:00"
    assert _due(config, "2026-12-01 12:00", diary, post="b") == "12-01 11:20"
    assert _due(config, "2026-12-01 23:00", diary, post="c") == "12-02 06:00"
    planned = _plan(config, "2026-12-24 12:00", diary)
    assert f"{planned.deliveries[0].due:%m-%d %H:%M}" == "12-27 06:00"
    assert {one.code for one in planned.problems} == {"time.moved"}
    assert "blackout" in planned.problems[0].message


def test_jitter_is_the_same_on_every_run(config: Config) -> None:
    """The same post at the same place gets the same minutes, another post others."""
    dues = [_due(config, "2026-12-01 12:00", Diary(), "calm", post) for post in ("a", "a", "b")]
    assert dues[0] == dues[1] != dues[2]


def _waiting(entry: Entry) -> Callable[[str, Target], Entry | None]:
    return lambda post, target: entry if (post, str(target)) == ("a", "pond/wall") else None


@pytest.mark.parametrize("words", ["slot", "2026-12-01 12:00"])
def test_what_waits_keeps_its_time(config: Config, words: str) -> None:
    """A delivery that waits does not stand in its own way, and keeps the time it was given."""
    due = datetime(2026, 12, 1, 11, 20, tzinfo=UTC)
    beside = due - timedelta(minutes=20)
    diary = Diary(lambda _: [beside, due], _waiting(Entry(due, words, "Europe/Paris")))
    assert _due(config, words, diary) == "12-01 11:20"
    assert diary.of("pond") == [beside, due]


def test_what_is_closed_since_moves(config: Config) -> None:
    """A time that new quiet hours close, or that another zone means, is worked out anew."""
    closed = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)
    for entry in (
        Entry(closed, "2026-12-01 23:00", "Europe/Paris"),
        Entry(closed, "2026-12-01 23:00", "America/New_York"),
    ):
        diary = Diary(lambda _: [closed], _waiting(entry))
        assert _due(config, "2026-12-01 23:00", diary) == "12-02 06:00"


def test_without_slots_it_is_said(config: Config) -> None:
    """An account without slots says where to add them."""
    (problem,) = _plan(config, "slot", Diary(), "calm").obstacles
    assert (problem.code, problem.message) == ("slot.none", "calm/wall has no slots.")
