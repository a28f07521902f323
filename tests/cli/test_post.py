from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.house import House

ROW = {
    "id", "post", "target", "account", "community", "platform", "client", "campaign", "state",
    "reason", "due", "due_local", "published_at", "late_s", "remote_id", "url", "cost_usd",
}  # fmt: skip


def test_a_text_goes_out_to_every_target(rehearsal: House) -> None:
    """One text for a group is published once for each account, with a link that opens."""
    said = rehearsal.run("post", "Hello, small room", "--to", "everyone")
    assert said.code == 0
    assert rehearsal.published() == ["Hello, small room"] * 2
    assert "✓ acme-x/timeline" in said.out
    assert "/x.com/acmecoffee/status/" in said.out
    assert "nothing here reaches a real account" in said.err


def test_the_same_post_again_shows_the_receipt(rehearsal: House) -> None:
    """A second call with the same post sends nothing, unless it is asked to."""
    first = rehearsal.run("post", "Once", "--to", "acme-x", "--json").deliveries[0]
    second = rehearsal.run("post", "Once", "--to", "acme-x", "--json").deliveries[0]
    assert second == first
    assert rehearsal.published() == ["Once"]
    assert rehearsal.run("post", "Once", "--to", "acme-x", "--again").code != 0  # X: a duplicate
    assert rehearsal.published() == ["Once"]


def test_a_key_makes_a_script_safe(rehearsal: House) -> None:
    """The same key never posts twice, and refuses to stand for other content."""
    assert rehearsal.run("post", "Nightly", "--to", "acme-x", "--key", "n-1").code == 0
    assert rehearsal.run("post", "Nightly", "--to", "acme-x", "--key", "n-1").code == 0
    other = rehearsal.run("post", "Something else", "--to", "acme-x", "--key", "n-1")
    assert other.code == 2
    assert "n-1" in other.err
    assert rehearsal.published() == ["Nightly"]


def test_the_json_document(rehearsal: House) -> None:
    """--json prints one envelope; its keys, and those of a delivery, are pinned."""
    said = rehearsal.run("post", "Hello", "--to", "acme-x", "--json")
    assert said.err == ""
    assert set(said.document) == {"microcom", "command", "world", "status", "data", "problems"}
    assert said.document["world"] == "sandbox"
    assert said.document["status"] == "ok"
    assert said.document["data"]["counts"] == {"published": 1}
    (row,) = said.deliveries
    assert set(row) == ROW
    assert row["cost_usd"] == "0.015"
    assert row["url"].endswith(row["remote_id"])
    assert row["due_local"].endswith("+01:00") or row["due_local"].endswith("+02:00")


def test_a_thread_from_a_file_for_later(rehearsal: House) -> None:
    """A file says where and when; nothing leaves before."""
    (rehearsal.home / "menu.md").write_text(
        "---\nid: menu\nto: [acme-x]\nat: 2030-01-31 09:00\n---\nOne\n\n---\nTwo\n"
    )
    queued = rehearsal.run("post", "menu.md", "--json").deliveries[0]
    assert (queued["state"], queued["post"]) == ("queued", "menu")
    assert rehearsal.published() == []


def test_a_file_names_its_day(rehearsal: House) -> None:
    """Words that mean another time every day are refused in a file, with the time they mean now."""
    (rehearsal.home / "menu.md").write_text("---\nto: acme-x\nat: tomorrow 09:00\n---\nOne\n")
    said = rehearsal.run("post", "menu.md")
    assert said.code == 2
    assert "menu.md:3:5" in said.err
    assert re.search(r'write "20\d\d-\d\d-\d\d 09:00"', said.err)


def test_the_next_slot_that_is_free(rehearsal: House) -> None:
    """--next-slot takes an account's weekly slots one after the other; without any, it says so."""
    accounts = rehearsal.home / "accounts.yaml"
    slots = 'handle: acmecoffee, slots: ["daily 09:00"]'
    accounts.write_text(accounts.read_text().replace("handle: acmecoffee", slots))
    words = ("--to", "acme-x", "--next-slot", "--json")
    dues = [
        rehearsal.run("post", text, *words).deliveries[0]["due_local"] for text in ("One", "Two")
    ]
    assert [due[11:16] for due in dues] == ["09:00", "09:00"]
    assert dues[0] < dues[1]
    none = rehearsal.run("post", "Three", "--to", "lumen-x", "--next-slot")
    assert (none.code, "lumen-x/timeline has no slots." in none.err) == (2, True)


def test_a_post_says_what_it_costs_and_keeps_to_the_budget(rehearsal: House) -> None:
    """The price is printed; what a month's budget does not pay for is held, with the reason."""
    accounts = rehearsal.home / "accounts.yaml"
    accounts.write_text(f"monthly_budget_usd: {{x: 0.02}}\n{accounts.read_text()}")
    first = rehearsal.run("post", "One", "--to", "acme-x")
    assert (first.code, "cost: $0.015" in first.err) == (0, True)
    second = rehearsal.run("post", "Two", "--to", "acme-x")
    assert second.code == 5
    assert "held" in second.out
    assert "$0.015 of it is taken" in second.out
    assert rehearsal.published() == ["One"]


def test_standing_input(rehearsal: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text piped in is posted as it is, threads split at a line of ---."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"From a pipe\n")))
    assert rehearsal.run("post", "-", "--to", "acme-x").code == 0
    assert rehearsal.published() == ["From a pipe"]


def test_a_text_that_begins_with_a_dash(rehearsal: House) -> None:
    """After -- a dash is text."""
    assert rehearsal.run("post", "--to", "acme-x", "--", "- a list").code == 0
    assert rehearsal.published() == ["- a list"]


def test_one_refusal_does_not_block_the_others(rehearsal: House) -> None:
    """Targets are independent: one refused by the platform leaves the rest published."""
    assert rehearsal.run("post", "Same", "--to", "acme-x").code == 0
    said = rehearsal.run("post", "Same", "--to", "everyone", "--again", "--json")
    assert said.code == 4
    assert said.document["status"] == "partial"
    assert [row["state"] for row in said.deliveries] == ["failed", "published"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["post"], "post.none", "nothing to post"),
        (["post", "Hello", "there", "--to", "acme-x"], "post.words", "--then"),
        (["post", "Hello"], "target.none", "--to NAME"),
        (["post", "Hello", "--to", "acme-y"], "account.unknown", "Did you mean acme-x"),
        (["post", "Hello", "--to", "acme-x/nowhere"], "community.unknown", "timeline"),
        (["post", "Hello", "--to", "acme-x,everyone"], "target.twice", "named twice"),
        (["post", "Hello", "--to", "acme-x", "--at", "tonight"], "time.unknown", "fri 18:30"),
        (["post", "Hello", "--to", "acme-x", "--at", "2020-01-01 09:00"], "time.past", "passed"),
        (["post", "", "--to", "acme-x"], "text.empty", "text"),
        (["post", "x" * 281, "--to", "acme-x"], "text.too_long", "281"),
        (["post", "gone.md", "--to", "acme-x"], "file.missing", "gone.md"),
        (["post", "Hello", "--to", "acme-x"], "login.none", "microcom login acme-x"),
        (["post", "Hello", "--tu", "acme-x"], "usage", "--help"),
        (["post", "Hello", "--to", "acme-x", "--sandbox", "http://example.com"],
         "sandbox.address", "this machine"),
    ],
)  # fmt: skip
def test_bad_input(house: House, words: list[str], code: str, says: str) -> None:
    """Each mistake gets a sentence with what to do, exit code 2, and queues nothing."""
    said = house.run(*words)
    assert said.code == 2
    assert says in said.err
    document = house.run(*words, "--json").document
    assert document["status"] == "error"
    assert [problem["code"] for problem in document["problems"]] == [code]
    assert not (house.home / "queue.db").exists() or house.run("queue", "list").out.startswith(
        "The queue is empty"
    )


def test_all_or_nothing_unless_partial(rehearsal: House) -> None:
    """One bad target stops all of them; --partial goes on with the right ones and says so."""
    bad = ["post", "Hello", "--to", "acme-x", "--to", "nobody"]
    assert rehearsal.run(*bad).code == 2
    assert rehearsal.published() == []
    said = rehearsal.run(*bad, "--partial")
    assert said.code == 4
    assert "nobody" in said.err
    assert rehearsal.published() == ["Hello"]


def test_a_would_refuse_passes_by_its_code(rehearsal: House) -> None:
    """What a platform would probably refuse is let through by naming its code, and only so."""
    words = ["post", "Hi #a1 #b1 #c1", "--to", "acme-x"]
    refused = rehearsal.run(*words)
    assert refused.code == 2
    assert "[text.hashtags]" in refused.err
    assert rehearsal.run(*words, "--allow", "text.hashtags").code == 0


def test_a_dry_run_changes_nothing(house: House) -> None:
    """--dry-run shows each target's text, time and price, --calls the calls; nothing is queued."""
    said = house.run(
        "post", "See https://example.com", "--then", "Two", "--to", "acme-x", "--dry-run", "--calls"
    )
    assert said.code == 0
    assert "Nothing was queued" in said.out
    assert "$0.215" in said.out
    assert "post:1  POST https://api.x.com/2/tweets" in said.out
    assert not (house.home / "queue.db").exists()


def test_no_sandbox_answers(house: House) -> None:
    """A sandbox that is not running is named, with what to do, and nothing is queued."""
    said = house.run("post", "Hello", "--to", "acme-x", "--sandbox", "http://127.0.0.1:9")
    assert said.code == 2
    assert "microcom sandbox" in said.err


def test_two_folders_claim_one_name(rehearsal: House, tmp_path: Path) -> None:
    """An account's name belongs to one project: another file is refused, both are named."""
    assert rehearsal.run("post", "Mine", "--to", "acme-x").code == 0
    other = tmp_path / "other.yaml"
    other.write_text((tmp_path / "accounts.yaml").read_text().replace("studio", "elsewhere"))
    said = rehearsal.run("post", "Mine too", "--to", "acme-x", "--config", str(other))
    assert said.code == 2
    assert "accounts.yaml" in said.err
    assert "other.yaml" in said.err
    assert rehearsal.published() == ["Mine"]


def test_a_real_queue_and_a_sandbox_never_mix(rehearsal: House) -> None:
    """What was queued in a sandbox is not in the real queue."""
    rehearsal.run("post", "Later", "--to", "acme-x", "--at", "+1h")
    assert len(rehearsal.run("queue", "list", "--json").deliveries) == 1
    assert not (rehearsal.home / "queue.db").exists()
