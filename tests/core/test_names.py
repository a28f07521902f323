from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.names import did_you_mean, is_name, nearest

KNOWN = ["acme-x", "acme-pins", "lumen-x"]
NAME = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)


@pytest.mark.parametrize("text", ["acme-x", "0", "a", "2026-winter", "a--b", "a-"])
def test_what_a_name_is(text: str) -> None:
    """A name is lower-case letters, digits and hyphens, beginning with a letter or digit."""
    assert is_name(text)


@pytest.mark.parametrize("text", ["", "-a", "Acme", "a_b", "a b", "a/b", "a\n", "é", "٣", "@a"])
def test_what_a_name_is_not(text: str) -> None:
    """Anything else is no name, other scripts' letters and digits included."""
    assert not is_name(text)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("acme-xx", ("acme-x",)),
        ("ACME-X", ("acme-x",)),
        ("lumenx", ("lumen-x",)),
        ("pins", ("acme-pins",)),  # a part of the name will do
        ("acme", ("acme-x", "acme-pins")),
        ("zzz", ()),
        ("x", ()),
        ("", ()),
    ],
)
def test_the_nearest_come_first(word: str, found: tuple[str, ...]) -> None:
    """The names most like a word are found, best first, whatever its capitals."""
    assert nearest(word, KNOWN)[: len(found)] == found
    assert bool(nearest(word, KNOWN)) is bool(found)


def test_known_names_keep_their_capitals() -> None:
    """A name is offered as it is written, not as it was compared."""
    assert nearest("europe/pari", ["Europe/Paris", "Asia/Tokyo"]) == ("Europe/Paris",)


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("acme-pin", KNOWN, "Did you mean acme-pins or acme-x?"),
        ("pins", KNOWN, "Did you mean acme-pins?"),
        ("zzz", KNOWN, "There is acme-pins, acme-x and lumen-x."),
        ("zzz", ["acme-x"], "There is acme-x."),
        ("zzz", [], ""),
        ("zzz", [f"name-{number}" for number in range(7)], ""),
    ],
)
def test_a_slip_is_answered_with_names(word: str, known: list[str], said: str) -> None:
    """A slip is answered with what was probably meant, a stranger with all names if few."""
    assert did_you_mean(word, known) == said


@given(st.text(max_size=20), st.lists(NAME, max_size=12), st.integers(1, 4))
def test_only_known_names_are_offered(word: str, known: list[str], limit: int) -> None:
    """What is offered exists, each once, and no more than asked for."""
    found = nearest(word, known, limit)
    assert set(found) <= set(known)
    assert len(found) == len(set(found)) <= limit


@given(NAME, st.lists(NAME, max_size=12))
def test_a_name_is_nearest_to_itself(name: str, known: list[str]) -> None:
    """A known name is its own best match."""
    assert nearest(name, [*known, name])[0] == name
