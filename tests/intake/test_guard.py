"""Deliveries that are too alike, by the rules of an accounts file and of a platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.intake.fakes import CAPABILITIES, FakeRegistry

from microcom.core.capability import Policy, SamenessRule
from microcom.core.config import Config
from microcom.core.guard import Guard
from microcom.core.media import Media, MediaKind
from microcom.core.passage import Fresh
from microcom.core.post import Snapshot
from microcom.core.problem import Severity
from microcom.core.sameness import Said, plain_link
from microcom.core.target import Target
from microcom.intake.accounts import understood

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
REGISTRY = FakeRegistry()
STRICT = SamenessRule(
    Policy.REFUSE, Policy.REFUSE, Policy.WARN, timedelta(days=2), "the pond, 2026"
)
PLATFORMS = {
    "pond": replace(
        REGISTRY.load("pond"),  # type: ignore[type-var]  # a fake, which is a dataclass
        capabilities={kind: replace(one, sameness=STRICT) for kind, one in CAPABILITIES.items()},
    )
}
ACCOUNTS = """\
project: p
timezone: Europe/Paris
clients: {acme: {name: Acme}, lumen: {name: Lumen, rules: {sameness: {text: warn, days: 5}}}}
accounts:
  one: {platform: pond, handle: a, client: acme}
  two: {platform: pond, handle: b, client: acme}
  calm:
    platform: pond
    handle: c
    client: acme
    rules: {sameness: {text: off, media: warn, link: off}}
  strict: {platform: pond, handle: d, client: acme, rules: {sameness: {link: refuse}}}
  lux: {platform: pond, handle: e, client: lumen}
  nox: {platform: pond, handle: f, client: lumen}
"""
MENU = "Our winter menu is here: five drinks, one never served before"
NEARLY = "Our winter menu is here!! five drinks, one never servd before 🎉"
PHOTO = Media("a" * 64, 1, "image/jpeg", MediaKind.IMAGE, 1, 1)
COPY = replace(PHOTO, sha256="b" * 64, original=PHOTO.sha256)
SHOP = "https://acme.example/shop"


@pytest.fixture(scope="module")
def config() -> Config:
    """Return accounts of two clients, with rules of their own."""
    return understood({"accounts.yaml": ACCOUNTS.encode()}, REGISTRY)


def fresh(
    to: str, text: str = "", day: int = 0, *, link: str | None = None, media: Sequence[Media] = ()
) -> Fresh:
    """Return a delivery about to be queued, due so many days from now."""
    account, _, place = to.partition("/")
    snapshot = Snapshot((text,), tuple(media), link=link)
    due = NOW + timedelta(days=day)
    return Fresh(Target(account, place or "wall"), snapshot, due, "UTC", post=f"post-{day}")


def found(config: Config, *deliveries: Fresh) -> list[tuple[str, str, str]]:
    """Return whom a plan refuses what, and how firmly."""
    guard = Guard(config, PLATFORMS, lambda *_: ())
    return [(str(one.target), two.code, two.severity) for one, two in guard.problems(deliveries)]


REFUSED, TOLD = Severity.WOULD_REFUSE, Severity.NOTICE


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (fresh("one", MENU), fresh("two", MENU), [("two/wall", "same.text", REFUSED)]),
        (fresh("one", MENU), fresh("two", NEARLY, 29), [("two/wall", "same.text", REFUSED)]),
        (fresh("one", MENU, 20), fresh("two", NEARLY), [("two/wall", "same.text", REFUSED)]),
        (fresh("one", MENU), fresh("two", MENU, 31), []),
        (fresh("one", MENU), fresh("one", MENU), []),
        (fresh("one", MENU), fresh("one/corner", MENU), []),
        (fresh("one", MENU), fresh("calm", MENU), []),
        (fresh("one", MENU), fresh("lux", MENU), []),
        (fresh("lux", MENU), fresh("nox", MENU), [("nox/wall", "same.text", TOLD)]),
        (fresh("lux", MENU), fresh("nox", MENU, 6), []),
        (fresh("one", "🎉🎉"), fresh("two", "🎉🎉"), [("two/wall", "same.text", REFUSED)]),
        (fresh("one"), fresh("two"), []),
        (
            fresh("one", "A", media=[PHOTO], link=SHOP),
            fresh("one", "B", 1, media=[COPY], link=f"{SHOP}/?utm_source=x#top"),
            [("one/wall", "same.media", REFUSED), ("one/wall", "same.link", TOLD)],
        ),
        (
            fresh("one", "A", media=[PHOTO], link=SHOP),
            fresh("one", "B", media=[PHOTO], link=f"{SHOP}?item=2"),
            [],
        ),
        (
            fresh("one", "A", media=[PHOTO]),
            fresh("two", "B", media=[PHOTO]),
            [("two/wall", "same.media", TOLD)],
        ),
        (
            fresh("calm", "A", media=[PHOTO]),
            fresh("calm", "B", media=[PHOTO]),
            [("calm/wall", "same.media", TOLD)],
        ),
        (fresh("one", "A", media=[PHOTO]), fresh("one/corner", "B", media=[PHOTO]), []),
        (
            fresh("one", f"Look: {SHOP}", 0),
            fresh("one", f"Again {SHOP}.", 2),
            [("one/wall", "same.link", TOLD)],
        ),
        (fresh("one", "A", link=SHOP), fresh("one", "B", 3, link=SHOP), []),
        (
            fresh("strict", "A", link=SHOP),
            fresh("strict", "B", 20, link=SHOP),
            [("strict/wall", "same.link", REFUSED)],
        ),
        (fresh("one", "A", link=SHOP), fresh("one/corner", "B", link=SHOP), []),
    ],
)
def test_what_is_too_alike(
    config: Config, first: Fresh, second: Fresh, said: list[tuple[str, str, str]]
) -> None:
    """Texts across accounts, files with their link and links at a place, each by its policy."""
    assert found(config, first, second) == said


def test_the_rule_and_its_source_are_named(config: Config) -> None:
    """A message names the other delivery; the hint names the rule, its value and its line."""
    guard = Guard(config, PLATFORMS, lambda *_: ())
    ((_, platform),) = guard.problems([fresh("one", MENU), fresh("two", MENU)])
    assert platform.message == (
        "It has the same text as post-0 to one/wall of this very plan, "
        "Mon 23 Nov 2026 09:00 UTC; compared are 30 days."
    )
    assert (platform.hint or "").endswith("The rule: sameness.text: refuse (the pond, 2026).")
    guard = Guard(config, PLATFORMS, lambda *_: ())
    ((_, own),) = guard.problems([fresh("lux", MENU), fresh("nox", MENU)])
    assert (own.hint or "").endswith("The rule: sameness.text: warn (accounts.yaml:3).")


def test_the_queue_is_asked_for_what_is_near(config: Config) -> None:
    """Earlier deliveries count, but not those that are rewritten now, nor with again the same."""
    new = fresh("two", MENU, 3)
    here = config.accounts["one"]

    def said(to: str, number: int, snapshot: Snapshot = new.snapshot) -> Said:
        circle = (here.project, here.client)
        return Said(circle, "pond", Target(to, "wall"), "old", NOW, "UTC", snapshot, number)

    def codes(*old: Said, replaced: Sequence[int] = (), again: bool = False) -> list[str]:
        guard = Guard(config, PLATFORMS, lambda *_: old, replaced, again)
        return [problem.code for _, problem in guard.problems([new])]

    assert codes(said("one", 7)) == ["same.text"]
    assert codes(said("one", 7), replaced=[7]) == []
    pin = Snapshot(("Other words",), (PHOTO,))
    new = fresh("two", "Other words", media=[PHOTO])
    assert codes(said("two", 8, pin)) == ["same.media"]
    assert codes(said("two", 8, pin), again=True) == []


def test_a_plan_is_asked_about_the_longest_time(config: Config) -> None:
    """The queue is asked once for the widest span of the rules in force, before and after."""
    asked: list[tuple[datetime, datetime]] = []

    def near(_: Said, since: datetime, until: datetime) -> Sequence[Said]:
        asked.append((since, until))
        return ()

    assert list(Guard(config, PLATFORMS, near).problems([fresh("one", MENU)])) == []
    assert asked == [(NOW - timedelta(days=30), NOW + timedelta(days=30))]


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("", ""),
        ("https://Acme.example/", "https://acme.example"),
        ("http://acme.example/a?utm_source=x&b=1&UTM_medium=y#z", "https://acme.example/a?b=1"),
        ("acme.example/a", "https://acme.example/a"),
        ("https://[broken", "https://[broken"),
    ],
)
def test_links_are_compared_without_what_tells_visits_apart(url: str, plain: str) -> None:
    """Parameters of a campaign, a fragment, capitals of the host and the protocol do not count."""
    assert plain_link(url) == plain
