"""Whether a marked call took effect: found, surely absent, or for a person to see."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.platforms.x.talk import Talk

from microcom.core.settling import Absent, Landed, Unsure
from microcom.core.steps import Call, Effect, Reply
from microcom.emulator.faults import Fault
from microcom.platforms.x import platform
from microcom.platforms.x.emulator.bodies import rewritten
from microcom.platforms.x.sameness import sent, shown
from microcom.platforms.x.wire import Attachments, Entities, Post, Url

TEXT = "Fish & chips <today> at https://example.com/menu?a=1&b=2 and example.org/ #lunch"


@pytest.fixture
def talk() -> Talk:
    """An account with one earlier post."""
    return Talk()


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "Plain words",
        "Two\n\n  lines  and blanks ",
        "caf\u0065\u0301 \U0001f469\u200d\U0001f373",
        "AT&amp;T as written",
        "HTTPS://Example.COM/Path",
        "@friend hello",
        "$AAPL " + "x" * 200,
    ],
)
def test_what_landed_is_found_though_rewritten(talk: Talk, text: str) -> None:
    """Links, entities and blanks that X rewrites do not hide a post that went out."""
    mark = talk.mark(text)
    talk.now = mark.sent
    (remote_id,) = talk.publish(text)
    talk.now = mark.until
    verdict = talk.hold(platform.settle(mark, set()))
    assert isinstance(verdict, Landed)
    assert verdict.reply.status == 201
    assert verdict.reply.at_path("data.id") == remote_id


def test_a_long_post_is_found_by_its_whole_text(talk: Talk) -> None:
    """Beyond 280 the timeline's text is cut; the whole one is in the note."""
    talk.x.person("acme-x").premium = True
    text = f"{'words ' * 100}https://example.com/end"
    mark = talk.mark(text)
    (remote_id,) = talk.publish(text)
    verdict = talk.hold(platform.settle(mark, set()))
    assert isinstance(verdict, Landed)
    assert verdict.reply.at_path("data.id") == remote_id


def test_looking_only_reads(talk: Talk) -> None:
    """Settling makes READ calls under stable names, and asks from the known post on."""
    talk.hold(platform.settle(talk.mark("Hi"), set()))
    (call,) = talk.items
    assert isinstance(call, Call)
    assert (call.name, call.effect) == ("settle:page:0", Effect.READ)
    assert ("since_id", str(int(talk.known()) - 1)) in call.query


def test_nothing_unexplained_is_absence(talk: Talk) -> None:
    """A live listing of the whole window without a stranger proves that nothing went out."""
    assert isinstance(talk.hold(platform.settle(talk.mark("Hi"), set())), Absent)


def test_a_part_is_told_by_its_parent(talk: Talk) -> None:
    """The same words under another parent are another post."""
    first, second = talk.publish("One", "Two")
    owned = {first}
    mark = talk.mark("Two", first)
    found = talk.hold(platform.settle(replace(mark, sent=mark.sent - timedelta(minutes=1)), owned))
    assert isinstance(found, Landed)
    assert found.reply.at_path("data.id") == second
    other = replace(mark, evidence={**mark.evidence, "reply_to": "77"})
    assert isinstance(talk.hold(platform.settle(other, owned)), Absent)


def test_a_listing_that_lies_empty_proves_nothing(talk: Talk) -> None:
    """An empty listing that hides a post known to exist leaves the question open."""
    talk.x.faults.arm(Fault("user_posts", "empty"))
    verdict = talk.hold(platform.settle(talk.mark("Hi"), set()))
    assert verdict == Unsure(
        "the listing does not show a post that is known to exist", "https://x.com/acme_x"
    )


def test_without_a_known_post_nothing_is_proven(talk: Talk) -> None:
    """Where nothing was known to exist, an empty listing may be a dead one."""
    verdict = talk.hold(platform.settle(talk.mark("Hi", known=None), set()))
    assert isinstance(verdict, Unsure)
    (call,) = talk.items
    assert isinstance(call, Call)
    assert ("start_time", "2026-11-23T11:59:00Z") in call.query


def test_without_a_known_post_what_landed_is_still_found(talk: Talk) -> None:
    """Finding needs no proof of life."""
    mark = talk.mark("Hi", known=None)
    talk.publish("Hi")
    assert isinstance(talk.hold(platform.settle(mark, set())), Landed)


def test_a_known_post_that_was_deleted_proves_nothing(talk: Talk) -> None:
    """A listing without the post known to exist may be dead; somebody looks."""
    talk.x.person("acme-x").posts[0].deleted = True
    assert isinstance(talk.hold(platform.settle(talk.mark("Hi"), set())), Unsure)


def test_a_stranger_in_the_window_is_for_a_person(talk: Talk) -> None:
    """A post that nobody here made, where this one would stand, leaves the question open."""
    mark = talk.mark("Hi there, friends")
    talk.by_hand("Hi there friends!")
    verdict = talk.hold(platform.settle(mark, set()))
    assert isinstance(verdict, Unsure)
    assert verdict.look == "https://x.com/acme_x"


def test_a_post_of_another_delivery_explains_itself(talk: Talk) -> None:
    """A post that a receipt owns is neither adopted nor a stranger."""
    mark = talk.mark("Good morning Friday!")
    owned = set(talk.publish("Good morning Friday!"))
    assert isinstance(talk.hold(platform.settle(mark, owned)), Absent)


def test_an_older_equal_post_is_never_adopted(talk: Talk) -> None:
    """The same words of last week are not this post."""
    talk.by_hand("Good morning Friday!")
    talk.now += timedelta(days=7)
    mark = talk.mark("Good morning Friday!")
    assert isinstance(talk.hold(platform.settle(mark, set())), Absent)


def test_two_equal_posts_are_for_a_person(talk: Talk) -> None:
    """Where two posts look like this one, neither is taken."""
    mark = talk.mark("Twins")
    talk.by_hand("Twins")
    talk.by_hand("Twins ")
    verdict = talk.hold(platform.settle(mark, set()))
    assert isinstance(verdict, Unsure)
    assert "2 posts" in verdict.why


def test_a_post_of_the_same_second_counts(talk: Talk) -> None:
    """The platform's clock has whole seconds: a post a second before the mark may be this one."""
    mark = talk.mark("Early")
    talk.now = mark.sent - timedelta(seconds=1)
    talk.publish("Early")
    assert isinstance(talk.hold(platform.settle(mark, set())), Landed)


def test_many_pages_are_read_to_their_end(talk: Talk) -> None:
    """More than a page of other posts is read through, under one name a page."""
    mark = talk.mark("Needle")
    (needle,) = talk.publish("Needle")
    owned = {talk.by_hand(f"Other {number}") for number in range(250)}
    verdict = talk.hold(platform.settle(mark, owned))
    assert isinstance(verdict, Landed)
    assert verdict.reply.at_path("data.id") == needle
    asked = [item.name for item in talk.items if isinstance(item, Call) and "settle" in item.name]
    assert asked == ["settle:page:0", "settle:page:1", "settle:page:2"]


def test_more_than_five_pages_are_for_a_person(talk: Talk) -> None:
    """A window too long to read proves nothing."""
    mark = talk.mark("Needle")
    owned = {talk.by_hand(f"Other {number}") for number in range(600)}
    assert isinstance(talk.hold(platform.settle(mark, owned)), Unsure)
    assert len(talk.items) == 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"data": {}}',
        b'{"data": [{"id": "no number"}]}',
        b'{"errors": [{"title": "Forbidden", "section": "data"}]}',
        b'{"errors": [{}], "meta": {"result_count": 0}}',
    ],
)
def test_a_listing_that_cannot_be_read_proves_nothing(talk: Talk, body: bytes) -> None:
    """A 200 that is no page, or a page with holes, leaves the question open."""
    mark = talk.mark("Hi")
    assert isinstance(
        talk.hold(platform.settle(mark, set()), lambda _: Reply(200, {}, body)), Unsure
    )


@pytest.mark.parametrize("page", [{"meta": {"result_count": 2}}, {"meta": {}}, {"meta": None}])
def test_a_listing_that_counts_otherwise_proves_nothing(talk: Talk, page: object) -> None:
    """A page that holds fewer posts than it says, or does not say, leaves the question open."""
    doctored = _with(lambda whole: {"data": whole["data"], **page})  # type: ignore[dict-item]
    assert isinstance(talk.hold(platform.settle(talk.mark("Hi"), set()), doctored), Unsure)


def test_what_a_post_refers_to_may_be_missing(talk: Talk) -> None:
    """An error about something beside the posts leaves the listing whole."""
    trouble = {"parameter": "referenced_tweets.id", "title": "Not Found Error"}
    doctored = _with(lambda page: page | {"errors": [trouble]})
    assert isinstance(talk.hold(platform.settle(talk.mark("Hi"), set()), doctored), Absent)


def test_both_vocabularies_are_read(talk: Talk) -> None:
    """A listing in the new words says the same as one in the old."""
    talk.x.person("acme-x").premium = True
    first, second = talk.publish("One", "Two " + "long " * 80)
    text = "Two " + "long " * 80
    mark = replace(talk.mark(text, first), sent=talk.now - timedelta(minutes=5))

    def renamed(reply: Reply) -> Reply:
        words = {b"note_tweet": b"note_post", b"referenced_tweets": b"referenced_posts"}
        body = reply.body
        for old, new in words.items():
            body = body.replace(old, new)
        return replace(reply, body=body)

    verdict = talk.hold(platform.settle(mark, {first}), renamed)
    assert isinstance(verdict, Landed)
    assert verdict.reply.at_path("data.id") == second


def test_a_repost_by_hand_is_no_stranger(talk: Talk) -> None:
    """What this tool cannot have made explains itself."""
    mark = talk.mark("Hi")
    talk.by_hand("RT @friend: something else")
    doctored = _each(lambda post: post | {"referenced_tweets": [{"type": "retweeted", "id": "5"}]})
    assert isinstance(talk.hold(platform.settle(mark, set()), doctored), Absent)


def test_a_picture_by_hand_is_no_stranger(talk: Talk) -> None:
    """A post with media, or a poll, is not one of text."""
    mark = talk.mark("Hi")
    talk.by_hand("Look!")
    for hanging in ({"media_keys": ["3_1"]}, {"poll_ids": ["1"]}):
        doctored = _each(lambda post, hanging=hanging: post | {"attachments": hanging})
        assert isinstance(talk.hold(platform.settle(mark, set()), doctored), Absent)


def test_a_link_to_x_may_bring_media_along(talk: Talk) -> None:
    """X may show somebody else's media for a link to it: media then tells nothing apart."""
    text = "See https://x.com/friend/status/5/video/1"
    mark = talk.mark(text)
    (remote_id,) = talk.publish(text)
    doctored = _each(lambda post: post | {"attachments": {"media_keys": ["7_1"]}})
    verdict = talk.hold(platform.settle(mark, set()), doctored)
    assert isinstance(verdict, Landed)
    assert verdict.reply.at_path("data.id") == remote_id


def test_a_reply_whose_parent_is_not_told_is_a_stranger(talk: Talk) -> None:
    """A parent that the listing keeps quiet about may be this one's: nothing is proven."""
    first, _ = talk.publish("One", "Another word")
    mark = replace(talk.mark("Two", first), sent=talk.now - timedelta(minutes=5))
    doctored = _each(lambda post: {k: v for k, v in post.items() if k != "referenced_tweets"})
    assert isinstance(talk.hold(platform.settle(mark, {first}), doctored), Unsure)


def test_a_listing_in_another_order_is_read_to_its_end(talk: Talk) -> None:
    """Only a listing seen to be newest first may be left before its end."""
    mark = talk.mark("Hi")
    for number in range(150):
        talk.by_hand(f"Other {number}")
    oldest_first = _with(lambda page: page | {"data": page.get("data", [])[::-1]})
    asked = len(talk.items)
    talk.hold(platform.settle(replace(mark, known=None), set()), oldest_first)
    assert len(talk.items) - asked == 2


@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "fish",
                    "& chips",
                    "<b>",
                    "&amp;",
                    "&lt;",
                    "caf\u00e9",
                    "cafe\u0301",
                    "\U0001f600",
                ),
                *("https://example.com", "example.org/a?b=1&c=2", "HTTP://Example.com/", "foo.zip"),
                *("#tag", "@name", "$AAPL", "\n", "  ", "1/2", "...", "https://example.com/(a)"),
            ]
        ),
        max_size=8,
    ),
    st.booleans(),
)
def test_whatever_x_rewrites_compares_equal(words: list[str], reply: bool) -> None:  # noqa: FBT001
    """A text that comes back rewritten has the same form for comparing as the one that left."""
    text = " ".join(words)
    back, urls = rewritten(text, lambda *parts: f"{abs(hash(parts)):020x}")
    post = Post(id="1", text=back, entities=Entities(urls=urls))
    assert shown(post, reply=reply) == sent(text, reply=reply)


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("Look https://t.co/abc", [{"url": "https://t.co/abc", "media_key": "3_1"}]),
        (
            "Look https://t.co/abc",
            [{"url": "https://t.co/abc", "expanded_url": "https://x.com/a/status/1/photo/1"}],
        ),
        ("Look https://t.co/abc https://t.co/def", []),
    ],
)
def test_xs_own_link_to_media_is_no_text(text: str, urls: list[Url]) -> None:
    """The link that X adds for what hangs on a post is left out."""
    hanging = Attachments(media_keys=["3_1"])
    post = Post(id="1", text=text, entities=Entities(urls=urls), attachments=hanging)
    assert shown(post, reply=False) == "look"


def _with(change: Callable[..., object]) -> Callable[[Reply], Reply]:
    """Return a change to a page of the listing."""

    def doctored(reply: Reply) -> Reply:
        return replace(reply, body=json.dumps(change(json.loads(reply.body))).encode())

    return doctored


def _each(change: Callable[..., object]) -> Callable[[Reply], Reply]:
    """Return a change to every post of a page but the first one there was."""

    def doctored(page: dict[str, list[object]]) -> dict[str, list[object]]:
        posts = page["data"]
        return page | {"data": [*map(change, posts[:-1]), posts[-1]]}

    return _with(doctored)
