from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcom.core.problem import Problem
from microcom.core.steps import JsonValue
from microcom.errors import Mistakes
from microcom.intake.document import MAX_ALIASES, MAX_DEPTH, read_block
from microcom.intake.nodes import plain
from microcom.intake.source import decoded


def _read(text: str | bytes) -> tuple[JsonValue, list[Problem]]:
    """Return the text as plain values, and what was found on the way."""
    problems: list[Problem] = []
    content = text.encode() if isinstance(text, str) else text
    try:
        return plain(read_block(decoded(content, "f"), problems)), problems
    except Mistakes as mistakes:
        return None, list(mistakes.problems)


@pytest.mark.parametrize(
    "word",
    [
        *("22:30", "on", "off", "yes", "no", "true", "2026-12-04 09:00", "2026-12-04", "1:2:3"),
        *("010", "0x1f", "1e3", "1_000", ".5", "5", "1492837465102938475", "=", "a#b"),
    ],
)
def test_words_stay_as_written(word: str) -> None:
    """No word is turned into a time, a date, a number or a truth value on the way."""
    assert _read(f"at: {word}\n{word}: x\n") == ({"at": word, word: "x"}, [])


@pytest.mark.parametrize("nothing", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_none(nothing: str) -> None:
    """An unquoted empty value is None; the same in quotes is text."""
    assert _read(f"a: {nothing}\nb: '{nothing}'\n") == ({"a": None, "b": nothing}, [])


def test_a_byte_order_mark_and_windows_lines_are_read() -> None:
    """A byte order mark and CRLF change nothing, also not the places."""
    value, problems = _read(b"\xef\xbb\xbfa: 1\r\nb:\r\n  - x\r\na: 2\r\n")
    assert value == {"a": "1", "b": ["x"]}
    assert problems[0].where == "f:4:1"


def test_anchors_repeat_values() -> None:
    """A block may be written once and repeated."""
    assert _read("a: &x {b: [1]}\nc: *x\n") == ({"a": {"b": ["1"]}, "c": {"b": ["1"]}}, [])


# Each mistake with its place and code.
MISTAKES = {
    "handle with @": ("handle: @acme\n", "1:9", "yaml.at"),
    "@ in a list": ("to: [a, @acme]\n", "1:9", "yaml.at"),
    "tag with #": ("a: 1\ntags: [#latte]\n", "2:8", "yaml.hash"),
    "second tag with #": ("tags: [a, #latte]\nb: 1\n", "1:11", "yaml.hash"),
    "value with #": ("a: 1\nhandle: #acme\nb: 2\n", "2:1", "yaml.hash"),
    "last value with #": ("handle:   #acme", "1:1", "yaml.hash"),
    "item with #": ("tags:\n  - #latte\n  - b\n", "2:4", "yaml.hash"),
    "braces": ("a: 1\ntext: {{ greeting }}\n", "2:7", "yaml.braces"),
    "braces and more": ("text: {{ greeting }} there\n", "1:7", "yaml.braces"),
    "braces within": ("text: {{ a }}: {{ b }}\n", "1:7", "yaml.braces"),
    "braces as key": ("{{ a }}: b\n", "1:1", "yaml.braces"),
    "second colon": ("a: 1\ntitle: Five: things\n", "2:12", "yaml.colon"),
    "key twice": ("a: 1\nb: 2\na: 3\n", "3:1", "yaml.twice"),
    "inner key twice": ("a: {b: 1, b: 2}\n", "1:11", "yaml.twice"),
    "tab": ("a:\n\tb: 1\n", "2:1", "yaml.tab"),
    "tab after spaces": ("a:\n  b: 1\n  \tc: 2\n", "3:3", "yaml.tab"),
    "bad indentation": ("a:\n  b: 1\n c: 2\n", "3:2", "yaml.indent"),
    "too much indentation": ("a: b\n  c: d\n", "2:4", "yaml.indent"),
    "list after value": ("a: b\n- c\n", "2:1", "yaml.indent"),
    "no colon": ("a: 1\nb\nc: 2\n", "2:1", "yaml.key"),
    "open list": ("a: [1, 2\nb: 3\n", "1:4", "yaml.bracket"),
    "open block": ("a: {b: 1\n", "1:4", "yaml.bracket"),
    "open list at the end": ("a: [x,\n", "1:4", "yaml.bracket"),
    "open quote": ("a: 'x\nb: 1\n", "1:4", "yaml.quote"),
    "odd escape": ('a: "\\q"\n', "1:4", "yaml.quote"),
    "text after quote": ('a: "b" c\n', "1:8", "yaml.quote"),
    "backtick": ("a: `b`\n", "1:4", "yaml.start"),
    "percent": ("a: %b\n", "1:4", "yaml.start"),
    "list in a line": ("a: - b\n", "1:4", "yaml.dash"),
    "tag": ("a: !!python/name:os.system b\n", "1:4", "yaml.tag"),
    "unknown alias": ("a: *b\n", "1:4", "yaml.alias"),
    "alias of itself": ("a: &a [*a]\n", "1:8", "yaml.alias"),
    "key that is a list": ("? [a]\n: b\n", "1:3", "yaml.key"),
    "second document": ("a: 1\n---\nb: 2\n", "2:1", "yaml.documents"),
    "empty": ("", "1:1", "yaml.empty"),
    "comments only": ("# nothing\n", "1:1", "yaml.empty"),
    "list at the top": ("- a\n", "1:1", "yaml.top"),
    "text at the top": ("hello there\n", "1:1", "yaml.top"),
    "control character": ("a: b\nc: \x1b[0m\n", "2:4", "text.control"),
    "escaped control character": ('a: "\\0"\n', "1:4", "text.control"),
    "half a surrogate pair": ('a: "\\ud800"\n', "1:4", "text.control"),
}


@pytest.mark.parametrize(("text", "where", "code"), MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_has_its_place(text: str, where: str, code: str) -> None:
    """A mistake in the text is said once, in a sentence with what to do, at its place."""
    _, problems = _read(text)
    assert [(problem.where, problem.code) for problem in problems] == [(f"f:{where}", code)]
    assert problems[0].message.endswith(".")
    assert problems[0].hint


@pytest.mark.parametrize(
    ("content", "where", "code"),
    [
        (b"a: 1\nb: \xff\n", "f:2:4", "text.encoding"),
        ("a: 1\n".encode("utf-16"), "f:1:1", "text.encoding"),
        (b"a: 1\x00\n", "f:1:5", "text.control"),
    ],
)
def test_broken_bytes_have_their_place(content: bytes, where: str, code: str) -> None:
    """Bytes that are no clean UTF-8 are refused where they stand."""
    _, problems = _read(content)
    assert [(problem.where, problem.code) for problem in problems] == [(where, code)]


def test_mistakes_that_can_be_read_around_come_together() -> None:
    """Twice the same key, a tag and an unknown alias are all said at once."""
    _, problems = _read("a: 1\na: 2\nb: !x 1\nc: *d\ne: {{ f }}\n")
    codes = [problem.code for problem in problems]
    assert codes == ["yaml.twice", "yaml.tag", "yaml.alias", "yaml.braces"]


def test_a_twice_named_key_shows_both_lines() -> None:
    """The second of two equal keys is the mistake; its sentence names the first one's line."""
    _, problems = _read("a: 1\nb: 2\na: 3\n")
    assert "line 1" in problems[0].message


def _bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 11)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (_bomb(), "yaml.size"),
        ("a: " + "[" * 5000, "yaml.depth"),
        (
            "a: &a [" + "[" * (MAX_DEPTH - 4) + "]" * (MAX_DEPTH - 4) + "]\nb: [[[*a]]]",
            "yaml.depth",
        ),
        ("a: &a 1\nb: [" + "*a, " * (MAX_ALIASES + 1) + "1]", "yaml.aliases"),
    ],
    ids=["bomb", "depth", "depth by alias", "aliases"],
)
def test_a_document_is_bounded(text: str, code: str) -> None:
    """Neither nesting nor repeated blocks can make a small file large."""
    _, problems = _read(text)
    assert problems[-1].code == code


def test_no_message_repeats_the_text() -> None:
    """A secret in a file that is no YAML is not shown to whoever sees the message."""
    for text in (
        "t: s3cr3t: x\n",
        "t: [s3cr3t\nb: 1",
        "t: 's3cr3t\n",
        "t: @s3cr3t\n",
        "s3cr3t\na: b\n",
    ):
        _, problems = _read(text)
        assert "s3cr3t" not in str(problems)


@given(st.text(alphabet="ab:{}[]#@'\"\n\t -&*!|>%?,~\\0", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever the text, the answer is values or mistakes with a place in the text."""
    value, problems = _read(text)
    assert value is not None or problems
    lines = text.count("\n") + 1
    for problem in problems:
        file, line, column = (problem.where or "").split(":")
        assert file == "f"
        assert 1 <= int(line) <= lines
        assert int(column) >= 1
