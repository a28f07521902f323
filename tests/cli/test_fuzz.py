"""Whatever stands in a file: an answer in words, never a traceback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.cli.house import move_in

from microcom.cli.app import main

ROOT = Path(__file__).parents[2]
KEYS = (
    *("id", "to", "at", "campaign", "title", "link", "tags", "media", "labels", "fit", "vars"),
    *("options", "for", "text", "file", "alt", "part", "cover", "ai", "brand", "pinterest", "x"),
    *("acme-pins", "acme-pins/tulips", "group:coffee-people", "client:acme", "platform:x", "é", ""),
)
WORDS = (
    *("acme-x", "acme-pins/tulips", "coffee-people", "nobody", "true", "own", "thread", "trim"),
    *("https://acme.example/?a=1#b", "http://[::1", "https://\u2100.example/", "//x", "menu.jpg"),
    *("2031-03-03 09:00", "slot", "0", "-1", "9" * 40, "1e999", ".nan", "~", "null", "#", "@a"),
    *("&a [*a]", "*a", "&a", "!!python/object:os.system", "<<", "? a", "| \n  x", ">-", "{", "}"),
    *(
        "[",
        "]",
        "[[[[",
        "{{ link }}",
        "'",
        '"',
        "%YAML",
        "\t",
        "\ufeff",
        "\ud7ff",
        "\U0001f600" * 90,
    ),
)
TIMES = (
    *("2031-03-03", "2031-02-30", "0001-01-01", "9999-12-31", "09:00", "24:00", "23:59:60", "slot"),
    *(
        "after",
        "in",
        "20",
        "min",
        "99999999999999",
        "d",
        "+2h",
        "-",
        "fri",
        "monday at",
        "tomorrow",
    ),
    *("now", "T", "Z", "+14:00", "-24:00", "Europe/Paris", "America/Nowhere", "CET", "../x", "½"),
    *("\u0661\u0662:\u0660\u0660", "", "9:00 pm", "18h30", "2031-W10-1", "20310303T0900Z"),
)
PIECES = (
    *("{{", "}}", "{%", "%}", "{#", "#}", " for x in ", " if ", " else ", "endfor", "endif", "raw"),
    *(
        "endraw",
        "community",
        "vars",
        "campaign",
        "x",
        "|",
        "upper",
        "truncate(",
        "replace(",
        "join",
    ),
    *("default(", "1", "9" * 60, "0.5e999", "''", "'a'", ",", "(", ")", "[", "]", ".", "__class__"),
    *(
        "range",
        "+",
        "-",
        "~",
        "*",
        "**",
        "==",
        "not ",
        "is ",
        "defined",
        "loop.index",
        "\n",
        "é",
        " ",
    ),
)
letters = st.text(max_size=30)
values = st.recursive(
    st.sampled_from(WORDS) | letters,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda found: f"[{', '.join(found)}]")
        | st.tuples(st.sampled_from(KEYS), inner).map(lambda pair: f"{{{pair[0]}: {pair[1]}}}")
    ),
    max_leaves=5,
)
times = st.lists(st.sampled_from(TIMES), max_size=5).map(" ".join)
templates = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
lines = st.one_of(
    st.tuples(st.sampled_from(KEYS), values).map(lambda pair: f"{pair[0]}: {pair[1]}"),
    times.map(lambda words: f"at: {words}"),
    templates.map(lambda text: f"title: '{text}'"),
    st.tuples(st.sampled_from(("  ", "   ", "- ", "\t")), values).map("".join),
)
posts = st.builds(
    lambda keys, body, to: "\n".join(["---", f"to: {to}", *keys, "---", body]),
    st.lists(lines, max_size=6),
    templates | letters | values,
    st.sampled_from(("acme-x", "coffee-people", "lumen-pins/desks")),
).map(lambda text: text.encode("utf-8", "surrogatepass"))
feeds = st.lists(st.lists(values | times | templates, max_size=5).map(",".join), max_size=5).map(
    lambda rows: "\n".join(["id,to,at,text,title", *rows]).encode("utf-8", "surrogatepass")
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with the example's accounts, and be in it."""
    folder = tmp_path_factory.mktemp("fuzz")
    with pytest.MonkeyPatch.context() as patch:
        move_in(folder, patch)
        shutil.copy(ROOT / "accounts.example.yaml", "accounts.yaml")
        (folder / "posts").mkdir()
        yield folder


def _answered(*words: str) -> None:
    """Run a command; it ends well or with a mistake, and says so without a traceback."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(words)
    assert code in {0, 2}, (words, out.getvalue(), err.getvalue())
    assert "Traceback" not in err.getvalue()
    if code == 2:
        assert out.getvalue() or err.getvalue()


@given(st.lists(posts | st.binary(max_size=80), min_size=1, max_size=4))
@example([b"---\nto: acme-x\nat: 9999-12-31 23:59\n---\n{{ community }}"])
def test_posts_of_any_bytes_are_answered(folder: Path, contents: list[bytes]) -> None:
    """Front matter, templates and times of any kind: `check` and `plan` exit with 0 or 2."""
    for number in range(4):
        file = folder / "posts" / f"post-{number}.md"
        if number < len(contents):
            file.write_bytes(contents[number])
        elif file.exists():
            file.unlink()
    _answered("check", "posts")
    _answered("plan", "posts")


@given(feeds | st.binary(max_size=200))
def test_feeds_of_any_bytes_are_answered(folder: Path, content: bytes) -> None:
    """Whatever a feed holds, `import --dry-run` exits with 0 or 2."""
    (folder / "feed.csv").write_bytes(content)
    _answered("import", "feed.csv", "--dry-run", "--partial")


@given(times)
def test_times_of_any_words_are_answered(folder: Path, words: str) -> None:
    """Whatever a person types as a time, `post --dry-run` exits with 0 or 2."""
    del folder
    _answered("post", "Hello", "--to", "lumen-x", f"--at={words}", "--dry-run")
