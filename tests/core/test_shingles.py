from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.shingles import BANDS, NEAR, ROWS, bands, bare, similarity

MENU = "Our winter menu is here: five drinks, one of them never served before"


def near(one: str, other: str) -> float:
    """Return how alike two texts are, as people wrote them."""
    return similarity(bare(one), bare(other))


@given(st.text())
def test_a_text_is_like_itself(text: str) -> None:
    """Every text, of whatever characters, equals itself, and bare it stays as it is."""
    assert near(text, text) == 1
    assert bare(bare(text)) == bare(text)


@given(st.text(max_size=80), st.text(max_size=80))
def test_likeness_is_mutual(one: str, other: str) -> None:
    """Likeness is the same both ways, and between nothing and all."""
    assert near(one, other) == near(other, one)
    assert 0 <= near(one, other) <= 1


@given(st.text(min_size=1))
def test_bands_are_the_same_every_time(text: str) -> None:
    """A text has so many bands of so many numbers, whatever it is made of."""
    found = list(bands(bare(text)))
    assert found == list(bands(bare(text)))
    assert len(found) == (BANDS if bare(text) else 0)
    assert {len(band) for band in found} <= {ROWS}


def test_the_numbers_never_change() -> None:
    """Names are kept in queues: the bands of a text are those of every other release."""
    first = next(bands(bare(MENU)))
    assert first == NUMBERS


NUMBERS = (
    303619750208911637,
    957355771003911467,
    419320175657468447,
    398083141524368106,
)


@pytest.mark.parametrize(
    "other",
    [
        MENU.upper(),
        f"{MENU} 🎉🎉",
        f"{MENU}!!! https://acme.example/menu?utm_source=x",
        f"  {MENU.replace(' ', '  ')}\n\n",
        f"@acme {MENU} #menu #winter",
        MENU.replace("winter", "\uff57\uff49\uff4e\uff54\uff45\uff52"),
    ],
)
def test_what_people_change_from_place_to_place_is_left_out(other: str) -> None:
    """Capitals, pictures, links, blanks, mentions, tags and wide letters make no difference."""
    assert near(MENU, other) == 1


@given(
    st.integers(0, len(MENU) - 1),
    st.sampled_from("abcdefghijklmnopqrstuvwxyz"),
)
def test_a_typo_is_near(at: int, letter: str) -> None:
    """Another letter anywhere leaves nearly the same text, and both share a band."""
    other = f"{MENU[:at]}{letter}{MENU[at + 1 :]}"
    assert near(MENU, other) >= NEAR
    assert set(enumerate(bands(bare(MENU)))) & set(enumerate(bands(bare(other))))


@pytest.mark.parametrize(
    "other",
    [
        "Doors open at nine",
        "The winter menu",
        "Our summer menu is there: nine dishes, all of them served before noon on Sundays",
        "",
        "🎉",
    ],
)
def test_other_texts_are_not_near(other: str) -> None:
    """Another text, a part of it, and none are not the same."""
    assert near(MENU, other) < NEAR


@pytest.mark.parametrize(("one", "other"), [("🎉🎉", "🎉"), ("#a", "#b"), ("", "a")])
def test_texts_without_words_are_compared_as_they_are(one: str, other: str) -> None:
    """Where nothing but pictures or tags is left, these are the text."""
    assert near(one, other) < 1
    assert near(one, one) == 1


def test_few_of_many_share_a_band_by_chance() -> None:
    """Of unrelated texts hardly any share a band; those that are nearly the same nearly all do."""
    dice = random.Random(6)  # noqa: S311 - the same texts every time
    words = ["".join(dice.choices("abcdefghiklmnoprstuvwyz", k=6)) for _ in range(2000)]
    texts = [bare(" ".join(dice.choices(words, k=25))) for _ in range(300)]
    known = [set(enumerate(bands(text))) for text in texts]
    pairs = [(i, j) for i in range(300) for j in range(i)]
    by_chance = sum(bool(known[i] & known[j]) for i, j in pairs)
    assert by_chance < len(pairs) / 1000
    edited = [text.replace(text.split()[3], "wholly", 1) for text in texts]
    found = sum(bool(known[at] & set(enumerate(bands(one)))) for at, one in enumerate(edited))
    assert found >= 297
