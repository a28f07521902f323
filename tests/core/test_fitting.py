# ruff: noqa: RUF001 - the signs themselves
from __future__ import annotations

from itertools import pairwise
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.fitting import HEAVIEST, split, trim
from microcom.core.text import Counting, length
from microcom.core.text_pictures import spans
from microcom.errors import UserError

FAMILY = "👨‍👩‍👧‍👦"
LINK = "https://example.com/a/b?c=d"
PIECES = [
    "word ",
    "Some words. ",
    "a long-winded sentence, with a comma! ",
    "\n\n",
    "\n",
    " ",
    "\u00a0",
    "日本語です。",
    "你好，世界！",
    "e\u0301",
    "\u1112\u1161\u11ab",
    "क्ष",
    FAMILY,
    "🇫🇷",
    "👍🏽",
    "1️⃣",
    f"{LINK} ",
    "http://example.org/日本",
    "example.com",
    "(",
    ")",
    "e.g. ",
    "x" * 30,
    "\ufb2c",
    "\U0001d160",
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
    st.text(max_size=300),
    st.text("ab .!?\n，。\u0301🇫🇷\u200d👩", max_size=200),
)
LIMITS = st.integers(HEAVIEST, 120)
COUNTINGS = st.sampled_from(Counting)


def bare(text: str) -> str:
    """Return a text without its white space."""
    return "".join(text.split())


@given(TEXTS, LIMITS, COUNTINGS)
def test_the_pieces_are_the_whole(text: str, limit: int, counting: Counting) -> None:
    """The pieces follow each other in the text, with nothing but white space between them."""
    place = 0
    for piece in split(text, limit, counting):
        start = text.index(piece, place)
        assert not text[place:start].strip()
        place = start + len(piece)
    assert not text[place:].strip()


@given(TEXTS, LIMITS, COUNTINGS)
def test_each_piece_fits(text: str, limit: int, counting: Counting) -> None:
    """Each piece fits the limit by the platform's counting, and none is empty or has loose ends."""
    pieces = split(text, limit, counting)
    assert all(length(piece, counting) <= limit for piece in pieces)
    assert all(piece.strip() for piece in pieces)
    assert len(pieces) == 1 or all(piece == piece.strip() for piece in pieces)


@given(st.lists(st.sampled_from(PIECES[:8]), max_size=60).map("".join), LIMITS, COUNTINGS)
def test_there_are_few_pieces(text: str, limit: int, counting: Counting) -> None:
    """No two neighbours would have fitted in one piece."""
    place = 0
    starts = []
    pieces = split(text, limit, counting)
    for piece in pieces:
        starts.append(text.index(piece, place))
        place = starts[-1] + len(piece)
    for (start, _), (following, piece) in pairwise(zip(starts, pieces, strict=True)):
        assert length(text[start : following + len(piece)], counting) > limit


@given(TEXTS, COUNTINGS)
def test_no_piece_cuts_a_link_or_a_picture(text: str, counting: Counting) -> None:
    """Links and pictures are whole in one of the pieces when the limit has room for them."""
    pieces = split(text, 40, counting)
    assert sum(one.count(LINK) for one in pieces) == text.count(LINK)
    assert sum(one.count("🇫🇷") for one in pieces) >= text.replace(FAMILY, "").count("🇫🇷🇫🇷")
    shown = [text[start:stop] for start, stop in spans(text)]
    assert sum(len(list(spans(one))) for one in pieces) == len(shown)


@pytest.mark.parametrize("text", ["", " ", "\n\n\t\u00a0"])
def test_a_blank_text_has_no_piece(text: str) -> None:
    """Where there is nothing to say, there is no piece."""
    assert split(text, 10, Counting.CODEPOINTS) == ()


def test_what_fits_stays_as_it_is() -> None:
    """A text that fits is the only piece, with its own white space."""
    assert split("  two\n\nlines \n", 280, Counting.WEIGHTED) == ("  two\n\nlines \n",)


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("One two.\n\nThree four.\n\nFive.", 22, ["One two.\n\nThree four.", "Five."]),
        ("One. Two.\n\nThree. Four.", 14, ["One. Two.", "Three. Four."]),
        (
            "Hi.\n\nOne two. Three four. Five six.",
            16,
            ["Hi.\n\nOne two.", "Three four.", "Five six."],
        ),
        ("- milk\n- bread\n- eggs", 16, ["- milk\n- bread", "- eggs"]),
        ("one two three four", 9, ["one two", "three", "four"]),
        ("see abcdefghijkl now", 8, ["see abcd", "efghijkl", "now"]),
        ("你好世界。再见世界。", 6, ["你好世界。", "再见世界。"]),
        ("一二三四，五六七八，九十", 6, ["一二三四，", "五六七八，", "九十"]),
        ("Salut ! Ça va ?", 8, ["Salut !", "Ça va ?"]),
        ("un « deux » trois", 10, ["un", "« deux »", "trois"]),
        ("10\u00a0000 euros", 8, ["10\u00a0000", "euros"]),
    ],
)
def test_the_best_border_is_taken(text: str, limit: int, pieces: list[str]) -> None:
    """A paragraph that fits is whole, else a sentence or a line, else a word."""
    assert list(split(text, limit, Counting.CODEPOINTS)) == pieces


@pytest.mark.parametrize(
    "sentence",
    [
        "It weighs 3.5 kg.",
        "See e.g. The Times.",
        "Ask Dr. Smith.",
        "J. R. R. Tolkien wrote it.",
        "Am 3. Dezember.",
        "Das kostet z.B. Geld.",
        "Hm… maybe.",
        "Yahoo! is old.",
        "“Really?” he said.",
        "Version 1.2.3 is out!",
    ],
)
def test_a_full_stop_need_not_end_a_sentence(sentence: str) -> None:
    """Numbers, abbreviations and what goes on with a small letter stay in one sentence."""
    pieces = split(f"{sentence} Then on.", len(sentence), Counting.CODEPOINTS)
    assert pieces == (sentence, "Then on.")


@pytest.mark.parametrize(
    "sentence",
    ["It was 2025.", "Why?!", "He said “go.”", "كيف حالك؟", "यह है।", "Enough…", "See (a, b)."],
)
def test_a_sentence_ends_with_its_mark(sentence: str) -> None:
    """Marks of many scripts end a sentence, with what closes it."""
    text = f"{sentence} Then some more"
    pieces = split(text, len("Then some more"), Counting.CODEPOINTS)
    assert pieces == (sentence, "Then some more")


def test_a_link_counts_by_its_own_weight() -> None:
    """A link longer than the limit stays whole where it weighs less."""
    link = f"https://example.com/{'a' * 400}"
    text = f"{'word ' * 10}{link} more"
    assert split(text, 70, Counting.WEIGHTED)[1] == f"{link} more"


def test_a_link_that_does_not_fit_is_cut() -> None:
    """Where every character counts, a link over the limit is cut like a word."""
    link = f"https://example.com/{'a' * 60}"
    pieces = split(link, 30, Counting.CODEPOINTS)
    assert "".join(pieces) == link
    assert [len(piece) for piece in pieces] == [30, 30, 20]


@pytest.mark.parametrize("sign", [FAMILY, "🇫🇷", "e\u0301", "👍🏽", "\u1112\u1161\u11ab", "क्ष"])
def test_a_sign_is_never_cut(sign: str) -> None:
    """Pictures, flags, letters with marks and syllables are whole in each piece."""
    pieces = split(sign * 50, 23, Counting.UTF16)
    assert len(pieces) > 1
    assert all(set(bare(piece.replace(sign, ""))) == set() for piece in pieces)


def test_any_character_fits_the_least_limit() -> None:
    """No character weighs more than the least limit, whatever the counting."""
    everything = map(chr, range(0x110000))
    composed = [one for one in everything if normalize("NFC", one) != one]
    heaviest = max(
        length(one, counting) for one in [*composed, "\U0001f600"] for counting in Counting
    )
    assert heaviest == HEAVIEST


def test_a_limit_below_the_least_is_a_mistake_in_the_program() -> None:
    """A limit that some characters exceed by themselves is not taken."""
    with pytest.raises(ValueError, match="6 is the least"):
        split("text", 5, Counting.CODEPOINTS)


@given(TEXTS, st.integers(40, 120), COUNTINGS, st.sampled_from(["", LINK, "#one #two"]))
def test_a_trimmed_text_fits_with_its_tail(
    text: str, limit: int, counting: Counting, keep: str
) -> None:
    """What is left begins as the text does, ends with … and the tail, and fits."""
    shortened = trim(text, limit, counting, keep=keep)
    tail = f"\n\n{keep}" if keep else ""
    assert length(shortened, counting) <= limit
    assert shortened.endswith(tail)
    if length(text + tail, counting) <= limit:
        assert shortened == text + tail
    else:
        body = shortened.removesuffix(tail)
        assert body.endswith("…")
        assert text.startswith((body[:-1], body[:-2]))


@pytest.mark.parametrize(
    ("text", "limit", "shortened"),
    [
        ("All of it fits.", 15, "All of it fits."),
        ("One sentence. Another one. And more", 30, "One sentence. Another one. …"),
        ("One. Then a much longer sentence follows", 30, "One. Then a much longer…"),
        ("One, two, three", 10, "One, two…"),
        ("abcdefghijkl", 8, "abcdefg…"),
        ("see https://example.com/a and more of it", 30, "see https://example.com/a and…"),
        ("see https://example.com/a and more of it", 28, "see https://example.com/a …"),
        ("see https://example.com/a and more of it", 26, "see…"),
        (f"https://example.com/{'a' * 40} more", 30, "…"),
        ("你好世界。再见，世界多么美丽", 8, "你好世界。…"),
        ("你好世界。再见，世界多么美丽", 9, "你好世界。…"),
        ("First line\n\nSecond line goes on", 20, "First line …"),
    ],
)
def test_a_text_is_shortened_at_a_border(text: str, limit: int, shortened: str) -> None:
    """The end is that of a sentence, if not too much is lost, or of a word, never in a link."""
    assert trim(text, limit, Counting.CODEPOINTS) == shortened


def test_the_tail_stays() -> None:
    """What has to stay follows behind an empty line, also where nothing was cut."""
    assert trim("Short.", 60, Counting.WEIGHTED, keep=LINK) == f"Short.\n\n{LINK}"
    text = "The first sentence. The second one is left out."
    shortened = f"The first sentence. …\n\n{LINK}"
    assert trim(text, 50, Counting.WEIGHTED, keep=LINK) == shortened


def test_a_tail_that_does_not_fit_is_said() -> None:
    """A tail over the limit is an error that says by how much."""
    with pytest.raises(UserError) as caught:
        trim("text " * 20, 20, Counting.CODEPOINTS, keep=LINK)
    assert caught.value.code == "fit.tail"
    assert f"{len(LINK)} of 20" in caught.value.message
