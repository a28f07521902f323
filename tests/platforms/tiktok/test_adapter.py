"""What TikTok is asked, in which order, and what its answers come to."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.platforms.tiktok.talk import LONG, NOON, SHORT, StaleError, Talk, outgoing

from microcom.core.post import Labels
from microcom.core.rehearsal import rehearse
from microcom.core.steps import Call, Reply, Wait
from microcom.emulator.faults import Fault
from microcom.errors import PlatformError, Rejected, SpamBlocked, Withdrawn
from microcom.platforms.tiktok import platform


@pytest.fixture
def talk() -> Talk:
    """Return somebody to talk to."""
    return Talk()


# --- a video --------------------------------------------------------------------------------


def test_a_short_video_is_one_call_that_publishes(talk: Talk) -> None:
    """What the account may is asked first; a small file has one chunk, and that one publishes."""
    receipt = talk.publish()
    assert talk.calls() == ["creator", "init", "chunk:0:0"]
    (made,) = talk.tiktok.published()
    assert (made.text, made.place, made.draft) == ("How we pour", "public", False)
    assert receipt.remote_id == made.remote_id
    assert receipt.url == made.url == f"https://www.tiktok.com/@acme_tok/video/{made.remote_id}"
    assert talk.tiktok.blobs.find(made.media[0].sha256) == ("video/mp4", SHORT)


def test_a_longer_video_goes_in_chunks(talk: Talk) -> None:
    """Every chunk arrives in order, and the last one is the only PUBLISH."""
    talk.publish(media=(talk.file(LONG),))
    assert talk.calls() == ["creator", "init", "chunk:0:0", "chunk:0:1"]
    (made,) = talk.tiktok.published()
    assert talk.tiktok.blobs.find(made.media[0].sha256) == ("video/mp4", LONG)


def test_no_token_goes_to_an_upload_host(talk: Talk) -> None:
    """The address of an upload is its secret: no bearer token goes along."""
    talk.publish()
    puts = [item for item in talk.items if isinstance(item, Call) and item.method == "PUT"]
    assert all(call.bare for call in puts)


def test_everything_is_off_unless_asked_for(talk: Talk) -> None:
    """Comments, duets and stitches are off, and both brand toggles are said."""
    talk.publish("only-me", media=(talk.file(),))
    info = talk.bodies()["init"]["post_info"]
    assert info == {
        "title": "How we pour",
        "privacy_level": "SELF_ONLY",
        "disable_comment": True,
        "disable_duet": True,
        "disable_stitch": True,
        "brand_content_toggle": False,
        "brand_organic_toggle": False,
    }


def test_a_posts_own_choice_wins(talk: Talk) -> None:
    """What the file of accounts allows, a post may forbid, and the other way round."""
    talk.publish(
        settings={"comments": True, "duets": True}, options={"comments": False, "stitches": True}
    )
    info = talk.bodies()["init"]["post_info"]
    flags = [info[f"disable_{one}"] for one in ("comment", "duet", "stitch")]
    assert flags == [True, False, False]


@pytest.mark.parametrize(
    ("labels", "toggles", "shown"),
    [
        (Labels(paid=True), (True, False), "Paid partnership"),
        (Labels(brand="partner"), (True, False), "Paid partnership"),
        (Labels(brand="own"), (False, True), "Promotional content"),
        (Labels(brand="both"), (True, True), "Paid partnership"),
    ],
)
def test_whose_business_it_is(
    talk: Talk, labels: Labels, toggles: tuple[bool, bool], shown: str
) -> None:
    """A paid partnership and one's own business are told apart, and shown."""
    talk.publish(labels=labels)
    info = talk.bodies()["init"]["post_info"]
    assert (info["brand_content_toggle"], info["brand_organic_toggle"]) == toggles
    assert talk.tiktok.published()[0].labels == (shown,)


def test_the_ai_label_and_the_cover(talk: Talk) -> None:
    """What AI made says so, and the cover is a moment in milliseconds."""
    talk.publish(labels=Labels(ai=True), media=(replace(talk.file(), cover=1.5),))
    info = talk.bodies()["init"]["post_info"]
    assert (info["is_aigc"], info["video_cover_timestamp_ms"]) == (True, 1500)
    assert talk.tiktok.published()[0].labels == ("Creator labeled as AI-generated",)


def test_a_video_without_words(talk: Talk) -> None:
    """A caption may be left out."""
    talk.publish(text="")
    assert "title" not in talk.bodies()["init"]["post_info"]


@pytest.mark.parametrize(
    ("place", "audience"),
    [("only-me", "only me"), ("friends", "friends"), ("public", "public")],
)
def test_the_target_names_the_audience(talk: Talk, place: str, audience: str) -> None:
    """Who sees a post is what its target says."""
    talk.publish(place)
    assert talk.tiktok.published()[0].place == audience


def test_followers_of_a_private_account(talk: Talk) -> None:
    """A private account has followers where a public one has everyone."""
    talk.tiktok.private.add("acme-tok")
    talk.publish("followers")
    assert talk.tiktok.published()[0].place == "followers"


@pytest.mark.parametrize(("private", "place"), [(True, "public"), (False, "followers")])
def test_an_audience_that_is_not_offered(talk: Talk, private: bool, place: str) -> None:  # noqa: FBT001 - a parameter of the test
    """What the account may not choose now is refused with what it may, before any upload."""
    if private:
        talk.tiktok.private.add("acme-tok")
    with pytest.raises(Rejected) as refused:
        talk.publish(place)
    assert "friends" in f"{refused.value.message} {refused.value.hint}"
    assert talk.calls() == ["creator"]


def test_a_video_that_is_too_long_for_this_account(talk: Talk) -> None:
    """The account's own limit is asked, and held against the video before any upload."""
    talk.tiktok.longest = 10
    with pytest.raises(Rejected, match="10 s"):
        talk.publish()
    assert talk.calls() == ["creator"]


def test_a_cap_comes_with_200(talk: Talk) -> None:
    """TikTok refuses with 200 when it is asked what an account may: nothing is uploaded."""
    talk.tiktok.faults.arm(Fault("creator_info", "cap-with-200"))
    with pytest.raises(SpamBlocked):
        talk.publish()
    assert talk.calls() == ["creator"]


def test_what_is_out_does_not_depend_on_what_comes_next(talk: Talk) -> None:
    """The same delivery announces the same, whatever the account's settings become meanwhile."""
    bodies = []
    for disabled in (False, True):
        flags = {"comment_disabled": disabled, "duet_disabled": disabled}

        def doctored(call: Call, reply: Reply, flags: dict[str, bool] = flags) -> Reply:
            if call.name != "creator":
                return reply
            said = reply.json()
            said["data"] |= flags
            return replace(reply, body=json.dumps(said).encode())

        chosen = outgoing(media=(talk.file(),), settings={"comments": True, "duets": True})
        talk.hold(platform.publish(chosen), doctored)
        bodies.append(talk.bodies()["init"])
    assert bodies[0] == bodies[1]


def test_an_upload_goes_to_tiktok_alone(talk: Talk) -> None:
    """An address on another host, or without encryption, gets not a byte."""
    for address in ("https://evil.example/upload", "http://open-upload.tiktokapis.com/u/"):

        def doctored(call: Call, reply: Reply, address: str = address) -> Reply:
            if call.name != "init":
                return reply
            data = {"publish_id": "v_pub_file~1", "upload_url": address}
            return replace(reply, body=json.dumps({"data": data}).encode())

        with pytest.raises(Rejected):
            talk.hold(platform.publish(outgoing(media=(talk.file(),))), doctored)
    assert not any(isinstance(one, Call) and one.method == "PUT" for one in talk.items)


@pytest.mark.parametrize("status", [403, 404])
def test_a_lapsed_upload_begins_anew(talk: Talk, status: int) -> None:
    """A chunk whose upload is gone takes the announcement and every chunk with it."""

    def doctored(call: Call, reply: Reply) -> Reply:
        return Reply(status) if call.name == "chunk:0:0" else reply

    with pytest.raises(StaleError) as stale:
        talk.hold(platform.publish(outgoing(media=(talk.file(LONG),))), doctored)
    assert set(stale.value.item.steps) == {"creator", "init", "chunk:0:0", "chunk:0:1"}


def test_an_old_upload_begins_anew_before_it_publishes(talk: Talk) -> None:
    """Where chunks took so long that the address may lapse, the last one does not leave."""

    def doctored(call: Call, reply: Reply) -> Reply:
        if call.name == "chunk:0:0":
            talk.now += timedelta(minutes=56)
        return reply

    with pytest.raises(StaleError):
        talk.hold(platform.publish(outgoing(media=(talk.file(LONG),))), doctored)
    assert talk.calls() == ["creator", "init", "chunk:0:0"]


def test_a_chunk_whose_answer_was_lost_counts(talk: Talk) -> None:
    """A chunk that TikTok has already is refused with 416, and TikTok says how far it is."""

    def doctored(call: Call, reply: Reply) -> Reply:
        return talk.ask(call) if call.name == "chunk:0:0" else reply

    receipt = talk.hold(platform.publish(outgoing(media=(talk.file(LONG),))), doctored)
    assert receipt.remote_id == talk.tiktok.published()[0].remote_id
    assert talk.calls()[2:] == ["chunk:0:0", "resume", "chunk:0:1"]


# --- waiting --------------------------------------------------------------------------------


def _paced(talk: Talk, most: int) -> list[float]:
    """Return how long each wait was, up to so many polls that say "still processing"."""
    talk.tiktok.polls = most
    talk.publish()
    return [item.seconds for item in talk.items if isinstance(item, Wait) and item.seconds]


def test_polls_slow_down(talk: Talk) -> None:
    """TikTok is asked every few seconds at first, and every ten minutes in the end."""
    waits = _paced(talk, 120)
    assert waits == sorted(waits)
    assert set(waits) == {5.0, 15.0, 60.0, 600.0}
    assert all(item.accepted for item in talk.items if isinstance(item, Wait) and item.seconds)


def test_after_a_day_a_person_looks(talk: Talk) -> None:
    """Waiting ends: a person is told where to look."""
    with pytest.raises(Rejected, match="day") as refused:
        _paced(talk, 1000)
    assert "https://www.tiktok.com/@acme_tok" in (refused.value.hint or "")


@pytest.mark.parametrize(
    ("reason", "again"),
    [
        ("internal", True),
        ("file_format_check_failed", False),
        ("duration_check_failed", False),
        ("frame_rate_check_failed", False),
        ("picture_size_check_failed", False),
        ("auth_removed", False),
        ("spam_risk_too_many_posts", False),
        ("spam_risk_user_banned_from_posting", False),
        ("spam_risk_text", False),
        ("spam_risk", False),
        ("publish_cancelled", False),
        ("a_reason_of_tomorrow", False),
    ],
)
def test_a_stated_failure(talk: Talk, reason: str, again: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """What TikTok gives up after taking it is not out; only its own failures are tried again."""

    def doctored(call: Call, reply: Reply) -> Reply:
        if call.name != "status":
            return reply
        data = {"status": "FAILED", "fail_reason": reason}
        return replace(reply, body=json.dumps({"data": data}).encode())

    with pytest.raises(Withdrawn) as failed:
        talk.hold(platform.publish(outgoing(media=(talk.file(),))), doctored)
    assert failed.value.again is again


def test_an_unknown_status_is_waited_out(talk: Talk) -> None:
    """A status that nobody has heard of is no end."""
    odd = [True, True]

    def doctored(call: Call, reply: Reply) -> Reply:
        if call.name == "status" and odd:
            odd.pop()
            return replace(reply, body=b'{"data":{"status":"POLISHING"}}')
        return reply

    assert talk.hold(platform.publish(outgoing(media=(talk.file(),))), doctored).remote_id


@pytest.mark.parametrize("place", ["only-me", "friends"])
def test_a_post_without_a_number(talk: Talk, place: str) -> None:
    """TikTok numbers public posts alone: others are known by their upload."""
    receipt = talk.publish(place)
    assert receipt.remote_id.startswith("v_pub_file~")
    assert receipt.url.startswith("https://www.tiktok.com/@acme_tok")


@pytest.mark.parametrize(("silent", "numbered"), [(2, True), (1000, False)])
def test_the_number_of_a_public_post_is_waited_for(
    talk: Talk,
    silent: int,
    numbered: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """TikTok numbers a public post a moment after it is out: that is waited for, not for long."""
    left = [silent]

    def doctored(_: Call, reply: Reply) -> Reply:
        if reply.at_path("data.status") != "PUBLISH_COMPLETE" or not left[0]:
            return reply
        left[0] -= 1
        return replace(reply, body=b'{"data":{"status":"PUBLISH_COMPLETE"}}')

    receipt = talk.hold(platform.publish(outgoing(media=(talk.file(),))), doctored)
    assert receipt.remote_id.isdigit() is numbered
    assert talk.now - NOON < timedelta(minutes=3)


def test_numbers_are_kept_whole(talk: Talk) -> None:
    """A post's number has nineteen digits and is text from the beginning."""

    def doctored(call: Call, reply: Reply) -> Reply:
        if call.name != "status":
            return reply
        body = b'{"data":{"status":"PUBLISH_COMPLETE","publicaly_available_post_id":[%d]}}'
        return replace(reply, body=body % 7575123456789012345)

    receipt = talk.hold(platform.publish(outgoing(media=(talk.file(),))), doctored)
    assert receipt.remote_id == "7575123456789012345"


# --- around it ------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["inbox", "public"])
def test_a_rehearsal_needs_no_answers(talk: Talk, place: str) -> None:
    """The calls of a delivery are shown without making them."""
    made = rehearse(platform, outgoing(place, media=(talk.file(LONG),)))
    names = [item.name for item in made if isinstance(item, Call)]
    first = [] if place == "inbox" else ["creator"]
    assert names == [*first, "init", "chunk:0:0", "chunk:0:1", "status"]


def test_whose_token_it_is(talk: Talk) -> None:
    """A login learns the account's number for this app and its name."""
    identity = talk.hold(platform.identify())
    assert identity.handle == "acme_tok"
    assert identity.remote_id


def test_a_token_that_nobody_gave(talk: Talk) -> None:
    """An unknown token is refused in TikTok's words."""
    call = next(platform.identify())
    assert isinstance(call, Call)
    refused = platform.explain(talk.ask(call, "another"))
    assert isinstance(refused, PlatformError)


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("https://www.tiktok.com/@acme_tok/video/7575123456789012345", "7575123456789012345"),
        ("tiktok.com/@acme.tok/video/7575123456789012345?lang=en", "7575123456789012345"),
        ("7575123456789012345", "7575123456789012345"),
        (
            "http://127.0.0.1:8000/www.tiktok.com/@a/video/7575123456789012345",
            "7575123456789012345",
        ),
        ("https://example.com/@a/video/7575123456789012345", None),
        ("https://www.tiktok.com/@acme_tok", None),
        ("latte", None),
    ],
)
def test_addresses_are_recognised(address: str, number: str | None) -> None:
    """A post is known by its address, real or in a sandbox, and by its number."""
    assert platform.recognise(address) == number
