"""What Pinterest is asked: boards by name, pins of every kind, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.platforms.pinterest.talk import PNG, Talk, account, outgoing, pin

from microcom.core.account import Community
from microcom.core.bodies import Json
from microcom.core.platform import Identifies, Lists, Recognises
from microcom.core.post import Labels, Snapshot
from microcom.core.problem import Problem, Severity
from microcom.core.rehearsal import rehearse
from microcom.core.steps import Call, Reply, Stale
from microcom.errors import Outdated, Rejected
from microcom.platforms import load
from microcom.platforms.pinterest import platform


@pytest.fixture
def talk() -> Talk:
    """Return somebody to talk to."""
    return Talk()


def _body(talk: Talk) -> dict[str, object]:
    body = talk.sent().body
    assert isinstance(body, Json)
    found: dict[str, object] = body.described()
    return found


def test_it_is_a_platform() -> None:
    """The registered platform is Pinterest: it identifies, lists and recognises."""
    found = load("pinterest")
    assert isinstance(found, Identifies)
    assert isinstance(found, Lists)
    assert isinstance(found, Recognises)
    assert found.default is None


def test_a_pin_into_a_section(talk: Talk) -> None:
    """A picture goes to the section that is named, whatever its case, with every word."""
    content = pin(talk, title="Tulips", link="https://acme.example/t", labels=Labels(ai=True))
    receipt = talk.publish(content, board="LATTE  art", section="tulips")
    (made,) = [one for one in talk.service.published() if one.remote_id == receipt.remote_id]
    assert (made.place, made.title, made.text) == ("Latte art / Tulips", "Tulips", "A cup")
    assert (made.link, made.labels) == ("https://acme.example/t", ("AI modified",))
    assert talk.service.blobs.find(made.media[0].sha256) == ("image/png", PNG)
    assert made.media[0].alt == "A latte"
    assert receipt.url == f"https://www.pinterest.com/pin/{receipt.remote_id}/"


def test_nothing_is_said_that_was_not_given(talk: Talk) -> None:
    """Empty fields are left out; a list of disclosures is never empty."""
    talk.publish(Snapshot(("",), (talk.file(PNG),)))
    assert set(_body(talk)) == {"board_id", "media_source"}


def test_a_carousel(talk: Talk) -> None:
    """Several pictures are one pin with as many slots, in order."""
    media = tuple(talk.file(PNG + bytes([number])) for number in range(3))
    receipt = talk.publish(Snapshot(("Three",), media))
    (made,) = [one for one in talk.service.published() if one.remote_id == receipt.remote_id]
    assert [shown.sha256 for shown in made.media] == [one.sha256 for one in media]


def test_a_video_goes_up_before_its_pin(talk: Talk) -> None:
    """A video is registered, sent to the bucket without a token, processed, and has a cover."""
    talk.publish(Snapshot(("Film",), (talk.film(cover=2.7),)))
    assert talk.calls() == ["boards:0", "register", "upload", "processing", "processing", "pin"]
    source = _body(talk)["media_source"]
    assert isinstance(source, dict)
    assert source["cover_image_key_frame_time"] == 2
    upload = next(one for one in talk.items if isinstance(one, Call) and one.name == "upload")
    assert (upload.bare, upload.seals, upload.handles) == (True, (), (403,))


def test_a_video_that_cannot_be_processed(talk: Talk) -> None:
    """A video that fails is refused in words before there is a pin."""
    media = talk.film()
    talk.files[media.sha256] = PNG + bytes(media.size - len(PNG))
    with pytest.raises(Rejected, match="could not process"):
        talk.publish(Snapshot(("Film",), (media,)))
    assert "pin" not in talk.calls()


def test_a_lapsed_form_is_asked_for_anew(talk: Talk) -> None:
    """A bucket that no longer takes the form makes the upload stale, not failed."""
    steps = platform.publish(outgoing(Snapshot(("Film",), (talk.film(),))))
    item = next(steps)
    while not isinstance(item, Stale):
        if isinstance(item, Call) and item.name == "upload":
            talk.now += timedelta(hours=2)
        item = steps.send(talk.ask(item) if isinstance(item, Call) else Reply(0))
    assert item.steps == ("register", "upload")


@pytest.mark.parametrize(
    ("settings", "code", "said"),
    [
        ({"board": "Home brew"}, "pinterest.no_board", "There is Home bar, Latte art"),
        ({"board": "Latte art", "section": "Roses"}, "pinterest.no_section", "Tulips, Rosettas"),
    ],
)
def test_a_name_that_is_not_there(
    talk: Talk, settings: dict[str, str], code: str, said: str
) -> None:
    """A board or section that nobody has is said with those there are."""
    with pytest.raises(Rejected) as caught:
        talk.publish(pin(talk), **settings)
    assert caught.value.code == code
    assert said in (caught.value.hint or "")


def test_an_ambiguous_name_is_never_guessed(talk: Talk) -> None:
    """Two boards of one name are refused, unless their owners tell them apart."""
    talk.service.people.add_board(talk.me, "home BAR", talk.now, owner="beanclub")
    with pytest.raises(Rejected) as caught:
        talk.publish(pin(talk))
    assert caught.value.code == "pinterest.ambiguous"
    assert talk.publish(pin(talk), board="Home bar", owner="acme_pins").remote_id


def test_every_page_of_boards_is_read(talk: Talk) -> None:
    """A board on the third page is found."""
    for number in range(600):
        talk.service.people.add_board(talk.me, f"Board {number}", talk.now)
    talk.publish(pin(talk), board="Board 599")
    assert talk.calls()[:3] == ["boards:0", "boards:1", "boards:2"]


def test_a_board_that_is_gone_is_looked_up_again(talk: Talk) -> None:
    """A 404 for a board means that what was looked up no longer holds."""
    talk.me.boards.remove(talk.me.called("Home bar"))
    steps = platform.publish(outgoing(pin(talk)))
    next(steps)
    stale = Reply(200, {}, b'{"items":[{"id":"800000000000000001","name":"Home bar"}]}')
    item = steps.send(stale)
    assert isinstance(item, Call)
    with pytest.raises(Outdated):
        talk.ask(item)


def test_communities_as_they_stand(talk: Talk) -> None:
    """Every board with its sections, and whose it is where it is somebody else's."""
    offered = talk.hold(platform.communities(account()))
    assert [one.title for one in offered][:3] == [
        *("Home bar", "Latte art", "Latte art Tulips"),
    ]
    assert offered[2].settings == {"board": "Latte art", "section": "Tulips"}
    assert "group board of beanclub" in offered[-1].note


def test_whose_token_it_is(talk: Talk) -> None:
    """The account's id, its name, and its newest pin."""
    identity = talk.hold(platform.identify())
    assert (identity.remote_id, identity.handle) == (talk.me.id, "acme_pins")
    assert identity.newest == talk.me.pins[-1].id


def test_a_rehearsal_asks_nobody(talk: Talk) -> None:
    """--calls shows the pin and the video's way without an answer."""
    names = [
        item.name
        for item in rehearse(platform, outgoing(Snapshot(("Film",), (talk.film(),))))
        if isinstance(item, Call)
    ]
    assert names == ["boards:0", "register", "upload", "processing", "pin"]


def _problems(snapshot: Snapshot, **options: str) -> list[Problem]:
    own = account(**options)
    return platform.validate(snapshot, own, own.communities["place"])


def test_walls_are_said_before_anything_leaves(talk: Talk) -> None:
    """Trial access is refused until allowed; a group board and a long text are only noted."""
    assert _problems(pin(talk)) == []
    (trial,) = _problems(pin(talk), access="trial")
    assert (trial.code, trial.severity) == ("pinterest.trial", Severity.WOULD_REFUSE)
    (long,) = _problems(pin(talk, "x" * 501))
    assert (long.code, long.severity) == ("pinterest.description", Severity.NOTICE)
    own = account()
    group = Community("place", "board", {"board": "Roasters", "owner": "beanclub"})
    (note,) = platform.validate(pin(talk), own, group)
    assert (note.code, note.severity) == ("pinterest.group", Severity.NOTICE)


def test_what_pinterest_cannot_take(talk: Talk) -> None:
    """A pin without a file, with a GIF, or with pictures of two shapes is refused."""
    assert [one.code for one in _problems(Snapshot(("Hi",)))] == ["media.needed"]
    webp = talk.file(PNG, mime="image/webp", alt="")
    assert [one.code for one in _problems(Snapshot(("Hi",), (webp,)))] == ["media.type"]
    wide = replace(talk.file(PNG, alt=""), width=1500)
    both = (talk.file(PNG, alt=""), wide)
    assert [one.code for one in _problems(Snapshot(("Hi",), both))] == ["media.shape"]


@pytest.mark.parametrize(
    ("address", "pin_id"),
    [
        ("https://www.pinterest.com/pin/81/", "81"),
        ("https://pl.pinterest.com/pin/81", "81"),
        ("http://127.0.0.1:8000/www.pinterest.com/pin/81/", "81"),
        ("81", "81"),
        ("https://www.pinterest.com/acme/board/", None),
        ("https://evil.example/pin/81", None),
    ],
)
def test_addresses_of_pins(address: str, pin_id: str | None) -> None:
    """A pin's address is recognised in the real world and in a sandbox, and nothing else is."""
    assert platform.recognise(address) == pin_id
