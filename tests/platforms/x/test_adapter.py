"""What X's adapter says about itself, refuses beforehand, and asks of the service."""

from __future__ import annotations

import pytest
from tests.platforms.x.talk import Talk, account, outgoing, post, timeline

from microcom.core.account import Rules
from microcom.core.passage import Receipt
from microcom.core.platform import Identifies, Recognises
from microcom.core.post import Snapshot
from microcom.core.problem import Severity
from microcom.core.rehearsal import rehearse
from microcom.core.steps import Call, Effect, Reply, Wait
from microcom.errors import Transient
from microcom.platforms import load
from microcom.platforms.x import platform


def test_it_is_a_platform() -> None:
    """The registered platform is X, and it identifies and recognises."""
    found = load("x")
    assert found.name == platform.name
    assert isinstance(found, Identifies)
    assert isinstance(found, Recognises)
    assert found.default in {place.name for place in found.places}


def test_a_text_is_one_post() -> None:
    """A single text is one PUBLISH call, and its receipt links to the post."""
    talk = Talk()
    receipt = talk.hold(platform.publish(outgoing("Hello, world.")))
    (call,) = talk.items
    assert isinstance(call, Call)
    assert (call.name, call.method, call.url) == ("post:0", "POST", "https://api.x.com/2/tweets")
    assert call.effect is Effect.PUBLISH
    assert [entry["text"] for entry in talk.x.ledger()] == ["Hello, world."]
    (entry,) = talk.x.ledger()
    assert receipt == Receipt(entry["remote_id"], entry["url"], (entry["remote_id"],))


def test_a_thread_is_a_chain_of_replies() -> None:
    """Each part answers the one before it, with a pause between, under stable step names."""
    talk = Talk()
    ids = talk.publish("One", "Two", "Three")
    names = [item.name if isinstance(item, Call) else "wait" for item in talk.items]
    assert names == ["post:0", "wait", "post:1", "wait", "post:2"]
    assert [entry["in_reply_to"] for entry in talk.x.ledger()] == [None, ids[0], ids[1]]
    waits = [item.seconds for item in talk.items if isinstance(item, Wait)]
    assert waits == [2.0, 2.0]


def test_what_a_later_look_needs_is_declared() -> None:
    """The evidence of a call holds the text, the parent and the handle."""
    talk = Talk()
    ids = talk.publish("One", "Two")
    calls = [item for item in talk.items if isinstance(item, Call)]
    assert calls[1].evidence == {"text": "Two", "reply_to": ids[0], "handle": "acme_x"}
    assert calls[1].visible == ("data.id",)


def test_a_rehearsal_shows_every_call() -> None:
    """Without an answer the conversation is followed to its end."""
    items = rehearse(platform, outgoing("One", "Two"))
    assert [type(item) for item in items] == [Call, Wait, Call]


def test_it_learns_whose_token_it_is() -> None:
    """The token's user, handle and newest post are learned in one READ call."""
    talk = Talk()
    identity = talk.hold(platform.identify())
    assert identity.remote_id == talk.x.person("acme-x").id
    assert identity.handle == "acme_x"
    assert identity.newest == talk.known()


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"data": {}}', b'{"data": {"id": "x"}}'])
def test_an_answer_that_names_nobody_is_passing(body: bytes) -> None:
    """A 200 that does not say whose token it is may be asked again."""
    with pytest.raises(Transient, match="whose token"):
        Talk().hold(platform.identify(), lambda _: Reply(200, {}, body))


@pytest.mark.parametrize(
    ("address", "remote_id"),
    [
        ("https://x.com/acme/status/123", "123"),
        ("x.com/acme/status/123?s=20", "123"),
        ("https://mobile.twitter.com/acme/statuses/123/photo/1", "123"),
        ("https://x.com/i/status/123", "123"),
        ("http://127.0.0.1:8000/x.com/acme/status/123", "123"),
        ("123", "123"),
        ("https://x.com/acme", None),
        ("https://evil.example/x.com/acme/status/123", None),
        ("https://notx.com/acme/status/123", None),
        ("12345678901234567890", None),
        ("", None),
    ],
)
def test_it_recognises_addresses_of_posts(address: str, remote_id: str | None) -> None:
    """An address of a post, real or in a sandbox, and a bare id name a post; others do not."""
    assert platform.recognise(address) == remote_id


def test_a_good_post_has_no_problems() -> None:
    """A text within the limits is let through."""
    snapshot = Snapshot(("Hello https://example.com #coffee",))
    assert platform.validate(snapshot, account(), timeline()) == []


def test_the_limit_is_exact() -> None:
    """280 weighted characters pass, 281 do not, and the emulator agrees."""
    talk = Talk()
    full, over = "a" * 280, "a" * 281
    assert platform.validate(Snapshot((full,)), account(), timeline()) == []
    (problem,) = platform.validate(Snapshot((over,)), account(), timeline())
    assert (problem.code, problem.severity) == ("text.too_long", Severity.CANNOT)
    assert problem.message == "The text is 281 of 280."
    assert "premium: true" in (problem.hint or "")
    talk.publish(full)
    assert talk.ask(post(over)).status == 403


def test_premium_may_write_long() -> None:
    """An account with Premium may write up to 25,000, and the emulator agrees."""
    talk = Talk()
    talk.x.person("acme-x").premium = True
    full, over = "a" * 25_000, "a" * 25_001
    premium = account(premium=True)
    assert platform.validate(Snapshot((full,)), premium, timeline()) == []
    (problem,) = platform.validate(Snapshot((over,)), premium, timeline())
    assert problem.message == "The text is 25001 of 25000."
    talk.publish(full)
    assert talk.ask(post(over)).status == 403


def test_a_part_that_repeats_another_would_be_refused() -> None:
    """X takes an equal part for a duplicate; it is found before anything is sent."""
    snapshot = Snapshot(("Again", "Other", " Again "))
    (problem,) = platform.validate(snapshot, account(), timeline())
    assert (problem.code, problem.severity) == ("thread.repeated", Severity.WOULD_REFUSE)
    assert "Part 3 says the same as part 1" in problem.message


def test_an_accounts_own_limit_for_hashtags_wins() -> None:
    """The rules in force decide how many hashtags are too many."""
    snapshot = Snapshot(("#one #two",))
    assert platform.validate(snapshot, account(), timeline()) == []
    (problem,) = platform.validate(snapshot, account(), timeline(Rules(max_hashtags=1)))
    assert problem.code == "text.hashtags"


def test_the_longest_thread_is_taken() -> None:
    """25 parts pass and 26 do not."""
    parts = tuple(f"Part {number}" for number in range(26))
    assert platform.validate(Snapshot(parts[:25]), account(), timeline()) == []
    (problem,) = platform.validate(Snapshot(parts), account(), timeline())
    assert problem.code == "thread.too_long"
