from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.text import Counting, cashtags, has_link, hashtags, length, links

WEIGHTS = [
    ("", 0),
    ("hello", 5),
    ("two\nlines", 9),
    ("café", 4),
    ("cafe\u0301", 4),  # counted after NFC
    ("日本語", 6),
    ("한국", 4),
    ("“quoted”", 8),
    ("…", 2),
    ("—", 1),
    ("©", 1),
    ("😀", 2),
    ("👍🏽", 2),
    ("👨‍👩‍👧‍👦", 2),
    ("🇫🇷", 2),
    ("1️⃣", 2),
    ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 2),
    ("❤️", 2),
    ("a 😀 b", 6),
    ("https://example.com/a/long/way?with=a&query=1", 23),
    ("example.com", 23),
    ("see example.com, ok", 31),
    ("README.md", 23),  # a country's domain: X makes a link of it too
    ("foo.zip", 23),
    ("日本語example.com", 29),
    ("http://日本語.jp", 23),
    ("a.b", 3),
    ("v1.2", 4),
    ("me@example.com", 14),
    ("@user.com", 9),
    ("#tag.com", 8),
    ("http://localhost", 16),
    ("http://example.com/wiki/A_(b)!", 24),
    ("example.com example.org", 47),
    ("$AAPL", 5),
]


@pytest.mark.parametrize(("text", "weight"), WEIGHTS)
def test_weighted_length(text: str, weight: int) -> None:
    """The weighted rule counts links, emoji and scripts as twitter-text v3 does."""
    assert length(text, Counting.WEIGHTED) == weight


def test_code_points() -> None:
    """A platform that counts code points counts nothing else."""
    assert length("👍🏽 example.com", Counting.CODEPOINTS) == 14


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("a https://example.com/x_(y) b", ["https://example.com/x_(y)"]),
        ("(example.com)", ["example.com"]),
        ("example.com/path.", ["example.com/path"]),
        ("http://t.co/abc123?x=1 tail", ["http://t.co/abc123?x=1"]),
        ("co.uk is bbc.co.uk", ["co.uk", "bbc.co.uk"]),
        ("a_b.example.com", ["b.example.com"]),
        (f"http://{'a' * 64}.com", []),
        (f"http://{'a' * 63}.com", [f"http://{'a' * 63}.com"]),
        (f"http://t.co/{'a' * 41}", []),
        ("x-/example.com", []),
        ("no links here", []),
    ],
)
def test_links(text: str, urls: list[str]) -> None:
    """A link is found where X finds one, and its place in the text is where it stands."""
    found = links(text)
    assert [link.url for link in found] == urls
    assert all(text[link.start : link.end] == link.url for link in found)
    assert has_link(text) is bool(urls)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#latteart and #barista", ("latteart", "barista")),
        ("#1 is no tag, #1a is", ("1a",)),
        ("a#b &#c", ()),
        ("＃日本", ("日本",)),  # noqa: RUF001 - the full-width sign is the point
        ("#a#b", ()),
        ("https://example.com/#top", ()),
    ],
)
def test_hashtags(text: str, tags: tuple[str, ...]) -> None:
    """Hashtags are found where X makes them, not inside links or words."""
    assert hashtags(text) == tags


@pytest.mark.parametrize(
    ("text", "tags"),
    [("$AAPL, $BRK.A and $5", ("AAPL", "BRK.A")), ("a$b", ()), ("$TOOLONGX", ())],
)
def test_cashtags(text: str, tags: tuple[str, ...]) -> None:
    """Cashtags are a sign and one to six letters after a blank."""
    assert cashtags(text) == tags


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=300))
def test_plain_ascii_counts_itself(text: str) -> None:
    """ASCII without a full stop counts one a character."""
    plain = text.replace(".", "")
    assert length(plain, Counting.WEIGHTED) == len(plain)


@given(st.text(max_size=120))
def test_any_text_has_a_length(text: str) -> None:
    """No text breaks the counter, and composing it does not change its length."""
    weight = length(text, Counting.WEIGHTED)
    assert 0 <= weight
    assert length(unicodedata.normalize("NFC", text), Counting.WEIGHTED) == weight


@given(st.text(alphabet="abcdefghij0123456789/_", max_size=400))
def test_a_link_weighs_the_same_whatever_its_length(path: str) -> None:
    """A link counts 23, short or long."""
    assert length(f"https://example.com/{path}a", Counting.WEIGHTED) == 23


def test_short_texts_need_no_grammar() -> None:
    """A text without a full stop is counted without loading the patterns."""
    code = (
        "import sys; from microcom.core.text import Counting, length;"
        "length('Hello there', Counting.WEIGHTED); print('regex' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
