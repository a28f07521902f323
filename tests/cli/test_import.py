from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

if TYPE_CHECKING:
    from tests.cli.house import House, Said

AHEAD = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d} 09:00"
JUST_NOW = f"{datetime.now(ZoneInfo('Europe/Paris')) - timedelta(minutes=2):%Y-%m-%d %H:%M}"
LATER = f"{datetime.now(UTC) + timedelta(days=4):%Y-%m-%d} 09:00"


def feed(*rows: str, name: str = "feed.csv", head: str = "id,to,at,text") -> None:
    """Write a feed."""
    Path(name).write_text("\n".join([head, *rows, ""]))


def row(name: str, text: str = "Hello", at: str = AHEAD, to: str = "acme-x") -> str:
    """Return a row of a feed."""
    return f'{name},{to},{at},"{text}"'


def actions(said: Said) -> list[tuple[str, str]]:
    """Return action and post of each change in a JSON document."""
    return [
        (one["action"], (one["delivery"] or one["was"])["post"])
        for one in said.document["data"]["changes"]
    ]


def test_a_feed_becomes_a_queue_and_the_second_time_nothing(rehearsal: House) -> None:
    """Each row is queued for each of its targets; importing it again changes nothing."""
    feed(row("menu", to="acme-x; lumen-x"), row("cake", "Cake\n---\nMore cake"))
    planned = rehearsal.run("import", "feed.csv", "--dry-run", "--json")
    assert (planned.code, actions(planned)) == (
        0,
        [("add", "menu"), ("add", "menu"), ("add", "cake")],
    )
    assert rehearsal.run("queue", "list").code == 2  # nothing was made yet
    said = rehearsal.run("import", "feed.csv")
    assert (said.code, "3 added" in said.out) == (0, True), said.err
    again = rehearsal.run("import", "feed.csv", "--json")
    assert again.document["data"]["counts"] == {"same": 3}
    assert "More cake" in rehearsal.run("queue", "show", "3").out


def test_a_changed_row_changes_what_waits_and_never_what_is_out(rehearsal: House) -> None:
    """Other words and another time reach what waits; what was published stays."""
    feed(row("menu"), row("cake", at=JUST_NOW))
    rehearsal.run("import", "feed.csv", "--late")
    rehearsal.run("run")
    assert rehearsal.published() == ["Hello"]
    feed(row("menu", "Other", at=LATER), row("cake", "Other", at=JUST_NOW))
    assert actions(rehearsal.run("import", "feed.csv", "--json")) == [
        ("change", "menu"),
        ("out", "cake"),
    ]


def test_rows_that_vanished_are_cancelled_with_prune(rehearsal: House) -> None:
    """Only rows of this very feed are orphans, and apply over its folder leaves them alone."""
    Path("posts").mkdir()
    feed(row("menu"), row("cake", "Cake"), name="posts/feed.csv")
    feed(row("other", "Other"), name="other.csv")
    rehearsal.run("import", "posts/feed.csv")
    rehearsal.run("import", "other.csv")
    assert actions(rehearsal.run("apply", "--prune", "--json")) == []
    feed(row("menu"), name="posts/feed.csv")
    assert actions(rehearsal.run("import", "posts/feed.csv", "--json")) == [("orphan", "cake")]
    said = rehearsal.run("import", "posts/feed.csv", "--prune")
    assert "1 cancelled" in said.out
    assert rehearsal.run("import", "posts/feed.csv", "--prune", "--json").document["data"][
        "counts"
    ] == {"same": 1}


def test_a_row_that_cannot_be_read_prunes_nothing(rehearsal: House) -> None:
    """With --partial and --prune, rows that may stand in the unreadable rest wait on."""
    feed(row("menu"), row("cake", "Cake"))
    rehearsal.run("import", "feed.csv")
    feed(row("menu"), 'cake,acme-x,"never closed')
    said = rehearsal.run("import", "feed.csv", "--partial", "--prune", "--json")
    assert (said.code, actions(said)) == (4, [])


def test_a_target_that_nobody_knows_prunes_nothing(rehearsal: House) -> None:
    """A typo in the targets of a row leaves what it queued before alone, even with --prune."""
    feed(row("menu"), row("cake", "Cake"))
    rehearsal.run("import", "feed.csv")
    feed(row("menu"), row("cake", "Cake", to="acme-xx"))
    said = rehearsal.run("import", "feed.csv", "--partial", "--prune", "--json")
    assert (said.code, actions(said)) == (4, [])


def test_every_mistake_comes_at_once_and_nothing_is_queued(rehearsal: House) -> None:
    """Each mistake names its row and column; --partial queues the other rows."""
    feed(row("menu"), row("Bad Id", to="acme-x"), row("who", to="nobody"), row("when", at="soon"))
    said = rehearsal.run("import", "feed.csv")
    assert (said.code, said.out) == (2, "")
    assert "feed.csv:3: id: Bad Id is not a name." in said.err
    assert "feed.csv:4: to: There is no account or group nobody." in said.err
    assert "feed.csv:5: at: " in said.err
    assert rehearsal.run("queue", "list").code == 2
    partly = rehearsal.run("import", "feed.csv", "--partial", "--json")
    assert (partly.code, actions(partly)) == (4, [("add", "menu")])


def test_times_that_depend_on_today_are_refused(rehearsal: House) -> None:
    """A row's time is absolute or a slot, as in post files."""
    feed(row("menu", at="tomorrow 9:00"))
    said = rehearsal.run("import", "feed.csv")
    assert (said.code, "feed.csv:2: at: " in said.err) == (2, True)


def test_slots_are_bound_once(rehearsal: House) -> None:
    """Rows that ask for a slot get one each, and keep it."""
    accounts = rehearsal.home / "accounts.yaml"
    text = accounts.read_text()
    accounts.write_text(
        text.replace("handle: acmecoffee}", 'handle: acmecoffee, slots: ["mon-sun 09:00"]}')
    )
    feed(row("one", "One", at="slot"), row("two", "Two", at=f"slot after {LATER}"))
    assert rehearsal.run("import", "feed.csv").code == 0
    before = [one["due"] for one in rehearsal.run("queue", "list", "--json").deliveries]
    assert len(set(before)) == 2
    assert rehearsal.run("import", "feed.csv", "--json").document["data"]["counts"] == {"same": 2}


def test_a_row_without_an_id_keeps_the_one_that_its_words_make(rehearsal: House) -> None:
    """The same row is the same post in any order; said twice it is refused, and so is its twin."""
    feed(row("", "One"), row("", "Two"))
    said = rehearsal.run("import", "feed.csv")
    assert "2 rows have no id" in said.err
    feed(row("", "Two"), row("", "One"))
    assert rehearsal.run("import", "feed.csv", "--json").document["data"]["counts"] == {"same": 2}
    feed(row("", "Two"), row("", "Two"))
    twice = rehearsal.run("import", "feed.csv")
    assert (twice.code, "says the same as line 2" in twice.err) == (2, True)


def test_an_id_of_another_file_is_refused(rehearsal: House) -> None:
    """A row does not take over what waits from a post file that is still there."""
    Path("posts").mkdir()
    Path("posts/menu.md").write_text(f"---\nto: acme-x\nat: {AHEAD}\n---\nHello\n")
    rehearsal.run("apply")
    feed(row("menu", "Other"))
    said = rehearsal.run("import", "feed.csv")
    assert (said.code, "The id menu is that of posts/menu.md too" in said.err) == (2, True)
    feed(row("other", "Hello"))
    said = rehearsal.run("import", "feed.csv")
    assert "What other says is that of posts/menu.md too" in said.err
    feed(row("menu", "Other"))
    allowed = rehearsal.run("import", "feed.csv", "--allow", "post.twice", "--dry-run", "--json")
    assert actions(allowed) == [("change", "menu")]
    Path("posts/menu.md").unlink()
    assert actions(rehearsal.run("import", "feed.csv", "--json")) == [("change", "menu")]


def test_a_piped_feed(rehearsal: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON Lines come from standard input, too, and only --prune needs a file."""
    line = json.dumps({"id": 7, "to": ["acme-x"], "at": AHEAD, "text": "From a pipe"})
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(f"{line}\n".encode())))
    assert actions(rehearsal.run("import", "-", "--json")) == [("add", "7")]
    assert rehearsal.run("import", "-", "--prune").code == 2


def test_one_account_at_a_time(rehearsal: House) -> None:
    """--account narrows what is imported."""
    feed(row("menu", to="everyone"))
    said = rehearsal.run("import", "feed.csv", "--account", "lumen-x", "--json")
    assert [one["delivery"]["account"] for one in said.document["data"]["changes"]] == ["lumen-x"]


def test_somebody_elses_columns(rehearsal: House) -> None:
    """A mapping says what their columns are and what every row says besides."""
    Path("mugs.yaml").write_text(
        'columns: {SKU: id}\ndelimiter: ";"\nencoding: windows-1252\nvalues:\n'
        f"  to: acme-x\n  at: {AHEAD}\n  tags: '{{{{ kind | lower }}}}'\n"
        "  text: '{{ product_name }}: {{ price }} €'\n"
    )
    rows = "SKU;Product name;Price;Kind;Stock\nm-1;Tasse à café;12;Mugs;3\nm-2;Bol;;Mugs;3\n"
    Path("mugs.csv").write_bytes(rows.encode("windows-1252"))
    said = rehearsal.run("import", "mugs.csv", "--mapping", "mugs.yaml", "--partial", "--json")
    assert said.code == 4
    (change,) = said.document["data"]["changes"]
    assert (change["delivery"]["post"], change["delivery"]["parts"]) == (
        "m-1",
        ["Tasse à café: 12 €\n\n#mugs"],
    )
    assert "has no value" in said.document["problems"][0]["message"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.csv"], "There is no file nowhere.csv"),
        (["accounts.yaml"], "not called as a feed is"),
        (["feed.csv", "--encoding", "utf8x"], "There is no encoding"),
        (["feed.csv", "--delimiter", "x"], "cannot stand between cells"),
        (["feed.csv", "--format", "xls"], "There is no format xls"),
        (["feed.csv", "--mapping", "no.yaml"], "There is no file no.yaml"),
        (["feed.csv", "--account", "acme"], "Did you mean acme-x?"),
    ],
)
def test_what_is_typed_wrong_is_said(rehearsal: House, words: list[str], said: str) -> None:
    """A wrong word on the command line is named, with what to write."""
    feed(row("menu"))
    found = rehearsal.run("import", *words)
    assert (found.code, said in found.err) == (2, True), found.err


def test_a_feed_is_no_post(rehearsal: House) -> None:
    """A feed that is given to another command is never taken for one post's text."""
    feed(row("menu"))
    for words in (["apply", "feed.csv"], ["check", "feed.csv"]):
        said = rehearsal.run(*words)
        assert (said.code, "microcom import" in said.err) == (2, True), said.err


def test_any_bytes_end_in_an_answer(rehearsal: House) -> None:
    """A feed that was damaged anywhere is imported or refused, and nothing else happens."""
    chance = Random(6)  # noqa: S311 - damage, no secret
    whole = "\n".join(["id,to,at,text,labels", f"{row('menu')},ai=false", f"{row('cake')},", ""])
    for _ in range(25):
        broken = bytearray(whole.encode())
        for _ in range(chance.randrange(1, 4)):
            broken[chance.randrange(len(broken))] = chance.choice(b'\x00\xff\xe9,;"\n-{%@a1')
        Path("feed.csv").write_bytes(broken)
        said = rehearsal.run("import", "feed.csv", "--dry-run", "--json")
        assert said.code in {0, 2}
        assert said.document["problems"] or said.code == 0
