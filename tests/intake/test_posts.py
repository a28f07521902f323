from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.post import Post
from microcom.core.problem import Problem
from microcom.errors import Mistakes, UserError
from microcom.intake.draft import Draft
from microcom.intake.parts import parts_of
from microcom.intake.posts import read_draft, read_stdin, text_post

WINTER = """\
---
id: winter-menu
campaign: winter
to: [coffee, acme-pond/corner]    # two of them
at: 2026-12-04 09:00
---
Our winter menu is here.

Five drinks.

---
Why eleven? The first ten tasted of soap.
"""
PARTS = ("Our winter menu is here.\n\nFive drinks.", "Why eleven? The first ten tasted of soap.")


def post_of(path: Path) -> Post:
    """Return the post in a file."""
    return read_draft(path).post


def _write(tmp_path: Path, content: str | bytes, name: str = "post.md") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _places(tmp_path: Path, content: str | bytes) -> list[tuple[str, str]]:
    """Return place and code of everything that is wrong with a post file."""
    path = _write(tmp_path, content)
    with pytest.raises(Mistakes) as caught:
        post_of(path)
    return [
        ((problem.where or "").removeprefix(f"{path}:"), problem.code)
        for problem in caught.value.problems
    ]


@pytest.mark.parametrize(
    "content",
    [WINTER, WINTER.replace("\n", "\r\n"), "\ufeff" + WINTER, WINTER.replace("---\n", "---  \n")],
    ids=["plain", "windows lines", "byte order mark", "trailing blanks"],
)
def test_a_post_file_is_keys_and_parts(content: str, tmp_path: Path) -> None:
    """Keys stand between two rules, further rules separate the parts of a thread."""
    path = _write(tmp_path, content)
    assert post_of(path) == Post(
        id="winter-menu",
        parts=PARTS,
        to=("coffee", "acme-pond/corner"),
        at="2026-12-04 09:00",
        campaign="winter",
        source=str(path),
        template=True,
    )


def test_the_words_of_a_post_have_places(tmp_path: Path) -> None:
    """Each word that may turn out wrong later is known by its place in the file."""
    path = _write(tmp_path, WINTER)
    places = read_draft(path).places
    assert places["coffee"] == f"{path}:4:6"
    assert places["acme-pond/corner"] == f"{path}:4:14"
    assert places["--at"] == f"{path}:5:5"
    assert places["text"] == f"{path}:7:1"


@pytest.mark.parametrize(
    ("code", "where", "place"),
    [
        ("account.unknown", "coffee", "4:6"),
        ("target.twice", "lumen-pond/wall", "4:5"),
        ("time.past", "--at", "5:5"),
        ("text.too_long", "acme-pond/corner", "7:1"),
    ],
)
def test_a_problem_is_placed_where_it_was_written(
    code: str, where: str, place: str, tmp_path: Path
) -> None:
    """What a plan has against a target, a time or a text is said at the place in the file."""
    path = _write(tmp_path, WINTER)
    (placed,) = read_draft(path).told([Problem(code, "No.", where=where)], {})
    assert placed.where == f"{path}:{place}"
    assert placed.message == ("acme-pond/corner: No." if code == "text.too_long" else "No.")
    assert Draft(text_post("Hi")).told([placed], {}) == (placed,)


def test_one_target_needs_no_list(tmp_path: Path) -> None:
    """`to` takes one word as well as a list, and a time stays as typed."""
    post = post_of(_write(tmp_path, "---\nto: acme-pond\nat: 22:30\n---\nHello\n"))
    assert (post.to, post.at) == (("acme-pond",), "22:30")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("winter-menu.md", "winter-menu"),
        ("Winter Menu (2).md", "winter-menu-2"),
        ("Café.md", "cafe"),
    ],
)
def test_the_files_name_serves_as_id(name: str, expected: str, tmp_path: Path) -> None:
    """Without an id, the post is known by its file's name."""
    assert post_of(_write(tmp_path, "Hello\n", name)).id == expected


def test_a_file_without_keys_is_all_text(tmp_path: Path) -> None:
    """A file that does not begin with a rule holds parts only; so does one with empty keys."""
    assert post_of(_write(tmp_path, "One\n---\nTwo\n")).parts == ("One", "Two")
    assert post_of(_write(tmp_path, "---\n# none\n\n---\nOne\n---\nTwo\n")).parts == (
        "One",
        "Two",
    )


def test_stdin_is_a_post_file_or_text() -> None:
    """Standard input is read as a file is, but has no name to be known by."""
    assert read_stdin(WINTER.encode()).post.id == "winter-menu"
    assert read_stdin(WINTER.encode()).places["--at"] == "stdin:5:5"
    assert read_stdin(b"One\r\n---\r\nTwo\r\n").post == Post(
        id=None, parts=("One", "Two"), template=True
    )
    assert read_stdin("Grüße".encode()).post == Post(id=None, parts=("Grüße",), template=True)


def test_typed_text_is_taken_as_it_is() -> None:
    """A text on the command line is one part, rules and all; --then adds parts."""
    assert text_post("\n One\n---\nTwo \n\n", ["Three\r\n four"]) == Post(
        id=None, parts=(" One\n---\nTwo", "Three\n four")
    )


@pytest.mark.parametrize(
    ("text", "then", "code", "where"),
    [
        ("", [], "text.empty", "TEXT"),
        (" \n\t\n", [], "text.empty", "TEXT"),
        ("a", ["b", " "], "text.empty", "--then 2"),
        ("a\x00b", [], "text.control", "TEXT"),
        ("a", ["\x1b[31mred"], "text.control", "--then 1"),
        ("a\udcffb", [], "text.control", "TEXT"),
        ("a" * (1024 * 1024 + 1), [], "file.size", "TEXT"),
    ],
)
def test_typed_text_is_checked(text: str, then: list[str], code: str, where: str) -> None:
    """An empty part, one that is too large, and one with control characters are refused."""
    with pytest.raises(Mistakes) as caught:
        text_post(text, then)
    assert [(problem.code, problem.where) for problem in caught.value.problems] == [(code, where)]


MISTAKES = {
    "no text": ("", [("1:1", "text.empty")]),
    "blank lines": ("\n \n\n", [("1:1", "text.empty")]),
    "keys only": ("---\nid: a\n---\n\n", [("4:1", "text.empty")]),
    "keys never closed": ("---\nid: a\nHello\n", [("1:1", "post.open")]),
    "a rule alone": ("---\n", [("1:1", "post.open")]),
    "empty part between": ("---\nid: a\n---\nOne\n---\n\n---\nTwo\n", [("5:1", "text.empty_part")]),
    "empty first part": ("---\nid: a\n---\n---\nTwo\n", [("4:1", "text.empty_part")]),
    "empty last part": ("One\n---\n", [("2:1", "text.empty_part")]),
    "two empty parts": (
        "One\n---\n---\n---\nTwo\n",
        [("2:1", "text.empty_part"), ("3:1", "text.empty_part")],
    ),
    "code block left open": ("One\n```\ncode\n---\nTwo\n", [("2:1", "post.fence")]),
    "unknown key": ("---\nid: a\ncampain: b\n---\nHi\n", [("3:1", "config.unknown_key")]),
    "unknown key of a file": (
        "---\nmedia:\n  - {fil: a}\n---\nHi\n",
        [("3:5", "config.missing"), ("3:6", "config.unknown_key")],
    ),
    "key of a later version": ("---\nslot: a\n---\nHi\n", [("2:1", "config.unknown_key")]),
    "bad id": ("---\nid: Winter Menu\n---\nHi\n", [("2:5", "config.name")]),
    "empty value": ("---\nto:\nat: \n---\nHi\n", [("2:1", "config.list"), ("3:1", "config.empty")]),
    "block for a word": ("---\nat: {x: 1}\n---\nHi\n", [("2:5", "config.text")]),
    "keys are a list": ("---\n- a\n---\nHi\n", [("2:1", "yaml.top")]),
    "handle with @": ("---\nid: a\nto: @acme\n---\nHi\n", [("3:5", "yaml.at")]),
    "second colon": ("---\nat: 1: 2\n---\nHi\n", [("2:6", "yaml.colon")]),
    "keys and text": (
        "---\nid: A\ntitel: x\nto: [a]\nto: [b]\n---\n\n---\nTwo\n",
        [
            ("2:5", "config.name"),
            ("3:1", "config.unknown_key"),
            ("5:1", "yaml.twice"),
            ("8:1", "text.empty_part"),
        ],
    ),
    "broken keys and empty text": (
        "---\nto: @a\n---\n",
        [("2:5", "yaml.at"), ("4:1", "text.empty")],
    ),
    "not UTF-8": (b"Hello \xff\n", [("1:7", "text.encoding")]),
    "UTF-16": ("Hello".encode("utf-16"), [("1:1", "text.encoding")]),
    "NUL": (b"Hello\nthere\x00\n", [("2:6", "text.control")]),
    "C1": (b"Hello\nthere\xc2\x80\n", [("2:6", "text.control")]),
    "no character": (b"---\nid: \xef\xbf\xbf\n---\nHello\n", [("2:5", "text.control")]),
}


@pytest.mark.parametrize(("content", "places"), MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_has_its_place(
    content: str | bytes, places: list[tuple[str, str]], tmp_path: Path
) -> None:
    """Whatever is wrong with a post file is said at its line and column, all at once."""
    assert _places(tmp_path, content) == places


def test_unknown_keys_show_the_known_ones(tmp_path: Path) -> None:
    """A key that this version does not read comes with those it does."""
    with pytest.raises(Mistakes) as caught:
        post_of(_write(tmp_path, "---\nslot: tue\n---\nHi\n"))
    assert "at, title, link, tags, media, labels, fit, vars, options, for." in (
        caught.value.problems[0].hint or ""
    )


def test_a_name_that_is_no_id_is_said(tmp_path: Path) -> None:
    """A file whose name holds no letter of the alphabet needs an id of its own."""
    with pytest.raises(Mistakes) as caught:
        post_of(_write(tmp_path, "Hi\n", "日本.md"))
    assert caught.value.problems[0].code == "post.id"
    assert post_of(_write(tmp_path, "---\nid: a\n---\nHi\n", "日本.md")).id == "a"


def test_a_missing_or_large_file_is_said(tmp_path: Path) -> None:
    """A file that is not there, is a folder or is too large is refused in one sentence."""
    with pytest.raises(UserError) as caught:
        post_of(tmp_path / "none.md")
    assert caught.value.code == "file.missing"
    with pytest.raises(UserError) as caught:
        post_of(tmp_path)
    assert caught.value.code == "file.unreadable"
    with pytest.raises(UserError) as caught:
        post_of(_write(tmp_path, b"a" * (1024 * 1024 + 1)))
    assert caught.value.code == "file.size"


def test_rules_in_code_are_text(tmp_path: Path) -> None:
    """A rule inside a fenced code block belongs to the part, whichever fence encloses it."""
    code = "~~~\n```\n---\n~~~~\nOne\n---\n```yaml\n---\na: 1\n---\n```\n"
    post = post_of(_write(tmp_path, code))
    assert post.parts == ("~~~\n```\n---\n~~~~\nOne", "```yaml\n---\na: 1\n---\n```")


def test_other_rules_are_text() -> None:
    """Only a line of exactly three dashes at its beginning separates parts."""
    text = "a\n----\n - - -\n***\n ---\n-- -\n--- b"
    assert read_stdin(text.encode()).post.parts == (text,)


def test_typed_text_needs_no_yaml() -> None:
    """A post typed or piped without keys imports neither ruamel nor pydantic."""
    program = (
        "import sys\n"
        "from microcom.intake.posts import read_stdin, text_post\n"
        "text_post('Hello', ['there']); read_stdin(b'One\\n---\\nTwo')\n"
        "print([name for name in ('ruamel', 'pydantic') if name in sys.modules])"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"


WORDS = st.text(alphabet="ab -~`#\t", max_size=6)
LINES = st.lists(st.sampled_from(["---", "--- ", "```", "~~~", "", " ", "a", "---a"]) | WORDS)


@given(LINES)
def test_no_word_is_lost_between_parts(lines: list[str]) -> None:
    """Joined by rules, the parts hold every line again but blank ones around them."""
    problems: list[Problem] = []
    parts = parts_of("f", lines or [""], 0, problems)
    again = "\n---\n".join(parts)
    written = "\n".join(lines)
    assert again.split() == written.split()
    assert all(part == part.rstrip() for part in parts)


@given(st.lists(st.text(alphabet="ab \n-", min_size=1), min_size=1, max_size=5))
def test_parts_come_back_as_written(texts: list[str]) -> None:
    """Texts without rules in them, joined by rules, are the parts again."""
    wanted = [text.replace("---", "-").strip() or "x" for text in texts]
    wanted = [text.replace("---", "-") for text in wanted]
    problems: list[Problem] = []
    lines = "\n---\n".join(wanted).split("\n")
    if all("---" not in text for text in wanted):
        assert parts_of("f", lines, 0, problems) == tuple(
            "\n".join(text.split("\n")).rstrip() for text in wanted
        )
        assert problems == []


@given(st.text(alphabet="-`~a\n ", max_size=40))
def test_splitting_again_changes_nothing(text: str) -> None:
    """A thread written out by its parts and read again is the same thread."""
    problems: list[Problem] = []
    parts = parts_of("f", text.split("\n"), 0, problems)
    if not problems:
        again = parts_of("f", "\n---\n".join(parts).split("\n"), 0, problems)
        assert again == parts
