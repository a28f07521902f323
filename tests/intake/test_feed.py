from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from microcom.core.account import Fit
from microcom.core.post import Attachment, Labels
from microcom.errors import Mistakes, UserError
from microcom.intake import table
from microcom.intake.feed import Feed, Paper, read_feed
from microcom.intake.mapping import FeedMapping, read_mapping

if TYPE_CHECKING:
    from microcom.core.media import Media
    from microcom.core.post import Post

FOLDER = Path("/shop")


def unseen(file: str) -> Media | None:
    """Leave a file alone, as where a network would be needed."""
    del file
    return None


def read(
    content: str | bytes,
    name: str = "feed.csv",
    mapping: FeedMapping | None = None,
    said: dict[str, str] | None = None,
) -> Feed:
    """Read a feed."""
    paper = Paper(name, Path(name).stem, FOLDER, None, **(said or {}))
    data = content.encode() if isinstance(content, str) else content
    return read_feed(data, paper, mapping or FeedMapping(), unseen)


def posts(content: str | bytes, name: str = "feed.csv", **said: str) -> list[Post]:
    """Return the posts of a feed without a mistake."""
    feed = read(content, name, said=said)
    assert feed.whole, feed.problems
    return [draft.post for draft in feed.drafts]


def wrong(content: str | bytes, name: str = "feed.csv", **said: str) -> list[str]:
    """Return the mistakes in a feed, each with its place."""
    try:
        feed = read(content, name, said=said)
    except Mistakes as mistakes:
        return [f"{one.where}: {one.message}" for one in mistakes.problems]
    return [f"{one.where}: {one.message}" for one in feed.problems if one.severity != "notice"]


def mapped(tmp_path: Path, text: str) -> FeedMapping:
    """Return what a mapping file with that text says."""
    file = tmp_path / "map.yaml"
    file.write_text(text)
    return read_mapping(file)


def test_a_row_is_a_post() -> None:
    """Every column says what its key says in a post file."""
    head = "id,to,at,campaign,text,title,link,tags,media,alt,labels,fit,vars.mood,options.x.reply"
    cells = (
        'menu,"acme-x; lumen-x, others",2031-01-01 09:00,winter,"One\n---\nTwo",Title,'
        'https://acme.example,"a, b",one.jpg;two.jpg,"First\nSecond","ai=false, brand=own",'
        "thread,good,followers"
    )
    (post,) = posts(f"{head}\n{cells}\n")
    assert post.id == "menu"
    assert post.to == ("acme-x", "lumen-x", "others")
    assert (post.at, post.campaign, post.title) == ("2031-01-01 09:00", "winter", "Title")
    assert post.parts == ("One", "Two")
    assert (post.link, post.tags, post.fit) == ("https://acme.example", ("a", "b"), Fit.THREAD)
    assert post.attachments == (
        Attachment("/shop/one.jpg", "First"),
        Attachment("/shop/two.jpg", "Second"),
    )
    assert post.labels == Labels(ai=False, brand="own")
    assert (post.vars, post.options) == ({"mood": "good"}, {"x": {"reply": "followers"}})
    assert (post.source, post.template) == ("feed.csv", True)


def test_columns_for_some_targets() -> None:
    """KEY@TARGET says what is otherwise there; an empty cell says nothing."""
    (one, two) = posts(
        "id,text,text@acme-x,title@platform:pinterest,media@group:all,alt@group:all\n"
        "a,Hello,Hi,Big,v.jpg,A vase, blue\n".replace("A vase, blue", '"A vase, blue"')
        + "b,Hello,,,,\n"
    )
    assert one.variants["acme-x"].parts == ("Hi",)
    assert one.variants["platform:pinterest"].title == "Big"
    assert one.variants["group:all"].attachments == (Attachment("/shop/v.jpg", "A vase, blue"),)
    assert two.variants == {}


def test_json_lines_may_nest_as_post_files_do() -> None:
    """Lists, blocks, numbers and truth values are read as the same words in front matter."""
    row = {
        "id": 12,
        "to": ["acme-x"],
        "text": "Hi",
        "media": [{"file": "a.mp4", "cover": 2.5}],
        "labels": {"ai": True},
        "for": {"acme-x": {"text": ""}},
        "title": None,
    }
    (post,) = posts(f"\n{json.dumps(row)}\n", "feed.jsonl")
    assert (post.id, post.to, post.title) == ("12", ("acme-x",), None)
    assert post.attachments == (Attachment("/shop/a.mp4", None, 0, 2.5),)
    assert (post.labels.ai, post.variants["acme-x"].parts) == (True, ("",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("id,text\na,Café\n".encode("utf-8-sig"), {}),
        ("id,text\na,Café\n".encode("utf-16"), {}),
        ("id,text\na,Café\n".encode("utf-16-be"), {"encoding": "utf-16-be"}),
        ("id,text\na,Café\n".encode("cp1252"), {"encoding": "windows-1252"}),
        ("id;text\r\na;Café\r\n".encode(), {}),
        ("id\ttext\na\tCafé\n".encode(), {}),
        ("id|text\na|Café\n".encode(), {"delimiter": "|"}),
        ("sep=;\nid;text\na;Café\n".encode(), {}),
        ('"id","text"\n\n;;\n"a","Café"\n'.replace(";;", " , ").encode(), {}),
    ],
)
def test_encodings_and_delimiters(content: bytes, said: dict[str, str]) -> None:
    """What is certain is found out, the rest is said."""
    (post,) = posts(content, **said)
    assert (post.id, post.parts) == ("a", ("Café",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", ["feed.csv: There is nothing in this file."]),
        ("id,text\na,b,c\n", ["feed.csv:2: The first row names 2 columns, and this one has 3."]),
        ("id,text\na\n", ["feed.csv:2: The first row names 2 columns, and this one has 1."]),
        ("id,id\na,b\n", ["feed.csv:1: Two columns are called id."]),
        ("id,txt\na,b\n", ["feed.csv:1: txt is no column of ours.", "feed.csv:2: There is no te"]),
        ("id,text\na,\n", ["feed.csv:2: There is no text."]),
        ('id,text\na,"b\n\nc,d\n', ["feed.csv:2: A quote that begins in this row is never close"]),
        ('id,text\na,"b"c\n', ["feed.csv:2: The quotes in this row do not fit"]),
        ('id,text\na,"x\ny"\nb,c\x07\n', ["feed.csv:4: text: There is an invisible control chara"]),
        ("id,text\na,b\na,c\n", ["feed.csv:3: id: The id a is that of line 2 too."]),
        ("id,text\n,b\n,b\n", ["feed.csv:3: This row says the same as line 2, and neither has"]),
        ("id,text,fit\na,b,no\n", ["feed.csv:2: fit: expected one of refuse, trim, thread, found"]),
        (
            "id,text,alt\na,b,c\n",
            ["feed.csv:2: alt: The row names 0 files, and says of 1 what they"],
        ),
        ("id,text,fit@b\na,b,no\n", ["feed.csv:2: fit@b: expected one of refuse, trim, thread"]),
        ("a,b;c\nd,e;f\n", ["feed.csv:1: It cannot be told what stands between the cells"]),
        (b"id,text\na,Caf\xe9\n", ["feed.csv:2: The text is not UTF-8."]),
    ],
)
def test_mistakes_in_csv(content: str | bytes, said: list[str]) -> None:
    """Each mistake names the line its row begins on, and the column."""
    found = wrong(content)
    assert len(found) == len(said), found
    assert [one[: len(start)] for one, start in zip(found, said, strict=True)] == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[1]", "This is no object."),
        ("{", "This is no JSON"),
        ('{"id": NaN}', "NaN is no number."),
        ('{"id": "a", "id": "b"}', "id stands here twice."),
        ('{"text": ' + "[" * 500 + "]" * 500 + "}", "This is nested too deeply."),
        ('{"text": ' + "[" * 100_000, "This is nested too deeply."),
        ('{"text": "\\u0000"}', "text: There is an invisible control character here (U+0000)."),
        ('{"\\ud800": "a"}', "There is an invisible control character here (U+D800)."),
        ('{"text": ["a"]}', "text: expected text, found a list"),
        ('{"id": {"a": 1}, "text": "b"}', "id: expected text, found a block of keys."),
        (json.dumps({"text": "a" * (table.MAX_CELL + 1)}), "text: the text is longer than"),
    ],
)
def test_mistakes_in_json_lines(line: str, said: str) -> None:
    """A line that cannot be read is said with its number; the other lines are read."""
    good = '{"id": "good", "text": "b"}'
    feed = read(f"{good}\n{line}\n", "feed.jsonl")
    assert [draft.post.id for draft in feed.drafts] == ["good"]
    first = feed.problems[0]
    assert f"{first.where}: {first.message}".startswith(f"feed.jsonl:2: {said}")


def test_bounds() -> None:
    """A cell, the columns and the rows have their bounds."""
    assert "longer than" in wrong(f"id,text\na,{'b' * (table.MAX_CELL + 1)}\n")[0]
    assert "longer than" in wrong(f"id,text\na,{'b' * 200_000}\n")[0]
    assert "columns" in wrong(",".join(f"c{number}" for number in range(1001)))[0]
    many = "\n".join(["{}"] * (table.MAX_ROWS + 1))
    rows = list(table.rows_of(many, "feed.jsonl", table.Form.JSONL))
    assert len(rows) == table.MAX_ROWS + 1
    assert "more than 100,000 rows" in str(rows[-1])


def test_an_id_that_was_made_stays() -> None:
    """It is made of the feed's name and what the row says, wherever the row stands."""
    (one, two) = posts("text,to\nHello,a\nBye,a\n")
    (again,) = posts("to,text\na,Hello\n")
    (other,) = posts("to,text\na,Hello\n", "Other feed.csv")
    assert again.id == one.id != two.id
    assert (one.id or "").startswith("feed-")
    assert (other.id or "").startswith("other-feed-")


def test_a_mapping(tmp_path: Path) -> None:
    """Their columns become ours; what each row says besides is made of its cells."""
    mapping = mapped(
        tmp_path,
        """
columns: {Item no: id, title: null}
values:
  to: [acme-x, "acme-pins/{{ board }}"]
  text: "{{ product_name }}: {{ Price }}, {{ greeting }}"
  tags: "{{ kind | lower }}, shop"
  for: {"platform:pinterest": {title: "{{ row['title'] }}!"}}
""",
    )
    feed = read(
        "Item no,Product name,Price,Kind,board,title,tags,stock\n7,Mug {{ x }},3,Cups,b,T,no,9\n",
        mapping=mapping,
    )
    assert feed.whole, feed.problems
    post = feed.drafts[0].post
    assert (post.id, post.to, post.tags) == ("7", ("acme-x", "acme-pins/b"), ("cups", "shop"))
    assert post.parts == ("{{ product_name }}: {{ Price }}, {{ greeting }}",)
    assert post.vars["product_name"] == "Mug {{ x }}"
    assert post.title is None
    assert post.variants["platform:pinterest"].title == "{{ row['title'] }}!"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns: {a: titel}", "columns.a: titel is no column of ours."),
        ("values: {titel: a}", "titel is no column of ours."),
        ("columns: {a: title, b: title}", "a and b cannot both be title."),
        ("values: {text: '{{ a'}", "the template"),
        ("text: a", "text is not a key here."),
        ("[", "map.yaml"),
    ],
)
def test_mistakes_in_a_mapping(tmp_path: Path, text: str, said: str) -> None:
    """Each has its place in the mapping file."""
    with pytest.raises(Mistakes) as caught:
        mapped(tmp_path, text)
    problem = caught.value.problems[0]
    assert (problem.where or "").startswith(str(tmp_path / "map.yaml"))
    assert said.lower() in f"{problem.where} {problem.message}".lower()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns: {SKU: id}", "map.yaml:1:11: The feed has no column SKU."),
        ("values: {to: '{{ nope }}'}", "feed.csv:2: to: "),
        ("values: {to: '{{ empty }}'}", "feed.csv:2: to: "),
        ("values: {title: '{{ title }}!'}", "is the post's own title here, and not the column."),
        ("values: {fit: never}", "map.yaml:1:15: "),
    ],
)
def test_a_mapping_that_does_not_fit_the_feed(tmp_path: Path, text: str, said: str) -> None:
    """A column that is missing, a variable without a value, a wrong word: each is said once."""
    mapping = mapped(tmp_path, text)
    feed = read("sku,title,empty,text\n1,A,,B\n", mapping=mapping)
    (problem,) = [one for one in feed.problems if one.severity != "notice"]
    assert said in f"{problem.where}: {problem.message}"


HEADS = st.sampled_from(["id", "to", "at", "text", "media", "alt", "labels", "text@a", "for", "x"])
CELLS = st.text(max_size=8) | st.sampled_from(['"', "a;b", "\n", "---", "{{ x }}", "{%", "ai=1"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | CELLS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HEADS | CELLS, inner, max_size=3),
    max_leaves=8,
)
TABLES = st.lists(st.lists(HEADS | CELLS, max_size=5).map(",".join), max_size=5).map("\n".join)
LINES = st.lists(st.dictionaries(HEADS, VALUES, max_size=5).map(json.dumps), max_size=4)
MAPPING = FeedMapping(file="map.yaml")


@given(
    content=st.binary(max_size=200)
    | TABLES.map(lambda text: text.encode("utf-8", "surrogatepass"))
    | LINES.map(lambda lines: "\n".join(lines).encode()),
    name=st.sampled_from(["f.csv", "f.jsonl", "f"]),
    mapping=st.sampled_from([FeedMapping(), MAPPING]),
)
@example(b'{"media": [{"": null}]}', "f.jsonl", FeedMapping())
def test_any_bytes_have_an_answer(content: bytes, name: str, mapping: FeedMapping) -> None:
    """Whatever a feed holds, it is posts or mistakes with a place, and nothing else is raised."""
    try:
        feed = read(content, name, mapping)
    except UserError:
        return
    assert all(one.where for one in feed.problems)
