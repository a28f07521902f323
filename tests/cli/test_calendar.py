from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.house import queue_of

if TYPE_CHECKING:
    from tests.cli.house import House

FRIDAY = "2031-03-07"


@pytest.fixture
def planned(rehearsal: House) -> House:
    """Return a house with posts for the first days of March 2031, in two zones."""
    for day, clock in ((3, "09:00"), (3, "18:30"), (7, "09:00")):
        words = ("--to", "everyone", "--at", f"2031-03-0{day} {clock}")
        assert rehearsal.run("post", f"Post of {day} at {clock}", *words).code == 0
    rehearsal.run("queue", "cancel", "5")
    return rehearsal


def test_a_week(planned: House) -> None:
    """Seven days with what goes out on each, at the time of each target's own clock."""
    said = planned.run("calendar", "--from", "2031-03-03")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0] == "Mon 3 Mar 2031: 4 posts"
    assert lines[1].split()[:3] == ["09:00", "Paris", "acme-x/timeline"]
    assert lines[2].split()[:4] == ["09:00", "New", "York", "lumen-x/timeline"]
    assert lines[5] == "Tue 4 Mar 2031: nothing"
    assert "Fri 7 Mar 2031: 1 post" in lines
    assert lines[-1] == "5 posts: 5 queued."
    assert max(map(len, lines)) <= 80


def test_one_clock_for_all(planned: House) -> None:
    """--zone shows every time on that clock, and on its days."""
    said = planned.run("calendar", "--from", "2031-03-03", "--zone", "Asia/Tokyo", "--json")
    days = {one["date"]: one["counts"] for one in said.document["data"]["days"]}
    assert days["2031-03-03"] == {"queued": 2}
    assert days["2031-03-04"] == {"queued": 2}
    shown = planned.run("calendar", "--from", "2031-03-03", "--zone", "Asia/Tokyo").out
    assert "17:00  acme-x/timeline" in shown
    assert "Times of Tokyo." in shown


def test_a_month(planned: House) -> None:
    """A grid from Monday on, with a count on each day."""
    lines = planned.run("calendar", "--month", "--from", FRIDAY).out.splitlines()
    assert lines[0] == "March 2031"
    assert lines[1].split() == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert lines[2].split() == ["1", "·", "2", "·"]
    assert lines[3].split()[:2] == ["3", "4"]
    assert lines[3].split()[8:10] == ["7", "1"]
    assert lines[-1] == "5 posts: 5 queued."
    assert max(map(len, lines)) <= 80


def test_it_can_be_narrowed(planned: House) -> None:
    """--account, --state, --days and --limit narrow what is shown; what is left out is said."""
    first = ("calendar", "--from", "2031-03-03")
    for words, found in (
        ((), 5),
        (("--account", "acme-x"), 2),
        (("--state", "cancelled"), 1),
        (("--days", "1"), 4),
        (("--campaign", "none"), 0),
    ):
        assert len(planned.run(*first, *words, "--json").deliveries) == found, words
    said = planned.run(*first, "--limit", "3").out
    assert "and 1 more" in said
    assert "5 posts: 5 queued." in said
    assert planned.run("calendar", "--from", "2032-01-01").out.endswith(
        "Nothing goes out in these days.\n"
    )


def test_without_a_day_it_begins_today(rehearsal: House) -> None:
    """The week begins on the day that it is where most accounts are."""
    rehearsal.run("post", "Soon", "--to", "acme-x", "--at", "+2m")
    document = rehearsal.run("calendar", "--json").document
    first = datetime.fromisoformat(document["data"]["from"]).replace(tzinfo=UTC)
    assert abs(first - datetime.now(UTC)) < timedelta(days=2)
    assert len(document["data"]["days"]) == 7
    assert len(document["data"]["deliveries"]) == 1


def test_files_for_other_programs(planned: House) -> None:
    """--ical and --csv write all that matches, whole; - is standard output."""
    first = ("calendar", "--from", "2031-03-03")
    said = planned.run(*first, "--ical", "posts.ics", "--csv", "posts.csv", "--limit", "1")
    assert (said.code, said.out) == (0, "5 posts: 5 queued.\n")
    ics = Path("posts.ics").read_bytes()
    assert ics.count(b"BEGIN:VEVENT\r\n") == 5
    assert b"DESCRIPTION:queued\\n\\nPost of 3 at 09:00\r\n" in ics
    rows = list(csv.DictReader(io.StringIO(Path("posts.csv").read_text())))
    assert [row["id"] for row in rows] == ["1", "2", "3", "4", "6"]
    assert rows[0]["due_local"] == "2031-03-03T09:00:00+01:00"
    assert not list(Path().glob("*.part"))
    streamed = planned.run(*first, "--ical", "-")
    assert streamed.out.startswith("BEGIN:VCALENDAR\r\n")
    assert streamed.out.count("BEGIN:VEVENT") == 5


def test_no_cell_is_a_formula(planned: House) -> None:
    """What a spreadsheet would compute is written as text."""
    with queue_of(planned) as store:
        store.db.run("UPDATE delivery SET campaign = '=1+1' WHERE id = 1")
    rows = csv.DictReader(
        io.StringIO(planned.run("calendar", "--from", "2031-03-03", "--csv", "-").out)
    )
    assert [row["campaign"] for row in rows] == ["'=1+1", "", "", "", ""]


def test_days_that_need_somebody_are_marked(planned: House) -> None:
    """In a month a day with something held or failed has a mark, explained below."""
    with queue_of(planned) as store:
        store.db.run("UPDATE delivery SET state = 'held' WHERE id = 6")
    said = planned.run("calendar", "--month", "--from", FRIDAY)
    assert said.out.splitlines()[3].split()[8:10] == ["7", "!1"]
    assert "! failed, or needs you" in said.err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--from", "tomorrow"], "There is no day 'tomorrow'."),
        (["--zone", "Mars/Base"], "There is no time zone"),
        (["--week", "--month"], "Choose one of"),
        (["--ical", "-", "--json"], "takes one document"),
        (["--ical", "nowhere/x.ics"], "cannot be written"),
        (["--state", "lost"], "There is no state lost"),
    ],
)
def test_what_makes_no_sense_is_said(planned: House, words: list[str], part: str) -> None:
    """Each mistake has its sentence."""
    said = planned.run("calendar", *words)
    assert (said.code, part in said.out + said.err) == (2, True), said.err


# --- slots ----------------------------------------------------------------------------------------

SLOTTED = """\
microcom: 1
project: studio
timezone: Europe/Paris
rules: {quiet: ["22:00-07:00"]}
clients: {acme: {}, lumen: {}}
accounts:
  acme-x: {platform: x, handle: acmecoffee, client: acme, slots: ["daily 09:00 23:00"]}
  lumen-x: {platform: x, handle: lumenstudio, client: lumen}
"""


def test_slots_and_who_has_them(rehearsal: House) -> None:
    """Each slot of the days to come is free, taken by a post, or closed by a rule."""
    (rehearsal.home / "accounts.yaml").write_text(SLOTTED)
    before = rehearsal.run("slots", "3d", "--json").document["data"]["slots"]
    assert {one["state"] for one in before} == {"free", "closed"}
    free = next(one for one in before if one["state"] == "free")
    rehearsal.run("post", "In a slot", "--to", "acme-x", "--at", free["at"])
    after = rehearsal.run("slots", "3d", "--json").document["data"]["slots"]
    taken = [one for one in after if one["state"] == "taken"]
    assert [(one["at"], one["delivery"]) for one in taken] == [(free["at"], "1")]
    said = rehearsal.run("slots", "3d")
    assert said.code == 0
    assert "quiet 22:00-07:00" in said.out
    assert "1 taken" in said.out


def test_slots_of_a_client_and_an_account(rehearsal: House) -> None:
    """--client and --account narrow; where there are no slots it says how to get some."""
    (rehearsal.home / "accounts.yaml").write_text(SLOTTED)
    for words in (("--client", "lumen"), ("--account", "lumen-x")):
        said = rehearsal.run("slots", *words)
        assert (said.code, "There is no slot within 14d." in said.out) == (0, True)
        assert "slots: [" in said.err
    assert rehearsal.run("slots", "--client", "acme").out.count("acme-x/timeline") >= 26
    for wrong in (("--client", "acmee"), ("--account", "acme"), ("2y",), ("0m",), ("9999d",)):
        assert rehearsal.run("slots", *wrong).code == 2, wrong
