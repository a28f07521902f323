from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.problem import Problem
from microcom.core.target import Target, expand, parse
from microcom.errors import UserError

NAME = st.from_regex(r"[a-z0-9][a-z0-9-]{0,12}", fullmatch=True)
TARGETS = st.builds(Target, NAME, st.none() | NAME)

TULIPS, HOME_BAR = Target("acme-pins", "tulips"), Target("acme-pins", "home-bar")
ACME_X, INBOX = Target("acme-x", "timeline"), Target("acme-tiktok", "inbox")
PLACES = {str(target): target for target in (TULIPS, HOME_BAR, ACME_X, INBOX)}
PLACES |= {"acme-pins": HOME_BAR, "acme-x": ACME_X}
GROUPS = {"coffee": (ACME_X, TULIPS, HOME_BAR), "flowers": (TULIPS,)}


def aim(word: str) -> Target | Problem:
    """Look a word up among a few accounts, as the accounts file would."""
    if word in PLACES:
        return PLACES[word]
    code = "community.unknown" if word.startswith("acme-pins/") else "account.unknown"
    return Problem(code, f"There is no {word}.", "Did you mean acme-x?")


def found(words: Sequence[str]) -> tuple[list[str], list[tuple[str, str | None]]]:
    """Return the targets of some words, and the problems' codes with where they are."""
    targets, problems = expand(words, GROUPS, aim)
    return [str(target) for target in targets], [(one.code, one.where) for one in problems]


@given(TARGETS)
def test_a_target_is_read_as_it_is_written(target: Target) -> None:
    """What a target says of itself is what people type for it."""
    assert parse(str(target)) == target


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", "target.empty", "acme-pins/desk-setups"),
        ("/", "target.empty", "acme-pins/desk-setups"),
        ("acme-pins/", "target.empty", "after the slash"),
        ("/tulips", "target.empty", "before the slash"),
        ("@acmecoffee", "target.handle", "the account's name from accounts.yaml, without @"),
        ("https://example.com/acme", "target.url", "is an address"),
        ("example.com/acme", "target.url", "is an address"),
        ("acme-pins/art/tulips", "target.slashes", "more than one slash"),
        ("Acme-X", "target.case", "Write acme-x."),
        ("acme-pins/Tulips", "target.case", "Write acme-pins/tulips."),
        ("acme_x", "target.name", "Did you mean acme-x?"),
        ("acme-pins/Désk setups", "target.name", "Did you mean acme-pins/desk-setups?"),
        ("-x", "target.name", "a-z, 0-9 and -"),
        ("日本", "target.name", "account/community"),
        ("a" * 500 + "_", "target.name", "a… is no name"),
    ],
)
def test_what_is_no_target(text: str, code: str, said: str) -> None:
    """Each kind of slip is refused by name, with what to write instead."""
    with pytest.raises(UserError) as caught:
        parse(text)
    assert caught.value.code == code
    assert said in f"{caught.value.message} {caught.value.hint}"


@given(st.text(max_size=30))
def test_any_text_is_a_target_or_refused(text: str) -> None:
    """A text is either read as what it says, but for blanks around it, or refused with advice."""
    targets, problems = expand([text], {}, parse)
    assert [str(target) for target in targets] in ([], [text.strip()])
    assert len(targets) + len(problems) == 1
    assert all(problem.code.startswith("target.") and problem.hint for problem in problems)


def test_targets_and_groups_become_one_list() -> None:
    """Targets come in the order named, groups in their own, and a bare account as its default."""
    assert found(["acme-tiktok/inbox", "coffee"]) == (
        ["acme-tiktok/inbox", "acme-x/timeline", "acme-pins/tulips", "acme-pins/home-bar"],
        [],
    )
    assert found([" acme-pins\n"]) == (["acme-pins/home-bar"], [])
    assert found([]) == ([], [])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["acme-x", "acme-x"], "acme-x/timeline is named twice: by acme-x both times."),
        (["coffee", "acme-x"], "acme-x/timeline is named twice: by coffee and by acme-x."),
        (["flowers", "coffee"], "acme-pins/tulips is named twice: by flowers and by coffee."),
        (
            ["acme-pins", "acme-pins/home-bar"],
            "acme-pins/home-bar is named twice: by acme-pins and by acme-pins/home-bar.",
        ),
    ],
)
def test_a_target_named_twice_is_a_problem(words: list[str], said: str) -> None:
    """A target that is named twice says by which words, and is in the list once."""
    targets, problems = expand(words, GROUPS, aim)
    assert [problem.message for problem in problems] == [said]
    assert (problems[0].code, problems[0].where) == ("target.twice", words[1])
    assert len(targets) == len(set(targets))


def test_all_problems_come_together() -> None:
    """Every word that names nothing is told with its place, and the others still count."""
    assert found(["@acme", "acme-pins/tulip", "nobody", "acme-x", "flowers", "coffee"]) == (
        ["acme-x/timeline", "acme-pins/tulips", "acme-pins/home-bar"],
        [
            ("target.handle", "@acme"),
            ("community.unknown", "acme-pins/tulip"),
            ("account.unknown", "nobody"),
            ("target.twice", "coffee"),
            ("target.twice", "coffee"),
        ],
    )


@pytest.mark.parametrize(
    ("word", "hint"),
    [("cofee", "Did you mean coffee?"), ("akme-x", "Did you mean acme-x?")],
)
def test_a_bare_name_may_mean_a_group(word: str, hint: str) -> None:
    """An unknown name is answered with the group or account that it resembles."""
    (problem,) = expand([word], GROUPS, aim)[1]
    assert problem.message == f"There is no account or group {word}."
    assert problem.hint == hint


@given(st.lists(st.sampled_from([*PLACES, *GROUPS, "nobody", "@x"]), max_size=8))
def test_nothing_is_lost_and_nothing_doubled(words: list[str]) -> None:
    """Each word adds new targets or problems, and no target is there twice."""
    targets, problems = expand(words, GROUPS, aim)
    sizes = [len(GROUPS.get(word, [word])) for word in words]
    assert len(set(targets)) == len(targets)
    assert len(targets) + len(problems) == sum(sizes)
