"""What data alone says against a text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.account import Rules
from microcom.core.capability import Capabilities, Ceiling, Proof, TextRule
from microcom.core.compose import check
from microcom.core.post import Snapshot
from microcom.core.problem import Problem, Severity
from microcom.core.text import Counting, length

FACTS = Capabilities(
    kind="room",
    text=TextRule(40, Counting.WEIGHTED, long_limit=80, long_option="premium"),
    thread_parts=3,
    part_gap=0,
    ceiling=Ceiling(1, 1),
    price=None,
    proof=Proof(timedelta(), timedelta(), can_prove_absence=True),
    source="a test",
    max_hashtags=1,
    max_cashtags=1,
)


def _check(
    *parts: str, facts: Capabilities = FACTS, limit: int | None = None, rules: Rules | None = None
) -> list[Problem]:
    return check(Snapshot(parts), facts, limit=limit, rules=rules or Rules())


@pytest.mark.parametrize(
    ("parts", "code", "message"),
    [
        ((), "text.empty", "The text is empty."),
        (("",), "text.empty", "The text is empty."),
        (("One", " \n\u200b"), "text.empty", "Part 2 is empty."),
        (("a" * 43,), "text.too_long", "The text is 43 of 40."),
        (
            ("fine", f"{'a' * 30} https://example.com"),
            "text.too_long",
            "Part 2 is 54 of 40 (links count 23).",
        ),
        (("a", "b", "c", "d"), "thread.too_long", "The thread has 4 parts; 3 is the most."),
        (("$AB $CD",), "text.cashtags", "The text has 2 cashtags; 1 is the most."),
        (("#a #b #c",), "text.hashtags", "The text has 3 hashtags; 1 is the most."),
        (("caf\udce9",), "text.unreadable", "The text holds bytes that are not UTF-8 text."),
    ],
)
def test_each_limit_has_its_sentence(parts: tuple[str, ...], code: str, message: str) -> None:
    """What is over a limit is said with how much, where, and what counts."""
    (problem,) = _check(*parts)
    assert (problem.code, problem.message) == (code, message)
    assert problem.hint


def test_only_hashtags_and_banned_words_can_be_let_pass() -> None:
    """What the platform would surely refuse is `cannot`; a lint and a rule are `would-refuse`."""
    rules = Rules(banned=("cheapest",))
    found = _check("#a #b cheapest $AB $CD", rules=rules)
    assert {problem.code: problem.severity for problem in found} == {
        "text.cashtags": Severity.CANNOT,
        "text.hashtags": Severity.WOULD_REFUSE,
        "text.banned": Severity.WOULD_REFUSE,
    }


def test_a_place_without_threads_says_so() -> None:
    """Where one part is the most, a thread is refused as such."""
    (problem,) = _check("a", "b", facts=replace(FACTS, thread_parts=1))
    assert problem.message == "A thread of 2 parts has no place here: one text is the most."


def test_long_posts_have_their_own_limit() -> None:
    """The right to long posts raises the limit where the platform has such a thing."""
    premium = {"premium": True}
    limit = FACTS.text.limit_of(premium)
    assert _check("a" * 80, limit=limit) == []
    (problem,) = _check("a" * 81, limit=limit)
    assert problem.message == "The text is 81 of 80."
    assert FACTS.text.limit_of({}) == 40
    assert replace(FACTS.text, long_limit=None).limit_of(premium) == 40


def test_no_hashtag_at_all_can_be_the_rule() -> None:
    """A limit of zero is a limit, and wins over the platform's own."""
    (problem,) = _check("#a", rules=Rules(max_hashtags=0))
    assert problem.message == "The text has 1 hashtag; none is allowed."


@pytest.mark.parametrize(
    ("text", "is_banned"),
    [
        ("The CHEAPEST beans", True),
        ("the cheapest.", True),
        ("cheapestness", False),
        ("a miracle  cure", True),
        ("a miracle\ncure!", True),
        ("miraclecure", False),
        ("nothing of it", False),
    ],
)
def test_banned_words_are_whole_words(text: str, *, is_banned: bool) -> None:
    """A banned word or phrase is found whatever its case and blanks, never inside another."""
    found = _check(text, rules=Rules(banned=("Cheapest", "miracle cure", "")))
    assert bool(found) is is_banned


@given(st.text(max_size=60))
def test_what_passes_is_within_the_limit(text: str) -> None:
    """A text without problems is neither empty nor longer than the limit."""
    if not _check(text):
        assert text.strip()
        assert length(text, Counting.WEIGHTED) <= FACTS.text.limit
