"""`core.plan` with a config as intake reads it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.intake.fakes import FakeRegistry
from tests.intake.test_accounts import STUDIO

from microcom.core.config import Config
from microcom.core.passage import Fresh
from microcom.core.plan import Plan, name_of, plan
from microcom.core.post import Post, Snapshot
from microcom.core.problem import Problem, Severity
from microcom.core.target import Target
from microcom.intake.accounts import understood
from microcom.intake.templates import render

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday; 10:00 in Paris, 18:00 in Tokyo
RUDE = Problem("text.rude", "The text is rude.", "Be kind.", severity=Severity.WOULD_REFUSE)
LONG = Problem("text.too_long", "The text is 50 of 40.", "Shorten it by 10.")
NOTE = Problem("text.note", "By the way.", severity=Severity.NOTICE)
REGISTRY = FakeRegistry(
    problems={"rude": RUDE, "long": LONG, "note": NOTE, "acme-pond/wall!": LONG}
)


@pytest.fixture(scope="module")
def config() -> Config:
    """Return two clients' accounts and one of nobody's."""
    return understood({"accounts.yaml": STUDIO.encode()}, REGISTRY)


def _plan(config: Config, text: str, *to: str, at: str | None = None, allow: str = "") -> Plan:
    platforms = {name: REGISTRY.load(name) for name in REGISTRY.names()}
    return plan(
        Post(None, (text,)),
        config,
        platforms,
        NOW,
        render=render,
        to=to,
        at=at,
        allow=allow.split(),
    )


def _found(plan: Plan) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.where) for problem in plan.problems]


def test_one_target_is_due_now(config: Config) -> None:
    """A bare account means its default community, and without a time it is due now."""
    post = Post("hello", ("Hello", "there"), campaign="spring")
    platforms = {name: REGISTRY.load(name) for name in REGISTRY.names()}
    assert plan(post, config, platforms, NOW, render=render, to=["acme-pond"]) == Plan(
        deliveries=(
            Fresh(
                target=Target("acme-pond", "wall"),
                snapshot=Snapshot(("Hello", "there")),
                due=NOW,
                zone="Europe/Paris",
                post="hello",
                campaign="spring",
            ),
        ),
        problems=(),
        targets=(Target("acme-pond", "wall"),),
    )


def test_a_group_is_all_its_targets(config: Config) -> None:
    """A group's name stands for its targets, in their order."""
    planned = _plan(config, "Hello", "coffee", "own-cove/den")
    assert [str(one.target) for one in planned.deliveries] == [
        "acme-pond/wall",
        "acme-pond/corner",
        "own-cove/den",
    ]


def test_each_target_reads_the_time_in_its_zone(config: Config) -> None:
    """One wall time is as many instants as there are zones."""
    planned = _plan(config, "Hello", "acme-pond", "lumen-pond", at="2026-12-04 09:00")
    assert [(one.due, one.zone) for one in planned.deliveries] == [
        (datetime(2026, 12, 4, 8, tzinfo=UTC), "Europe/Paris"),
        (datetime(2026, 12, 4, 0, tzinfo=UTC), "Asia/Tokyo"),
    ]


def test_a_typed_text_has_a_name_of_its_own() -> None:
    """A post without an id is known by its content, the same each time."""
    first, again, other = Post(None, ("a",)), Post(None, ("a",)), Post(None, ("b",))
    assert name_of(first) == name_of(again) != name_of(other)
    assert name_of(first).startswith("text-")
    assert name_of(Post("menu", ("a",))) == "menu"


def test_what_is_said_now_wins_over_the_file(config: Config) -> None:
    """Targets and time of the command line replace those of the file."""
    post = Post("a", ("Hello",), to=("nobody",), at="never")
    platforms = {name: REGISTRY.load(name) for name in REGISTRY.names()}
    planned = plan(post, config, platforms, NOW, render=render, to=["acme-pond"], at="+2h")
    assert planned.problems == ()
    assert planned.deliveries[0].due == datetime(2026, 11, 23, 11, tzinfo=UTC)


MISTAKES = {
    "no target": ((), None, [("target.none", "--to")]),
    "unknown": (("nobody",), None, [("account.unknown", "nobody")]),
    "unknown place": (("acme-pond/wal",), None, [("community.unknown", "acme-pond/wal")]),
    "no default": (("own-cove",), None, [("community.needed", "own-cove")]),
    "twice": (("acme-pond", "acme-pond"), None, [("target.twice", "acme-pond")]),
    "twice by a group": (
        ("coffee", "acme-pond/corner"),
        None,
        [("target.twice", "acme-pond/corner")],
    ),
    "no time": (("acme-pond",), "soonish", [("time.unknown", "--at")]),
    "no time, once": (("acme-pond", "lumen-pond"), "soonish", [("time.unknown", "--at")]),
    "past": (("acme-pond",), "09:59", [("time.past", "--at")]),
    "no target, no time": ((), "soonish", [("target.none", "--to"), ("time.unknown", "--at")]),
    "everything": (
        ("nobody", "own-cove", "acme-pond"),
        "soonish",
        [("account.unknown", "nobody"), ("community.needed", "own-cove"), ("time.unknown", "--at")],
    ),
}


@pytest.mark.parametrize(("to", "at", "problems"), MISTAKES.values(), ids=MISTAKES)
def test_what_makes_no_sense_is_said(
    to: tuple[str, ...], at: str | None, problems: list[tuple[str, str]], config: Config
) -> None:
    """Every word that means nothing is named, all at once, with what to do."""
    planned = _plan(config, "Hello", *to, at=at)
    assert _found(planned) == problems
    assert all(problem.hint for problem in planned.problems)


def test_the_nearest_account_or_group_is_offered(config: Config) -> None:
    """A word that is almost a group's name comes with that name."""
    assert _plan(config, "Hello", "cofee").problems[0].hint == "Did you mean coffee?"


def test_a_time_gone_by_in_one_zone_only(config: Config) -> None:
    """10:30 is ahead in Paris and gone by in Tokyo: one delivery, one problem."""
    planned = _plan(config, "Hello", "acme-pond", "lumen-pond", at="10:30")
    assert [one.zone for one in planned.deliveries] == ["Europe/Paris"]
    assert _found(planned) == [("time.past", "--at")]
    assert "Tokyo" in planned.problems[0].message


def test_a_skipped_hour_is_said(config: Config) -> None:
    """A wall time that a clock change skips is moved, with a notice that stops nothing."""
    planned = _plan(config, "Hello", "acme-pond", at="2027-03-28 02:30")
    assert [one.due for one in planned.deliveries] == [datetime(2027, 3, 28, 1, tzinfo=UTC)]
    assert _found(planned) == [("time.shifted", "acme-pond/wall")]
    assert planned.obstacles == ()


def test_a_refused_target_does_not_stop_the_others(config: Config) -> None:
    """What one platform refuses concerns its target alone."""
    platforms = {"pond": REGISTRY.load("pond"), "cove": FakeRegistry().load("cove")}
    post = Post(None, ("too long",))
    planned = plan(post, config, platforms, NOW, render=render, to=["acme-pond", "own-cove/den"])
    assert [str(one.target) for one in planned.deliveries] == ["own-cove/den"]
    assert [(one.code, one.where) for one in planned.obstacles] == [
        ("text.too_long", "acme-pond/wall")
    ]


@pytest.mark.parametrize(
    ("text", "allow", "passes"),
    [
        ("a note", "", True),
        ("rude", "", False),
        ("rude", "text.rude", True),
        ("rude", "text.other", False),
        ("too long", "text.too_long", False),
    ],
)
def test_only_a_would_refuse_can_be_allowed(
    text: str,
    allow: str,
    passes: bool,  # noqa: FBT001 - a case
    config: Config,
) -> None:
    """--allow lets one kind of would-refuse pass as a notice; what cannot be, cannot be."""
    planned = _plan(config, text, "acme-pond", allow=allow)
    assert bool(planned.deliveries) is passes
    assert len(planned.problems) == 1
    assert (planned.obstacles == ()) is passes


def test_each_target_has_its_own_problem(config: Config) -> None:
    """The same problem of many targets is said for each of them, and each once."""
    planned = _plan(config, "rude", "coffee")
    assert [problem.where for problem in planned.problems] == ["acme-pond/wall", "acme-pond/corner"]
