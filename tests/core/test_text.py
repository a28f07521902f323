from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.text import LINK_WEIGHT, Counting, Link, has_link, length, links
from microcom.core.text_emoji import FLAGS, JOINED, NEEDS_PICTURE, TAKES_PICTURE, TONED

ALIVE = st.characters(exclude_categories=["Cs"])
LIGHT_TONE, DARK_TONE = "\U0001f3fb", "\U0001f3ff"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("", 0),
        ("hello", 5),
        ("two\nlines", 9),
        ("\r\n\t ", 4),
        ("café", 4),
        ("cafe\u0301", 4),  # composed first
        ("A\u0301B", 2),
        ("A\ufb2c", 4),  # this Hebrew letter composes to three characters
        ("привет", 6),
        ("שלום", 4),
        ("สวัสดี", 6),
        ("\u10ff\u1100", 3),  # the last that weighs 1, and the first that weighs 2
        ("日本語", 6),
        ("한국", 4),
        ("ｆｕｌｌ", 8),  # noqa: RUF001 - full width weighs double
        ("\u2000\u200d\u2010\u201f\u2032\u2037", 6),
        ("\u200e\u200f\u2020\u2031\u2038", 10),  # the neighbours of those
        ("“quoted”", 8),
        ("—", 1),
        ("…", 2),
        ("€5", 3),
        ("\U00020021", 2),
    ],
)
def test_scripts_weigh_one_or_two(text: str, weight: int) -> None:
    """Most letters and signs weigh 1; East Asian scripts and everything further on weigh 2."""
    assert length(text, Counting.WEIGHTED) == weight


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("😀", 2),
        ("a 😀 b", 6),
        ("😷👾😡🔥💩", 10),
        ("👍🏽", 2),
        ("☝🏽", 2),
        ("❤️", 2),
        ("⭐️", 2),
        ("☺☺️☺︎", 8),
        ("👨‍👩‍👧‍👦", 2),
        ("👩🏾‍🚀", 2),
        ("🏳️‍🌈", 2),
        ("🕵️‍♂️", 2),
        ("🕵🏽‍♂️", 2),
        ("👩🏻‍🤝‍👨🏿", 2),
        ("🇫🇷", 2),
        ("🇫🇷🇯🇵", 4),
        (ENGLAND, 2),
        ("1️⃣", 2),
        ("#⃣", 2),
        ("©", 1),
        ("©️", 2),
        ("👨👩👧👦", 8),
        ("🙋🏽👨‍🎤", 4),
        ("🐱\u200d🐱", 5),  # joined, but no such picture
        ("👨‍👩‍👧🏽", 4),  # a family has no skin tone: it stands for itself
        ("👧‍👧", 5),
        ("🏃‍♀", 5),  # ♀ is text without U+FE0F
        ("🇦🇦", 4),  # no such flag
        ("🇫🇫🇷", 4),
        ("🏴\U000e0061\U000e007f", 6),  # a flag of nowhere
        ("😀️", 4),  # U+FE0F adds nothing to this one and is counted
        ("日🏽", 4),
        ("\u200d\u200d", 2),
        ("\ufe0f", 2),
    ],
)
def test_a_known_picture_weighs_two(text: str, weight: int) -> None:
    """Signs that show one picture together weigh 2 in all, others each their own."""
    assert length(text, Counting.WEIGHTED) == weight


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("https://example.com/a/long/way?with=a&query=1", 23),
        ("example.com", 23),
        ("Hi http://test.co", 26),
        ("see example.com, ok", 31),
        ("Test https://test.com test https://test.com test.com test", 86),
        ("README.md", 23),  # a country's domain: X makes a link of it too
        ("foo.zip", 23),
        ("日本語example.com", 29),
        ("日本語example.com日本語", 35),
        ("http://日本語.jp", 23),
        ("example.com:8080", 28),  # a port or query goes with a path only
        ("example.com?q=1", 27),
        ("example.com:8080/?q=1", 23),
        ("a.b", 3),
        ("v1.2", 4),
        ("Hello. World.", 13),
        ("me@example.com", 14),
        ("@user.com", 9),
        ("#tag.com", 8),
        ("$example.com", 12),
        ("http://localhost", 16),
        ("http://example.com/wiki/A_(b)!", 24),
        ("example.com example.org", 47),
        ("a.com/1\ufe0f\u20e3", 27),
        (" ".join(["https://www.example.com/aloha"] * 10) + " ", 240),
    ],
)
def test_a_link_weighs_twenty_three(text: str, weight: int) -> None:
    """Each link weighs 23; what only looks like one weighs what is written."""
    assert length(text, Counting.WEIGHTED) == weight


def test_code_points() -> None:
    """A platform that counts code points counts nothing else."""
    assert length("👍🏽 example.com", Counting.CODEPOINTS) == 14
    assert length("cafe\u0301", Counting.CODEPOINTS) == 5


def test_every_flag_is_one_picture() -> None:
    """The two letters of each region that has a flag weigh 2."""
    first = ord("🇦") - ord("A")
    flags = ["".join(chr(first + ord(letter)) for letter in flag) for flag in FLAGS]
    assert len(flags) > 250
    assert {length(flag, Counting.WEIGHTED) for flag in flags} == {2}


@pytest.mark.parametrize("rule", JOINED)
def test_every_joined_picture_weighs_two(rule: str) -> None:
    """Joined signs weigh 2 with each set of skin tones that they can have, and more with others."""
    for key in JOINED[rule].split():
        for first in ("", LIGHT_TONE):
            for last in ("", LIGHT_TONE, DARK_TONE):
                weight = length(_joined(key, first, last), Counting.WEIGHTED)
                assert (weight == 2) is _may_have(rule, first, last), (key, first, last)


def test_a_mark_adds_no_weight() -> None:
    """U+FE0F or a skin tone behind a sign that takes it leaves one picture."""
    pictures = [f"{sign}\ufe0f" for sign in NEEDS_PICTURE | TAKES_PICTURE]
    toned = [sign + DARK_TONE for sign in TONED]
    assert {length(sign, Counting.WEIGHTED) for sign in (*pictures, *toned)} == {2}


PLAIN = st.text(st.characters(codec="ascii", exclude_characters="."), max_size=300)


@given(PLAIN, PLAIN)
def test_plain_ascii_counts_itself(one: str, other: str) -> None:
    """ASCII without a full stop weighs 1 a character, so two texts weigh what they do together."""
    assert length(one, Counting.WEIGHTED) == len(one)
    together = length(one + other, Counting.WEIGHTED)
    assert together == length(one, Counting.WEIGHTED) + length(other, Counting.WEIGHTED)


@given(st.text(max_size=120))
def test_any_text_has_a_length(text: str) -> None:
    """No text breaks the counter; a character weighs at most 2, and a text never less than 0."""
    weight = length(text, Counting.WEIGHTED)
    composed = unicodedata.normalize("NFC", text)
    assert 0 <= weight <= 2 * len(composed) + LINK_WEIGHT * len(links(composed))
    assert (weight == 0) is (text == "")


@given(st.text(ALIVE, max_size=60))
def test_how_characters_are_composed_does_not_matter(text: str) -> None:
    """A text weighs the same composed and decomposed."""
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
    assert {length(form, Counting.WEIGHTED) for form in forms} == {length(text, Counting.WEIGHTED)}


LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?", fullmatch=True)
PATH = st.from_regex(r"/[A-Za-z0-9._~!*'();:@&=+$,/#-]{0,80}[A-Za-z0-9_/]", fullmatch=True)


@given(st.lists(LABEL, min_size=1, max_size=4), PATH, st.sampled_from(["https://", "http://", ""]))
def test_a_link_weighs_the_same_whatever_its_length(
    labels: list[str], path: str, protocol: str
) -> None:
    """A link of any length weighs 23, and is found as it stands."""
    url = f"{protocol}{'.'.join(labels)}.com{path.replace('(', '').replace(')', '')}"
    assert length(url, Counting.WEIGHTED) == LINK_WEIGHT
    assert links(f"- {url} -") == (Link(2, 2 + len(url), url),)


PIECE = ALIVE | st.sampled_from([".com", "http://", "é.", "a.", "/", "❤️", "\u200d", "🇫"])
LINE = st.lists(PIECE, max_size=30).map("".join)
ON_ONE_LINE = LINE.map(lambda text: "- " + " ".join(text.split()))


@given(st.lists(ON_ONE_LINE, min_size=1, max_size=5))
def test_lines_weigh_what_they_weigh_alone(lines: list[str]) -> None:
    """Nothing reaches over the end of a line: lines and line ends add up."""
    apart = sum(length(line, Counting.WEIGHTED) for line in lines)
    assert length("\n".join(lines), Counting.WEIGHTED) == apart + len(lines) - 1


@given(LINE)
def test_links_stand_in_order_and_apart(text: str) -> None:
    """Links are where they say, one after another, and there is one if there are any."""
    found = links(text)
    assert all(text[link.start : link.end] == link.url for link in found)
    places = [place for link in found for place in (link.start, link.end)]
    assert places == sorted(places)
    assert has_link(text) is bool(found)


@pytest.mark.parametrize(
    "text",
    [
        "漢" * 25_000 + ".",
        "漢" * 25_000 + ".com",
        "a." * 12_500,
        "a-" * 12_500 + ".com",
        "a_b." * 6_000 + "com",
        "http://a.com/" + "(" * 20_000,
        "http://a.com/" + "(a" * 12_000 + ".",
        "http://a.com/" + "!" * 25_000,
        "a.comあ" * 4_000,
        "a.com?" * 4_000,
        "👨\u200d" * 12_000,
        "🇫" * 25_001,
    ],
    ids=lambda text: text[:16],
)
def test_no_text_is_slow(text: str) -> None:
    """The longest texts, however odd, are counted in one go: a slow rule would hang here."""
    assert length(text, Counting.WEIGHTED) > 0


def test_prose_needs_no_patterns() -> None:
    """ASCII prose is counted without loading the rules for links, tags and pictures."""
    code = (
        "import sys; from microcom.core import text;"
        "text.length('Hello there. How are you?', text.Counting.WEIGHTED);"
        "text.hashtags('Hello'); text.cashtags('Hello');"
        "print(sorted(name for name in sys.modules if name.startswith('microcom.core.text')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['microcom.core.text']"


def _joined(key: str, first: str, last: str) -> str:
    """Return joined signs as a keyboard writes them, with a skin tone on the first and last."""
    signs = key.split("+")
    tones = [first, *[""] * (len(signs) - 2), last]
    return "\u200d".join(
        sign + (tone or ("\ufe0f" if sign in NEEDS_PICTURE else ""))
        for sign, tone in zip(signs, tones, strict=True)
    )


def _may_have(rule: str, first: str, last: str) -> bool:
    return {
        "never": not first and not last,
        "first": not last,
        "both": bool(first) == bool(last),
        "different": bool(first) and bool(last) and first != last,
    }[rule]
